"""A clinic in a folder, its register on a real FHIR server, and its bridge's door."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.enrol.join import Joined, join
from agent.enrol.place import Place
from agent.fleet import clinic as at
from agent.fleet import found
from agent.fleet.clinic import Clinic, Line, opened
from agent.fleet.door import door
from agent.fleet.invite import Wish, invite
from config.bridge import BridgeConfig, load_bridge
from config.clinic import Broker, ClinicConfig, Door, Operator
from config.clinic import Clinic as Named
from config.schema import Fhir
from sync import signing
from sync.bridge.register import Register
from sync.fhir.invitation import Invited
from sync.invitation import Invitation
from sync.links.est import EstLink
from sync.links.https import HttpsLink
from tests.fakes.doors import Answer, Where, served
from vitals.errors import HearthError

PASSPHRASE = "correct horse battery staple"  # noqa: S105 - a made-up one
Now = Callable[[], datetime]


def today() -> datetime:
    return datetime.now(UTC)


def clinic(folder: Path, base_url: str, *, tenant: str = "st-anne", port: int = 9443) -> Clinic:
    """Make a clinic with ann as its admin."""
    config = ClinicConfig(
        clinic=Named(tenant=tenant),
        fhir=Fhir(base_url=base_url),
        broker=Broker(host="127.0.0.1", port=8883),
        bridge=Door(host="127.0.0.1", port=port),
        operator=(Operator(login="ann", role="admin"),),
    )
    found.made(folder, config, secret=at.new_secret(), passphrase=PASSPHRASE, now=today())
    return opened(folder, "ann")


@dataclass(frozen=True)
class Desk:
    """A clinic at work: its folder, a line to its server, and an answer for each bridge."""

    clinic: Clinic
    line: Line
    answer: Answer
    key: signing.Key

    def invite(
        self, host: str, now: datetime | None = None, **wish: str
    ) -> tuple[Invitation, Invited]:
        """Invite a hub to the bridge that listens there."""
        wanted = Wish(patients=(wish.pop("patient", "Patient/1"),), **wish)  # type: ignore[arg-type] # plain texts
        invitation, entry = invite(self.clinic, self.line, wanted, key=self.key, now=now or today())
        return replace(invitation, host=host), entry

    @contextmanager
    def open(self, answer: Answer | None = None, date: str | None = None) -> Iterator[Where]:
        """Open the bridge's door."""
        with served(
            answer or self.answer,
            identity=self.clinic.folder / "bridge" / "bridge.pem",
            client_root=self.clinic.folder / "root.pem",
            date=date,
        ) as where:
            yield where


@contextmanager
def desk(made: Clinic, now: Now = today, config: BridgeConfig | None = None) -> Iterator[Desk]:
    """Open a clinic for work, with one bridge's door."""
    config = config or load_bridge(made.folder / "bridge" / "bridge.toml")
    link = HttpsLink(made.config.fhir)
    register = Register(link, tenant=made.tenant, clock=time.monotonic)
    opened_door = door(config, link, register, now)
    assert opened_door is not None

    def answer(
        method: str, path: str, headers: Mapping[str, str], body: bytes, peer: bytes | None
    ) -> tuple[int, bytes, str]:
        told = opened_door.answer(method, path, headers, body, peer)
        return told.status, told.body, dict(told.headers or {}).get("content-type", "text/plain")

    try:
        with made.line() as line:
            yield Desk(clinic=made, line=line, answer=answer, key=made.signing_key(PASSPHRASE))
    finally:
        link.close()


def dial(one: Invitation, root: bytes | None) -> EstLink:
    """Reach a bridge as `hearth enroll` does."""
    return EstLink(f"https://{one.host}", root=root)


def joined(invitation: Invitation, folder: Path, now: Now = today) -> Joined:
    """Enrol a hub in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return join(invitation, place(folder), dial, now=now(), by="bob")


def place(folder: Path) -> Place:
    """Return a hub's place in a folder."""
    return Place(settings=folder / "hearth.toml", state_dir=folder / "state")


def refused(call: Callable[[], object]) -> HearthError:
    """Return the error that a call ends with."""
    with pytest.raises(HearthError) as told:
        call()
    return told.value


def files(folder: Path) -> set[str]:
    """Return the names of all files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
