"""The hub's part in a visit when the hub is in trouble, and when somebody repeats a letter."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from agent.audit import Audit
from agent.clock import HubClock
from agent.display.answers import MOST, Answers
from agent.screen.messages import Dial, FromHub, HangUp, Ring, Visit
from agent.visit import invitation, letters, messages
from agent.visit.calls import Calls, Setting
from agent.visit.desk import VisitDesk
from agent.visit.invitation import Invitation
from agent.visit.letters import Down, Reply
from agent.visit.messages import Bye, Ended, FromPage, Join, Refused, Ringing, Said
from agent.visit.text import from_text, to_text
from sync import hpke, p256, signing
from sync.envelope import Address
from sync.exchange import Answer
from sync.outbox import Outbox

ADDRESS = Address(tenant="t", hub="hub-1")
CLINIC, PAGE, BRIDGE = signing.Key(), p256.Key(), hpke.Reader()
LIMIT_S = 90.0


@dataclass
class Hub:
    """A hub's desk on a real store, its screen and its bridge written down."""

    outbox: Outbox
    screen: list[FromHub] = field(default_factory=list)
    page: list[messages.FromHub] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answers = Answers(self.outbox, ADDRESS.hub)
        calls = Calls(
            self.outbox,
            hub_id=ADDRESS.hub,
            patient="Patient/p",
            answers=self.answers,
            audit=Audit(self.outbox, HubClock()),
            clock=HubClock(),
        )
        self.desk = VisitDesk(
            calls,
            address=ADDRESS,
            signers=lambda: [CLINIC.public.hex()],
            end=self,
            bridge_key=BRIDGE.public,
            setting=lambda: Setting(allowed=True, zone=UTC),
            tell=self.screen.append,
        )
        self.desk.screens(1)

    def post(self, bridge: str, octets: bytes) -> None:
        del bridge
        said = letters.open_up(octets, BRIDGE, ADDRESS).said
        if said is not None:
            key = from_text(self.desk.keys["hub_key"])
            self.page.append(messages.from_hub(said, key))

    def token(self, visit: str = "v") -> str:
        at_s = int(datetime.now(UTC).timestamp())
        found = Invitation(
            v=1,
            tenant="t",
            hub="hub-1",
            visit=visit,
            who="Dr Weber",
            nbf=at_s - 5,
            exp=at_s + 600,
            page=to_text(PAGE.public),
            **self.desk.keys,
        )
        return invitation.minted(found, CLINIC)

    def letter(self, kind: Callable[..., FromPage], n: int, visit: str = "v") -> bytes:
        """Return what the bridge sends when the page says this."""
        said: Said = messages.signed(kind(visit=visit, party="p", n=n), PAGE)
        reply = Reply(bridge="one", line="0a")
        down = Down(v=1, reply=reply, token=self.token(visit), said=said)
        return letters.seal_down(down, from_text(self.desk.keys["seal"]), ADDRESS)

    async def until(self, kind: type[object], number: int = 1) -> None:
        """Wait until screen and page together heard so many messages of a kind."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                if sum(isinstance(one, kind) for one in [*self.screen, *self.page]) >= number:
                    return
                await asyncio.sleep(0.01)

    def fill(self) -> None:
        """Let so much wait for the server that no more can be kept."""
        said = {"resourceType": "Communication", "status": "completed"}
        self.answers.put_all([said] * (MOST - self.answers.waiting), most=MOST)

    async def told(self, kind: str) -> dict[str, Any]:
        """Be the server that takes all there is, until it is told of this; return it."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                request = await asyncio.to_thread(self.answers.next, 0.0)
                if request is None:
                    await asyncio.sleep(0.05)
                    continue
                found: dict[str, Any] = msgspec.json.decode(request.body)
                await asyncio.to_thread(self.answers.answer, request, Answer(status=201), 0.0)
                if found["resourceType"] == kind:
                    return found


@contextlib.asynccontextmanager
async def hub(folder: Path, *, full: bool = False) -> AsyncIterator[Hub]:
    with Outbox.open(
        folder / "outbox.db",
        key=bytes(32),
        tenant="t",
        hub_id="hub-1",
        max_bytes=2**24,
        max_evidence=10,
        now=HubClock(),
    ) as outbox:
        made = Hub(outbox)
        if full:
            await asyncio.to_thread(made.fill)
        service = asyncio.create_task(made.desk.run())
        try:
            yield made
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)


async def test_whoever_repeats_a_letter_on_its_way_rings_at_nobody_and_ends_nothing(
    tmp_path: Path,
) -> None:
    async with hub(tmp_path) as one:
        join, bye = one.letter(Join, 1), one.letter(Bye, 2)
        for octets in (join, bye, join, bye, one.letter(Join, 3), bye):
            one.desk.letter(octets)
        one.desk.letter(one.letter(Join, 1, "another"))
        await one.until(Refused)
        assert [type(said) for said in one.page] == [Ringing, Ended, Ringing, Refused]
    async with hub(tmp_path) as one:  # another process knows it too
        one.desk.letter(bye)
        one.desk.letter(one.letter(Join, 4))
        await one.until(Ringing)
        assert [type(said) for said in one.page] == [Ringing]


async def test_keys_that_could_not_be_told_at_the_start_are_told_later(tmp_path: Path) -> None:
    async with hub(tmp_path, full=True) as one:
        assert (await one.told("Device"))["property"]


async def test_a_hub_whose_messages_wait_in_their_hundreds_still_rings_and_hangs_up(
    tmp_path: Path,
) -> None:
    async with hub(tmp_path, full=True) as one:
        one.desk.letter(one.letter(Join, 1))
        await one.until(Ring)
        one.desk.hear(Visit(id="v", accepted=True))
        await one.until(Dial)
        one.desk.hear(Visit(id="v", accepted=False))
        await one.until(HangUp)
        await one.until(Ended)

        assert (await one.told("Encounter"))["status"] == "cancelled"
