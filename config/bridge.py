"""Every setting of a bridge: its broker, its FHIR server, and whose readings each hub may bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config.load import parsed, read
from config.rules import (
    Rule,
    WrongError,
    between,
    certificate_has_its_key,
    fhir_id,
    is_this_machine,
    login_has_its_key,
    public_key,
    reference,
    web_address,
)
from config.schema import Fhir, Mqtt

_MAX_PORT = 65535
_MAX_WORKERS = 64
_MAX_LIMIT_S = 12.0  # a hub waits 15 s; what takes longer here is answered to nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """Who this bridge is. Two bridges of one clinic share the key and have names of their own."""

    tenant: str = "default"
    name: str = "one"
    key_file: Path = Path("/etc/hearth/bridge.key")
    status_port: int = 8790  # on 127.0.0.1: /health and /metrics
    workers: int = 4
    accept: str = "listed"  # or "any": hubs without a [[hub]] block may bring any patient's


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol:
    """How new hubs get their certificates here; without a root file they do not.

    The clinic's own authority signs with `issuing_file` (key and certificate), or another one does
    that speaks EST (RFC 7030), where this bridge is the registration authority.
    """

    root_file: Path | None = None  # what hubs believe: the pin in an invitation is of its key
    issuing_file: Path | None = None
    est_url: str = ""  # such as "https://ca.clinic.example/.well-known/est"
    est_cert_file: Path | None = None  # what this bridge shows there: certificate and key
    est_ca_file: Path | None = None  # who signed that server's certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The bridge's web server: the clinician's page of video visits, and enrolment.

    Off this machine it needs a certificate.
    """

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = 8443  # 0: a free one
    origin: str = ""  # what browsers call it, such as "https://bridge.clinic.example"
    cert_file: Path | None = None
    key_file: Path | None = None
    client_ca_file: Path | None = None  # who signed the certificates that hubs show
    signers: tuple[str, ...] = ()  # public keys whose invitations to visits count


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHub:
    """One hub of the clinic, and the patients it was given to."""

    id: str
    patients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeConfig:
    """All settings of one bridge."""

    mqtt: Mqtt
    fhir: Fhir
    bridge: Bridge = field(default_factory=Bridge)
    enrol: Enrol = field(default_factory=Enrol)
    web: Web = field(default_factory=Web)
    hub: tuple[KnownHub, ...] = ()


def load_bridge(path: Path) -> BridgeConfig:
    """Read a bridge's settings from a TOML file; raise ConfigError when they are wrong."""
    text = read(path, example="config/bridge-example.toml")
    return parsed(BridgeConfig, text, source=str(path), check=check)


def check(config: BridgeConfig) -> None:
    """Apply every rule; raise WrongError at the first value that cannot be right."""
    for key, value, rule in _applied(config):
        rule(key, value)
    certificate_has_its_key(config.fhir)
    login_has_its_key(config.fhir)
    _one_authority(config.enrol)
    _safe_pages(config.web)


def _applied(config: BridgeConfig) -> Iterator[tuple[str, object, Rule]]:
    yield "bridge.tenant", config.bridge.tenant, fhir_id
    yield "bridge.name", config.bridge.name, fhir_id
    yield "bridge.accept", config.bridge.accept, _accept
    yield "bridge.status_port", config.bridge.status_port, between(0, _MAX_PORT)
    yield "bridge.workers", config.bridge.workers, between(1, _MAX_WORKERS)
    yield "web.port", config.web.port, between(0, _MAX_PORT)
    for signer in config.web.signers:
        yield "web.signers", signer, public_key
    yield "mqtt.host", config.mqtt.host, _given
    yield "mqtt.port", config.mqtt.port, between(1, _MAX_PORT)
    yield "fhir.base_url", config.fhir.base_url, web_address
    yield "fhir.timeout_s", config.fhir.timeout_s, between(1, _MAX_LIMIT_S)
    for number, hub in enumerate(config.hub, 1):
        yield f"hub[{number}].id", hub.id, fhir_id
        for patient in hub.patients:
            yield f"hub[{number}].patients", patient, reference


def _one_authority(enrol: Enrol) -> None:
    if enrol.est_url:
        web_address("enrol.est_url", enrol.est_url)
    if enrol.root_file is not None and (enrol.issuing_file is None) == (not enrol.est_url):
        fix = "Name enrol.issuing_file, or the clinic's own authority under enrol.est_url."
        raise WrongError("enrol.issuing_file", "must stand there, or enrol.est_url, not both", fix)


def _safe_pages(web: Web) -> None:
    """Ask for certificate and key together, and for both where others can reach the server."""
    if (web.cert_file is None) != (web.key_file is None):
        missing = "key_file" if web.cert_file else "cert_file"
        fix = f"Add web.{missing}, or remove the other one."
        raise WrongError(f"web.{missing}", "is missing; both belong together", fix, "CFG-05")
    if web.enabled and web.cert_file is None and not is_this_machine(web.host):
        fix = "Name web.cert_file and web.key_file: browsers allow no camera without."
        raise WrongError("web.cert_file", "is missing", fix, "CFG-05")
    if web.origin:
        web_address("web.origin", web.origin)


def _given(key: str, value: str) -> None:
    if not value:
        raise WrongError(key, "is missing", 'Write the broker, such as "mqtt.clinic.example".')


def _accept(key: str, value: str) -> None:
    if value not in {"listed", "any"}:
        fix = 'Write "listed" (only hubs with a [[hub]] block) or "any".'
        raise WrongError(key, "is neither of its two choices", fix)
