"""A visit from its link to its end, between a page, a bridge, a hub and a screen, all real but the
browser and the media: those have their own tests."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.visit import words
from agent.visit.messages import (
    Answer,
    Asked,
    Bye,
    Ended,
    Measure,
    MeasureState,
    Offer,
    Ringing,
    What,
    Why,
)
from tests.fakes.visited import FINGERPRINTS, described, visited
from tests.fakes.visitor import Visitor


@pytest.mark.parametrize("by_mqtt", [False, True], ids=["direct", "over a broker"])
async def test_a_visit_rings_connects_asks_and_ends(tmp_path: Path, *, by_mqtt: bool) -> None:
    async with visited(tmp_path, by_mqtt=by_mqtt) as home:
        home.allow()
        glass = await home.glass()
        page = Visitor(home.link())
        async with page.opened():
            await page.joined()
            await page.hear(Ringing)
            ring = await glass.hear("ring")
            assert (ring["who"], ring["id"], ring["auto_s"]) == ("Dr Weber", page.visit, 0)
            glass.say(type="visit", id=page.visit, accepted=True)
            dial = await glass.hear("dial")
            glass.say(type="offered", call=dial["call"], sdp=described("hub"))
            offer = await page.hear(Offer)
            assert (offer.call, offer.sdp) == (dial["call"], described("hub"))
            await page.say(Answer, call=offer.call, sdp=described("page"))
            remote = await glass.hear("remote")
            assert remote["sdp"] == described("page")
            assert tuple(remote["words"]) == words.four(
                visit=page.visit, hub=FINGERPRINTS["hub"], page=FINGERPRINTS["page"]
            )
            glass.say(type="calling", call=dial["call"], state="connected")
            encounter = await home.on_server("Encounter", status="in-progress")
            assert encounter["class"]["code"] == "VR"
            assert encounter["subject"] == {"reference": "Patient/p"}
            assert [one["status"] for one in encounter["statusHistory"]] == ["planned", "arrived"]

            await page.say(Measure, what=What.BLOOD_PRESSURE)
            assert (await page.hear(MeasureState)).state is Asked.ASKED
            assert (await glass.hear("wanted"))["doing"] == "blood-pressure"
            task = await home.on_server("Task", status="requested")
            assert task["code"]["coding"][0]["code"] == "85354-9"
            assert task["for"] == {"reference": "Patient/p"}
            assert task["encounter"] == {"reference": f"Encounter/{encounter['id']}"}

            await page.say(Bye)
            assert (await page.hear(Ended)).why is Why.BYE
            assert (await glass.hear("hang-up"))["why"] == "bye"
        over = await home.on_server("Encounter", status="finished")
        assert over["id"] == encounter["id"]
        assert over["period"].keys() == {"start", "end"}
        assert [one["status"] for one in over["statusHistory"]] == [
            "planned",
            "arrived",
            "in-progress",
        ]
        assert len(await asyncio.to_thread(home.all, "Encounter")) == 1
        glass.close()
