"""Every setting there is: its name, its type, its default and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Who this hub is. `id` becomes the hub's Device id on the FHIR server."""

    id: str
    tenant: str = "default"
    timezone: str = "UTC"  # the zone that meters' clocks are set to (IANA name)
    state_dir: Path = Path("/var/lib/hearth")
    signers: tuple[str, ...] = ()  # public keys that may sign new settings, 64 hex digits each
    settings_version: int = 0  # of the signed settings that this file was made of, if it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Whose home this is: a relative FHIR reference, nothing else about the person."""

    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fhir:
    """The care team's FHIR server (R4)."""

    base_url: str
    ca_file: Path | None = None
    client_cert_file: Path | None = None
    client_key_file: Path | None = None
    token_file: Path | None = None  # a bearer token, read again whenever the server says 401
    login_client_id: str = ""  # SMART Backend Services: what the server calls this hub
    login_key_file: Path | None = None  # made by `hearth login key`
    login_scope: str = ""  # empty: what this program does there, and no more (sync/scopes.py)
    login_token_url: str = ""  # empty: the server says where
    timeout_s: float = 30.0
    batch_readings: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """A broker on the way to the care team's bridge; without a host readings go by HTTPS alone."""

    host: str = ""
    port: int = 8883
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    bridge_key: str = ""  # the bridge's public key, 64 hex digits
    timeout_s: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """What may go over the line. What was just measured always goes; history keeps to this."""

    daily_bytes: int = 0  # for a line that is paid by volume; 0: as much as there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol:
    """The clinic this hub joined, and its certificate there; `hearth enroll` writes this."""

    host: str = ""  # HOST:PORT of the clinic's bridge, where the certificate is renewed
    root_file: Path | None = None
    identity_file: Path | None = None  # this hub's certificate and key, one file


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """Bluetooth. With `accept = "listed"` only the meters in [[meter]] are ever read."""

    enabled: bool = True
    adapter: str = ""
    accept: str = "listed"  # or "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Pulse and breathing from a camera: uncleared estimates, so off until the care team asks."""

    enabled: bool = False
    number: int = 0  # of /dev/video…
    send_refusals: bool = False  # tell the server also of every time no number could be given


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The patient's screen; the hub listens for it at `screen.sock` in its state folder.

    Where systemd made the socket (hearth-screen.socket), that one is used.
    """

    enabled: bool = False
    language: str = "en"  # "en", "de" or "es"; may be changed on the screen, behind the code
    phone: str = ""  # whom the patient calls when the hub does not work
    code: str = ""  # 4 to 8 digits, for the care team's settings on the screen; empty: none


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Video visits, on a hub with a screen: who need not be answered by hand, and which servers.

    `auto_answer` are callers as the server knows them; their call is answered by itself after
    `auto_answer_s`, counted down on the screen, never in the home's night.
    """

    auto_answer: tuple[str, ...] = ()  # such as "Practitioner/12"
    auto_answer_s: int = 20
    stun: str = ""  # such as "stun:turn.clinic.example:3478"; empty: none is asked
    turn: str = ""  # such as "turn:turn.clinic.example:3478"
    turn_username: str = ""
    turn_password_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The device-day ledger: from which day on its windows of 30 days follow one another."""

    start: str = ""  # such as "2026-11-01"; empty: the first day with a reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The sealed outbox. At `max_bytes` new readings are refused and the screen says so."""

    max_bytes: int = 256 * MEBIBYTE
    max_evidence: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One meter handed to this home: reached by its Bluetooth address, or by a port and a cable.

    `slots` says whose reading a user slot is, `consent` which code the scale gave that user.
    """

    address: str = ""
    port: str = ""  # "/dev/serial/by-id/…", or "usb": the only cable its driver is known to have
    name: str = ""
    driver: str = ""  # empty: found by what the meter advertises
    slots: Mapping[str, str] = field(default_factory=dict)  # {"1" = "Patient/123"}
    shared: bool = False  # several people use it: a weight unlike the patient's is asked about
    consent: Mapping[str, str] = field(default_factory=dict)  # {"1" = "1234"}: a scale's code
    key: str = ""  # of a meter that asks for one: 32 hex digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings of one hub."""

    hub: Hub
    patient: Patient
    fhir: Fhir
    mqtt: Mqtt = field(default_factory=Mqtt)
    sync: Sync = field(default_factory=Sync)
    radio: Radio = field(default_factory=Radio)
    camera: Camera = field(default_factory=Camera)
    screen: Screen = field(default_factory=Screen)
    visit: Visit = field(default_factory=Visit)
    ledger: Ledger = field(default_factory=Ledger)
    store: Store = field(default_factory=Store)
    enrol: Enrol = field(default_factory=Enrol)
    meter: tuple[Meter, ...] = ()
