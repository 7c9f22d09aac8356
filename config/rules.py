"""What a setting's value must be, beyond its type. Each rule says what to write instead."""

from __future__ import annotations

import difflib
import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from config.schema import MEBIBYTE, Config, Fhir, Meter, Mqtt

_ADDRESS = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # FHIR R4, 2.24.0.1, id
_REFERENCE = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}")
_ADDRESS_FIX = 'Write it as on the label, such as address = "00:22:09:4B:1A:7C".'
_PORT = re.compile(r"usb|/dev/[!-~]{1,200}")
_CODE = re.compile(r"[0-9]{1,4}")
_SCREEN_CODE = re.compile(r"[0-9]{4,8}")
_MAX_PHONE = 40
_MAX_COUNTDOWN_S = 120
_CALLER = re.compile(r"(Practitioner|PractitionerRole)/[A-Za-z0-9\-.]{1,64}")
_METER_KEY = re.compile(r"[0-9a-fA-F]{32}")
_SLOT = re.compile(r"[0-9]{1,3}")  # a GATT user index is one octet
_WEB = re.compile(r"https?://[!-~]+")  # RFC 3986 allows no spaces and nothing outside ASCII
_MAX_TIMEOUT_S = 300.0
_MAX_PORT = 65535
_MAX_VERSION = 2**53
_LEAST_WAIT_S, _MAX_WAIT_S = 5.0, 60.0
_PUBLIC = re.compile(r"[0-9a-fA-F]{64}")
_MAX_BATCH = 50  # Medplum's router refuses a larger transaction
_MAX_STORE = 1024 * 1024 * MEBIBYTE
_MAX_EVIDENCE = 1_000_000
_MAX_CAMERA = 255  # VIDEO_NUM_DEVICES is 256: Linux, include/media/v4l2-dev.h


class WrongError(Exception):
    """One value is wrong. Whoever knows the file turns this into a ConfigError."""

    def __init__(self, key: str, what: str, fix: str, code: str = "CFG-03") -> None:
        """Name the key, what is wrong with its value, and what to write instead."""
        super().__init__(what)
        self.key, self.what, self.fix, self.code = key, what, fix, code


Rule = Callable[[str, Any], None]
"""Takes a dotted key and its value; raises WrongError when the value cannot be right."""


def check(config: Config) -> None:
    """Apply every rule; raise WrongError at the first value that cannot be right."""
    for key, value, rule in _applied(config):
        rule(key, value)
    certificate_has_its_key(config.fhir)
    login_has_its_key(config.fhir)
    _sealed_to_somebody(config.mqtt)
    _no_meter_twice(config.meter)


def _applied(config: Config) -> Iterator[tuple[str, object, Rule]]:
    yield "hub.id", config.hub.id, fhir_id
    yield "hub.tenant", config.hub.tenant, fhir_id
    yield "hub.timezone", config.hub.timezone, _time_zone
    for signer in config.hub.signers:
        yield "hub.signers", signer, public_key
    yield "hub.settings_version", config.hub.settings_version, between(0, _MAX_VERSION)
    yield "patient.reference", config.patient.reference, reference
    yield "fhir.base_url", config.fhir.base_url, web_address
    yield "fhir.timeout_s", config.fhir.timeout_s, between(1, _MAX_TIMEOUT_S)
    yield "fhir.batch_readings", config.fhir.batch_readings, between(1, _MAX_BATCH)
    yield "mqtt.port", config.mqtt.port, between(1, _MAX_PORT)
    yield "mqtt.timeout_s", config.mqtt.timeout_s, between(_LEAST_WAIT_S, _MAX_WAIT_S)
    yield "sync.daily_bytes", config.sync.daily_bytes, between(0, _MAX_STORE)
    yield "radio.accept", config.radio.accept, _accept
    yield "store.max_bytes", config.store.max_bytes, between(MEBIBYTE, _MAX_STORE)
    yield "store.max_evidence", config.store.max_evidence, between(1, _MAX_EVIDENCE)
    yield "screen.language", config.screen.language, _language
    yield "screen.code", config.screen.code, _screen_code
    yield "screen.phone", config.screen.phone, _phone
    yield "visit.auto_answer_s", config.visit.auto_answer_s, between(5, _MAX_COUNTDOWN_S)
    yield "visit.stun", config.visit.stun, _ice("stun")
    yield "visit.turn", config.visit.turn, _ice("turn")
    for caller in config.visit.auto_answer:
        yield "visit.auto_answer", caller, _caller
    yield "ledger.start", config.ledger.start, _day
    yield "camera.number", config.camera.number, between(0, _MAX_CAMERA)
    for number, meter in enumerate(config.meter, 1):
        yield f"meter[{number}]", meter, _one_way_to_it
        for slot, patient in meter.slots.items():
            yield f"meter[{number}].slots", slot, _slot
            yield f"meter[{number}].slots.{slot}", patient, reference
        for slot, code in meter.consent.items():
            yield f"meter[{number}].consent", slot, _slot
            yield f"meter[{number}].consent.{slot}", code, _consent
        if meter.key:
            yield f"meter[{number}].key", meter.key, _key


