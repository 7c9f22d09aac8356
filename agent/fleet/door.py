"""The enrolment door of one bridge, made out of its settings."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from config.bridge import BridgeConfig
from sync import certificates, est
from sync.bridge.authority import OwnAuthority
from sync.bridge.enrol import Door, Register
from sync.bridge.invitations import Invitations, Server
from sync.certificates import Signer
from sync.exchange import Purpose, Request
from sync.fhir import encode
from sync.fhir.audit import HUB, Told, audit_event, audit_id
from sync.links.est import EstAuthority
from sync.policy import JSON
from vitals.errors import HubError


def door(
    config: BridgeConfig, server: Server, register: Register, now: Callable[[], datetime]
) -> Door | None:
    """Return the door; None where the settings ask for none.

    Raises
    ------
    HubError
        BRIDGE-06 for certificates or keys that cannot be used.
    """
    if config.enrol.root_file is None:
        return None
    return Door(
        tenant=config.bridge.tenant,
        authority=_authority(config, now),
        invitations=Invitations(server),
        register=register,
        now=now,
        note=_Notes(server, f"bridge-{config.bridge.name}", now).note,
    )


def _authority(config: BridgeConfig, now: Callable[[], datetime]) -> est.Authority:
    enrol = config.enrol
    if enrol.est_url:
        trusted = _octets(enrol.est_ca_file or enrol.root_file, "enrol.est_ca_file")
        if enrol.est_cert_file is None:
            raise _unusable("enrol.est_cert_file", "it is not named")
        try:
            own = certificates.read_all(_octets(enrol.root_file, "enrol.root_file"))[0]
        except ValueError:
            raise _unusable("enrol.root_file", "it holds no certificate") from None
        return EstAuthority(enrol.est_url, root=trusted, identity=enrol.est_cert_file, own=own)
    pem = _octets(enrol.issuing_file, "enrol.issuing_file")
    try:
        return OwnAuthority(
            root=certificates.read_all(_octets(enrol.root_file, "enrol.root_file"))[0],
            issuing=Signer(
                certificate=certificates.read_all(pem)[0], key=certificates.read_key(pem)
            ),
            now=now,
        )
    except ValueError:
        raise _unusable("enrol.issuing_file", "it holds no certificate with its key") from None


def _octets(path: Path | None, name: str) -> bytes:
    if path is None:
        raise _unusable(name, "it is not named")
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(name, error.strerror or type(error).__name__) from None


def _unusable(name: str, why: str) -> HubError:
    return HubError(
        f"No hub can enrol here: {name} cannot be used: {why}.",
        fix="Take the bridge's folder that `hearth fleet init` made, whole.",
        code="BRIDGE-06",
    )


class _Notes:
    """Notes on the FHIR server what the door did. A bridge keeps nothing, so none is chained."""

    def __init__(self, server: Server, name: str, now: Callable[[], datetime]) -> None:
        self._server, self._name, self._now = server, name, now

    def note(self, what: str, hub: str, serial: str) -> None:
        """Write one AuditEvent; the certificate was given out whether or not this arrives."""
        told = Told(hub_id=self._name, generation=uuid.uuid4().hex)
        event = audit_event(
            told,
            number=0,
            at=self._now().isoformat(timespec="seconds"),
            by=HUB,
            what=what,
            why=f"hub {hub}, certificate {serial}",
            seq=0,
            hashes=("", ""),
        )
        self._server.exchange(
            Request(
                purpose=Purpose.AUDIT,
                method="PUT",
                path=f"AuditEvent/{audit_id(told, 0)}",
                body=encode(event),
                headers={"accept": JSON, "content-type": JSON},
            )
        )
