"""Whom a home does not let in, and that each is told why and stands in the audit trail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from agent.audit import Audit
from agent.clock import HubClock
from agent.visit.messages import Answer, Ended, InCall, Join, Offer, Refused, Ringing, Turned, Why
from agent.visit.text import from_text, to_text
from agent.web.line import MOST_FROM_ONE
from config.schema import Visit
from sync import p256
from sync.fhir.register import Registered, Standing
from tests.fakes.clinic import registered
from tests.fakes.visited import (
    HUB_ID,
    PATIENT,
    TENANT,
    Glass,
    Visited,
    described,
    running_hub,
    visited,
)
from tests.fakes.visitor import Visitor


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Visited]:
    async with visited(tmp_path, visit=Visit(auto_answer=("Practitioner/7",))) as one:
        one.allow()
        yield one


async def refused(page: Visitor) -> str:
    async with page.opened():
        await page.joined()
        return (await page.hear(Refused)).code


def trail(home: Visited) -> list[tuple[str, str]]:
    audit = Audit(home.parts.outbox, HubClock())
    return [(event.what, event.why) for event in audit.events() if event is not None]


async def test_a_link_that_somebody_used_opens_for_nobody_else(home: Visited) -> None:
    glass, link = await home.glass(), home.link()
    first, second = Visitor(link), Visitor(link)
    async with first.opened():
        await first.joined()
        await first.hear(Ringing)
        assert await refused(second) == "VISIT-04"
        assert await refused(Visitor(home.link(visit="another"))) == "VISIT-07"
        assert (await glass.hear("ring"))["id"] == first.visit
        glass.say(type="visit", id=first.visit, accepted=False)
        assert (await first.hear(Ended)).why is Why.DECLINED
    assert await refused(second) == "VISIT-04"
    events = trail(home)
    assert ("visit-redeemed", "Dr Weber") in events
    assert ("visit-refused", "Dr Weber: VISIT-04") in events
    assert ("visit-ended", "Dr Weber: declined") in events
    glass.close()


async def test_the_same_browser_comes_back_and_the_older_window_is_told(home: Visited) -> None:
    glass, link = await home.glass(), home.link()
    first = Visitor(link)
    async with first.opened():
        await first.joined()
        await first.hear(Ringing)
        again = Visitor(link, party=first.party)
        again.numbers = first.numbers
        async with again.opened():
            await again.joined()
            await again.hear(Ringing)
            assert (await first.hear(Ended)).why is Why.ELSEWHERE
            glass.say(type="visit", id=first.visit, accepted=True)
            call = (await glass.hear("dial"))["call"]
            glass.say(type="offered", call=call, sdp=described("hub"))
            await again.hear(Offer)
    glass.close()


async def test_a_message_that_is_said_twice_counts_once(home: Visited) -> None:
    glass, page = await home.glass(), Visitor(home.link())
    async with page.opened():
        await page.joined()
        await page.hear(Ringing)
        glass.say(type="visit", id=page.visit, accepted=True)
        call = (await glass.hear("dial"))["call"]
        glass.say(type="offered", call=call, sdp=described("hub"))
        await page.hear(Offer)
        said = await page.say(Answer, call=call, sdp=described("page"))
        await glass.hear("remote")
        await page.send(said)
        await page.say(Join)  # what comes after it is heard
        await asyncio.sleep(0)
    remotes = [one for one in glass.heard if one["type"] == "remote"]
    assert len(remotes) == 1
    glass.close()


async def test_each_refusal_has_its_reason(home: Visited) -> None:
    at_s = int(datetime.now(UTC).timestamp())
    assert await refused(Visitor(home.link())) == "VISIT-09"
    glass = await home.glass()
    strange = Visitor(home.link(hub_key=to_text(p256.Key().public)))
    assert home.parts.visits is not None
    strange.hub = from_text(home.parts.visits.keys["hub_key"])
    assert await refused(strange) == "VISIT-06"
    home.allow(given=False)
    assert await refused(Visitor(home.link())) == "VISIT-08"
    assert not [one for one in glass.heard if one["type"] == "ring"]
    assert await refused(Visitor(home.link(nbf=at_s - 900, exp=at_s - 100))) == "VISIT-02"
    for changed, code in (
        ({"nbf": at_s - 20_000, "exp": at_s - 15_000}, "VISIT-02"),
        ({"nbf": at_s + 300}, "VISIT-03"),
    ):
        page = Visitor(home.link(**changed))
        async with page.opened():
            await page.knock()
            assert (await page.hear(Turned)).code == code
            assert await page.is_hung_up_on()
    glass.close()


async def test_a_line_that_breaks_after_the_links_end_ends_no_visit(home: Visited) -> None:
    glass, page = await home.glass(), Visitor(home.link())
    async with page.opened():
        call = await in_call(glass, page)
        at_s = int(datetime.now(UTC).timestamp())
        public = to_text(page.key.public)
        over = home.link(visit=page.visit, page=public, nbf=at_s - 900, exp=at_s - 100)
        page.token = over.partition("#")[2].rpartition(".")[0]
    async with page.opened():  # as if that time had passed
        await page.joined()
        assert (await page.hear(InCall)).call == call
        stranger = Visitor(over)
        stranger.key = page.key
        assert await refused(stranger) == "VISIT-04"
        await page.say(Join)
        assert (await page.hear(InCall)).call == call
    glass.close()


async def test_a_caller_whom_the_care_team_named_is_answered_after_a_countdown(
    home: Visited,
) -> None:
    glass = await home.glass()
    page = Visitor(home.link(caller="Practitioner/7"))
    assert home.parts.display is not None
    start, end = home.parts.display.book.night
    hour = datetime.now(UTC).hour
    async with page.opened():
        await page.joined()
        await page.hear(Ringing)
        is_night = start <= hour or hour < end
        assert (await glass.hear("ring"))["auto_s"] == (0 if is_night else 20)
    glass.close()


async def test_a_page_of_another_origin_gets_no_line(home: Visited) -> None:
    page = Visitor(home.link())
    for origin in ("https://evil.example", "null"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as told:
            async with page.opened(origin):
                pass
        assert told.value.status == 403


async def test_one_address_has_few_connections(home: Visited) -> None:
    async with aiohttp.ClientSession() as session:
        lines = [
            await session.ws_connect(f"{home.origin}/visit/line", origin=home.origin)
            for _ in range(MOST_FROM_ONE)
        ]
        with pytest.raises(aiohttp.WSServerHandshakeError) as told:
            await session.ws_connect(f"{home.origin}/visit/line", origin=home.origin)
        assert told.value.status == 429
        for line in lines:
            await line.close()


async def test_an_agent_that_is_killed_in_a_call_finds_it_again(home: Visited) -> None:
    glass, page = await home.glass(), Visitor(home.link())
    async with page.opened():
        call = await in_call(glass, page)
        await home.on_server("Encounter", status="in-progress")
        home.service.cancel()
        await asyncio.gather(home.service, return_exceptions=True)
        home.parts.outbox.close()
        glass.close()
        async with running_hub(home.config, home.line) as (parts, _):
            assert parts.display is not None
            again = await Glass.at(parts.display.path)
            again.say(type="calling", call=call, state="connected")
            await page.say(Join)
            assert (await page.hear(InCall)).call == call
            again.say(type="calling", call=call, state="over")
            assert (await page.hear(Ended)).why is Why.HUNG_UP
            await home.on_server("Encounter", status="finished")
            assert await refused(Visitor(home.link(visit=page.visit))) == "VISIT-04"
            again.close()
    assert len(await asyncio.to_thread(home.all, "Encounter")) == 1


async def in_call(glass: Glass, page: Visitor) -> str:
    """Bring a call about; return its name."""
    await page.joined()
    await page.hear(Ringing)
    glass.say(type="visit", id=page.visit, accepted=True)
    call = str((await glass.hear("dial"))["call"])
    glass.say(type="offered", call=call, sdp=described("hub"))
    await page.hear(Offer)
    await page.say(Answer, call=call, sdp=described("page"))
    await glass.hear("remote")
    glass.say(type="calling", call=call, state="connected")
    return call


async def test_a_hub_that_was_taken_back_is_not_rung(tmp_path: Path) -> None:
    def revoked(base_url: str) -> tuple[str, ...]:
        gone = Registered(
            hub=HUB_ID, tenant=TENANT, patients=(PATIENT,), state=Standing.REVOKED, since=""
        )
        registered(base_url, [gone], [])
        return ()

    async with visited(tmp_path, by_mqtt=True, also=revoked) as home:
        page = Visitor(home.link())
        async with page.opened():
            await page.knock()
            assert (await page.hear(Turned)).code == "VISIT-18"
            assert await page.is_hung_up_on()