def fhir_id(key: str, value: str) -> None:
    """Ask for a FHIR logical id."""
    if not _ID.fullmatch(value):
        fix = "Use 1 to 64 letters, digits, dots and dashes, such as hub-1."
        raise WrongError(key, "is no id", fix)


def reference(key: str, value: str) -> None:
    """Ask for a relative reference to a patient."""
    if not _REFERENCE.fullmatch(value):
        fix = 'Write "Patient/" and the id that the FHIR server knows, such as "Patient/123".'
        raise WrongError(key, "is no reference to a patient", fix)


def _time_zone(key: str, value: str) -> None:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(value, sorted(zoneinfo.available_timezones()), n=1)
        fix = f'Write an IANA name such as "{(near or ["Europe/Berlin"])[0]}".'
        raise WrongError(key, "is no time zone", fix) from None


def web_address(key: str, value: str) -> None:
    """Ask for a server's base, encrypted unless it is on this machine."""
    try:
        parts = urlsplit(value)
        good = bool(_WEB.fullmatch(value) and parts.hostname) and parts.port != 0
    except ValueError:
        raise WrongError(key, "is no web address", _WEB_FIX) from None
    if not good or parts.query or parts.fragment:
        raise WrongError(key, "is no web address", _WEB_FIX)
    if parts.username is not None:
        fix = "Put the token in a file of its own and name it in fhir.token_file."
        raise WrongError(key, "has a password in it", fix)
    if parts.scheme == "http" and not is_this_machine(parts.hostname or ""):
        fix = "Write https://; http:// is only for a server on this very machine (127.0.0.1)."
        raise WrongError(key, "would send readings in the clear", fix)


_WEB_FIX = 'Write one such as "https://fhir.clinic.example/r4".'


