"""A whole way for a visit: FHIR server, hub with a screen, bridge, with or without a broker."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent import bridge, hub
from agent.clock import HubClock
from agent.demo.broker import mosquitto
from agent.demo.server import DemoServer, every, free_port, put
from agent.screen.messages import VERSION
from agent.screen.values import Topic
from agent.visit import invitation
from agent.visit.invitation import Invitation
from agent.visit.lines import Direct, HubLine
from agent.visit.text import to_text
from agent.web.visits import VisitServer
from config.bridge import Bridge, BridgeConfig, KnownHub, Web
from config.schema import Camera, Config, Fhir, Hub, Mqtt, Patient, Radio, Screen, Visit
from sync import p256, signing
from sync.envelope import Address
from sync.links.https import HttpsLink

LIMIT_S = 180.0
HUB_ID, TENANT, PATIENT = "hub-1", "t", "Patient/p"
CLINIC = signing.Key(bytes(range(32)))
FINGERPRINTS = {side: ":".join([pair] * 32) for side, pair in (("hub", "AB"), ("page", "CD"))}


def described(side: str) -> str:
    """Return as much of a session description as signalling looks at."""
    return f"v=0\r\na=fingerprint:sha-256 {FINGERPRINTS[side]}\r\n"


@dataclass
class Glass:
    """The screen's end of the socket, without a display."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    async def at(cls, path: Path) -> Glass:
        async with asyncio.timeout(LIMIT_S):
            while True:
                with contextlib.suppress(OSError):
                    reader, writer = await asyncio.open_unix_connection(path, limit=2**20)
                    break
                await asyncio.sleep(0.02)
        glass = cls(reader, writer)
        glass.say(type="hello", version=VERSION)
        await glass.hear("home")
        return glass

    def say(self, **message: object) -> None:
        self.writer.write(json.dumps(message).encode() + b"\n")

    async def hear(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(LIMIT_S):
            while True:
                found: dict[str, Any] = json.loads(await self.reader.readline())
                self.heard.append(found)
                if found["type"] == kind:
                    return found

    def close(self) -> None:
        self.writer.close()


@dataclass
class Visited:
    """Everything at work."""

    config: Config
    parts: hub.Parts
    origin: str
    base_url: str
    service: asyncio.Task[None]
    line: HubLine | None = None
    at_clinic: BridgeConfig | None = None

    def link(self, **changed: object) -> str:
        """Invite: return a fresh link."""
        assert self.parts.visits is not None
        page, at_s = p256.Key(), int(datetime.now(UTC).timestamp())
        fields: Mapping[str, object] = {
            "v": 1,
            "tenant": TENANT,
            "hub": HUB_ID,
            "visit": f"visit-{time.monotonic_ns()}",
            "who": "Dr Weber",
            "nbf": at_s - 5,
            "exp": at_s + 600,
            "page": to_text(page.public),
            **self.parts.visits.keys,
            **changed,
        }
        token = invitation.minted(Invitation(**fields), CLINIC)  # type: ignore[arg-type] # its own
        return invitation.link(self.origin, token, page.private())

    async def glass(self) -> Glass:
        assert self.parts.display is not None
        return await Glass.at(self.parts.display.path)

    def allow(self, *, given: bool = True) -> None:
        assert self.parts.display is not None
        self.parts.display.book.consent(Topic.VISITS, given=given)

    async def on_server(self, kind: str, **wanted: object) -> dict[str, Any]:
        """Wait until the server holds a resource of a kind in which these stand."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            for one in await asyncio.to_thread(self.all, kind):
                if all(one.get(name) == value for name, value in wanted.items()):
                    return one
            await asyncio.sleep(0.1)
        raise AssertionError(f"no such {kind}")

    def all(self, kind: str) -> list[dict[str, Any]]:
        return list(every(self.base_url, kind))


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """Server and bridge, and what a hub of theirs is set up with."""

    config: Config
    origin: str
    base_url: str
    line: HubLine | None = None
    bridge: BridgeConfig | None = None


@contextlib.asynccontextmanager
async def visited(
    folder: Path,
    *,
    by_mqtt: bool = False,
    visit: Visit | None = None,
    camera: bool = False,
    also: Callable[[str], Sequence[str]] = lambda _: (),
) -> AsyncIterator[Visited]:
    """Run it all for the length of the block; what is asked for is `clinic`'s."""
    with clinic(folder, by_mqtt=by_mqtt, visit=visit, camera=camera, also=also) as there:
        async with at_home(there) as home:
            yield home


@contextlib.asynccontextmanager
async def at_home(there: Clinic) -> AsyncIterator[Visited]:
    """Run the hub of a clinic for the length of the block."""
    config, line = there.config, there.line
    async with running_hub(config, line) as (parts, service):
        yield Visited(config, parts, there.origin, there.base_url, service, line, there.bridge)


@contextlib.contextmanager
def clinic(
    folder: Path,
    *,
    by_mqtt: bool = False,
    visit: Visit | None = None,
    camera: bool = False,
    also: Callable[[str], Sequence[str]] = lambda _: (),
) -> Iterator[Clinic]:
    """Run all but the hub for the length of the block.

    `also` is told the server's address, and returns who may sign besides the test's own clinic.
    """
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(DemoServer(folder))
        put(server.base_url, {"resourceType": "Patient", "id": "p"})
        signers = (CLINIC.public.hex(), *also(server.base_url))
        key = folder / "bridge.key"
        public = bridge.make_key(key)
        web = Web(enabled=True, port=0, signers=signers)
        settings = Bridge(tenant=TENANT, name="one", key_file=key, status_port=0, workers=1)
        config = Config(
            hub=Hub(
                id=HUB_ID,
                tenant=TENANT,
                state_dir=folder / "state",
                signers=signers,
            ),
            patient=Patient(reference=PATIENT),
            fhir=Fhir(base_url=server.base_url),
            mqtt=Mqtt(bridge_key=public),
            radio=Radio(enabled=False),
            screen=Screen(enabled=True),
            visit=visit or Visit(),
            camera=Camera(enabled=camera),
        )
        line: HubLine | None = None
        at_clinic: BridgeConfig | None = None
        if by_mqtt:
            port = free_port()
            mqtt = Mqtt(host="127.0.0.1", port=port, bridge_key=public)
            stack.enter_context(mosquitto(folder, port))
            at_clinic = BridgeConfig(
                mqtt=mqtt,
                fhir=Fhir(base_url=server.base_url, timeout_s=10.0),
                bridge=settings,
                web=web,
                hub=(KnownHub(id=HUB_ID, patients=(PATIENT,)),),
            )
            running = stack.enter_context(bridge.assembled(at_clinic))
            assert running.pages is not None
            origin = running.pages.origin
            nowhere = Fhir(base_url="http://127.0.0.1:9/fhir")
            config = dataclasses.replace(config, mqtt=mqtt, fhir=nowhere)
        else:
            direct = Direct(Address(tenant=TENANT, hub=HUB_ID))
            link = HttpsLink(config.fhir)
            stack.callback(link.close)
            pages = VisitServer(
                web,
                settings,
                key=bridge.read_key(key),
                end=direct.bridge_end,
                server=link,
                may=lambda _hub, patient: patient == PATIENT,
                now=lambda: HubClock()().at,
            )
            stack.callback(pages.close)
            direct.at_bridge = pages.heard
            line, origin = direct.line, pages.origin
        yield Clinic(
            config=config,
            origin=origin,
            base_url=server.base_url,
            line=line,
            bridge=at_clinic,
        )


@contextlib.asynccontextmanager
async def running_hub(
    config: Config, line: HubLine | None
) -> AsyncIterator[tuple[hub.Parts, asyncio.Task[None]]]:
    """Run a hub for the length of the block."""
    async with hub.assembled(config, line=line) as parts:
        service = asyncio.create_task(hub.serve(parts))
        try:
            yield parts, service
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)
