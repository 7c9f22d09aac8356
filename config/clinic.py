"""The settings of a care team's machine: its clinic, server, broker, bridge, and operators."""

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
    login_has_its_key,
    web_address,
)
from config.schema import Fhir

_MAX_PORT = 65535
_MOST_KEYS = 1000
ROLES = ("admin", "nurse", "viewer")
"""Best first: what one may do, all before it may do too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """Whose hubs these are, and what this machine is called among the care team's machines."""

    tenant: str
    machine: str = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where hubs find the MQTT broker."""

    host: str
    port: int = 8883


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where hubs find the bridge to enrol and renew, and what they seal readings to."""

    host: str
    port: int = 8443
    key: str = ""  # the bridge's public key that hubs are told, 64 hex digits
    keys: int = 1  # how many the bridge has had; it opens what was sealed to any of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """What a hub is told unless its invitation says otherwise."""

    timezone: str = "UTC"
    language: str = "en"
    phone: str = ""  # whom a patient calls when the hub does not work


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One of the care team, by login: "admin", "nurse" (invites, revokes) or "viewer" (looks)."""

    login: str
    role: str = "nurse"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicConfig:
    """All settings of one care team's machine."""

    clinic: Clinic
    fhir: Fhir
    broker: Broker
    bridge: Door
    homes: Homes = field(default_factory=Homes)
    operator: tuple[Operator, ...] = ()


def load_clinic(path: Path) -> ClinicConfig:
    """Read a clinic's settings from a TOML file; raise ConfigError when they are wrong."""
    text = read(path, example="the one that hearth fleet init makes")
    return parsed(ClinicConfig, text, source=str(path), check=check)


def check(config: ClinicConfig) -> None:
    """Apply every rule; raise WrongError at the first value that cannot be right."""
    for key, value, rule in _applied(config):
        rule(key, value)
    certificate_has_its_key(config.fhir)
    login_has_its_key(config.fhir)


def _applied(config: ClinicConfig) -> Iterator[tuple[str, object, Rule]]:
    yield "clinic.tenant", config.clinic.tenant, fhir_id
    yield "clinic.machine", config.clinic.machine, fhir_id
    yield "fhir.base_url", config.fhir.base_url, web_address
    yield "broker.host", config.broker.host, _given
    yield "broker.port", config.broker.port, between(1, _MAX_PORT)
    yield "bridge.host", config.bridge.host, _given
    yield "bridge.port", config.bridge.port, between(1, _MAX_PORT)
    yield "bridge.keys", config.bridge.keys, between(1, _MOST_KEYS)
    for number, one in enumerate(config.operator, 1):
        yield f"operator[{number}].role", one.role, _role


def _given(key: str, value: str) -> None:
    if not value:
        raise WrongError(key, "is missing", 'Write a host, such as "clinic.example".')


def _role(key: str, value: str) -> None:
    if value not in ROLES:
        raise WrongError(key, "is no role", f"Write one of {', '.join(ROLES)}.")