def is_this_machine(host: str) -> bool:
    """Tell whether a host is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _accept(key: str, value: str) -> None:
    if value not in {"listed", "any"}:
        fix = 'Write "listed" (only the meters under [[meter]]) or "any".'
        raise WrongError(key, "is neither of its two choices", fix)


def _language(key: str, value: str) -> None:
    if value not in {"en", "de", "es"}:
        raise WrongError(key, "is no language of the screen", 'Write "en", "de" or "es".')


def _screen_code(key: str, value: str) -> None:
    if value and not _SCREEN_CODE.fullmatch(value):
        raise WrongError(key, "is no code", 'Write 4 to 8 digits, such as "2468".')


def _phone(key: str, value: str) -> None:
    if len(value) > _MAX_PHONE:
        raise WrongError(key, "is too long for the screen", "Write one number to call.")


def _day(key: str, value: str) -> None:
    try:
        date.fromisoformat(value or "2026-11-01")
    except ValueError:
        raise WrongError(key, "is no date", 'Write one such as "2026-11-01".') from None


def _bluetooth_address(key: str, value: str) -> None:
    if not _ADDRESS.fullmatch(value):
        raise WrongError(key, "is no Bluetooth address", _ADDRESS_FIX)


def _one_way_to_it(key: str, meter: Meter) -> None:
    if not meter.port and not meter.address:
        fix = f"{_ADDRESS_FIX} A meter on a cable has a port instead."
        raise WrongError(f"{key}.address", "is missing", fix, "CFG-05")
    if not meter.port:
        _bluetooth_address(f"{key}.address", meter.address)
    elif meter.address:
        raise WrongError(f"{key}.port", "stands beside an address", "Keep one of the two.")
    else:
        _cable(key, meter)


def _cable(key: str, meter: Meter) -> None:
    if not _PORT.fullmatch(meter.port) or ".." in meter.port:
        fix = 'Write "/dev/serial/by-id/" and the cable\'s name there, or "usb".'
        raise WrongError(f"{key}.port", "is no serial port", fix)
    if not meter.driver:
        fix = 'Write the driver\'s name, such as driver = "onetouch-ultra2": a cable tells nothing.'
        raise WrongError(f"{key}.driver", "is missing; a meter on a port needs it", fix, "CFG-05")


def _caller(key: str, value: str) -> None:
    if not _CALLER.fullmatch(value):
        fix = 'Write callers as the FHIR server knows them, such as "Practitioner/12".'
        raise WrongError(key, "is no reference to a member of the care team", fix)


def _ice(scheme: str) -> Rule:
    def rule(key: str, value: str) -> None:
        if value and not re.fullmatch(rf"{scheme}s?:[!-~]{{1,200}}", value):
            raise WrongError(key, "is no such server", f'Write "{scheme}:", its name and port.')

    return rule


def public_key(key: str, value: str) -> None:
    """Ask for a public key of 32 octets, in hex."""
    if not _PUBLIC.fullmatch(value):
        raise WrongError(key, "is no public key", "Write its 64 hex digits.")


def _slot(key: str, value: str) -> None:
    if not _SLOT.fullmatch(value):
        fix = 'Name slots by the number on the meter: { "1" = "Patient/123" }.'
        raise WrongError(key, "has a slot that is no number", fix)


def _consent(key: str, value: str) -> None:
    if not _CODE.fullmatch(value):
        raise WrongError(key, "is no consent code", 'Write its four digits, such as "0042".')


def _key(key: str, value: str) -> None:
    if not _METER_KEY.fullmatch(value):
        raise WrongError(key, "is no key of a meter", "Write its 32 hex digits.")


def between(low: float, high: float) -> Rule:
    """Return the rule that asks for a number from `low` to `high`."""

    def rule(key: str, value: float) -> None:
        if not low <= value <= high:  # also true of a number that is none
            words = f"from {low:.0f} to {high:.0f}"
            raise WrongError(key, f"must be {words}", f"Write a number {words}.")

    return rule


def certificate_has_its_key(fhir: Fhir) -> None:
    """Ask for both files of a client certificate, or for none."""
    if (fhir.client_cert_file is None) != (fhir.client_key_file is None):
        missing = "client_key_file" if fhir.client_cert_file else "client_cert_file"
        raise WrongError(
            f"fhir.{missing}",
            "is missing; a certificate and its key come together",
            f"Add fhir.{missing}, or remove the other one.",
            "CFG-05",
        )


def login_has_its_key(fhir: Fhir) -> None:
    """Ask for one way to log in: a client id with its key, or a token."""
    if bool(fhir.login_client_id) != (fhir.login_key_file is not None):
        missing = "login_key_file" if fhir.login_client_id else "login_client_id"
        fix = f"Add fhir.{missing}, or remove the other one."
        raise WrongError(f"fhir.{missing}", "is missing; both belong together", fix, "CFG-05")
    if fhir.login_client_id and fhir.token_file is not None:
        fix = "Keep one of the two: a login gets its tokens by itself."
        raise WrongError("fhir.token_file", "stands beside a login", fix)
    if fhir.login_token_url:
        web_address("fhir.login_token_url", fhir.login_token_url)


def _sealed_to_somebody(mqtt: Mqtt) -> None:
    if mqtt.host and not _PUBLIC.fullmatch(mqtt.bridge_key):
        fix = "Write the 64 hex digits that the command prints at the clinic: hearth bridge key."
        raise WrongError("mqtt.bridge_key", "is no public key", fix)


def _no_meter_twice(meters: tuple[Meter, ...]) -> None:
    seen: dict[str, int] = {}
    for number, meter in enumerate(meters, 1):
        key = "port" if meter.port else "address"
        where = f"{meter.port} {meter.driver}" if meter.port == "usb" else meter.port
        first = seen.setdefault(where or meter.address.upper(), number)
        if first != number:
            raise WrongError(
                f"meter[{number}].{key}",
                f"is the {key} of meter[{first}] too",
                "Keep one [[meter]] for each meter; its slots tell its users apart.",
            )
