"""Checks how long the certificates last that the settings name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from agent.doctor.finding import Finding, broken, good, look
from agent.doctor.place import Place

NAME = "certificate"
_KEY, _IN_TPM = b"PRIVATE KEY-----", b"-----BEGIN TSS2 PRIVATE KEY-----"
_SOON_DAYS = 10  # a third of 30 days: by then a renewal should long have happened


def judge(what: str, begins: datetime, ends: datetime, now: datetime) -> Finding:
    """Judge one certificate by its dates; `what` names the setting, never the file's content."""
    if now < begins:
        return broken(
            NAME,
            f"{what} is not valid before {begins:%Y-%m-%d}.",
            means="Either it was made just now elsewhere, or this hub's clock is wrong.",
            do="Check the date: timedatectl.",
        )
    days = (ends - now).days
    if now > ends:
        return broken(
            NAME,
            f"{what} ended on {ends:%Y-%m-%d}.",
            means="The other side refuses it. Readings are kept and sent when it is renewed.",
            do="Get a new one from the clinic that signed it; one that hearth enroll got is "
            "renewed by itself as soon as the hub reaches the clinic's bridge.",
        )
    if days < _SOON_DAYS:
        return look(
            NAME,
            f"{what} ends in {days} days.",
            means="After that nothing can be sent.",
            do="Get a new one now from the clinic that signed it; one that hearth enroll got "
            "should long have been renewed: ask the clinic whether its bridge answers.",
        )
    return good(NAME, f"{what} is valid for {days} days.")


def read(what: str, path: Path, now: datetime) -> Finding:
    """Read one PEM file and judge the certificate in it that ends first."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no certificate"
        return broken(
            NAME,
            f"{what} cannot be read: {reason}.",
            means="The hub cannot prove who it is, or whom it talks to.",
            do=f"Check the file that {what} names, and that the hub's user may read it.",
        )
    first = min(found, key=lambda one: one.not_valid_after_utc)
    return judge(what, first.not_valid_before_utc, first.not_valid_after_utc, now)


def ends(path: Path) -> datetime | None:
    """Return when the first certificate in a PEM file ends; None when it cannot be read."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return None
    return min(one.not_valid_after_utc for one in found)


def check(place: Place) -> list[Finding]:
    """Read every certificate that the settings name."""
    fhir, mqtt = place.config.fhir, place.config.mqtt
    named = {
        "fhir.ca_file": fhir.ca_file,
        "fhir.client_cert_file": fhir.client_cert_file,
        "mqtt.ca_file": mqtt.ca_file,
        "mqtt.cert_file": mqtt.cert_file,
    }
    now = place.now().at.astimezone(UTC)
    found = [read(what, path, now) for what, path in named.items() if path is not None]
    found += _own_key(place.config.enrol.identity_file)
    return found or [good(NAME, "The settings name none; the system's own authorities count.")]


def _own_key(identity: Path | None) -> list[Finding]:
    """Say where the key is by which this hub proves who it is, and what that place is worth."""
    try:
        pem = b"" if identity is None else identity.read_bytes()
    except OSError:
        return []  # that it cannot be read is told above
    if _IN_TPM in pem:
        return [good(NAME, "The hub's own key is inside its TPM, and never leaves it.")]
    if _KEY not in pem:
        return []
    return [
        good(
            NAME,
            "The hub's own key is a file that only its user reads. Whoever takes the card can pose "
            "as this hub, see what is sent to this home and send readings for it, until the clinic "
            "revokes it. With a TPM: hearth enroll --tpm.",
        )
    ]
