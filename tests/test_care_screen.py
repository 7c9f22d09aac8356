"""The patient's side of a limit, over a real server, a real broker and the real screen socket."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.audit import Trail
from agent.demo.server import every
from sync.fhir.codes import device_id
from tests.fakes.goals import goal, most
from tests.fakes.readings_now import pressure
from tests.test_screen_served import LIMIT_S, at_home


@pytest.mark.parametrize("by_mqtt", [False, True], ids=["https", "mqtt"])
async def test_a_limit_crossed_is_calm_words_at_home_and_a_flag_at_the_clinic(
    tmp_path: Path, *, by_mqtt: bool
) -> None:
    """Over MQTT there is no way but the bridge's gate."""
    wrong = goal("wrong", most(180, unit="mmHg"))
    async with at_home(tmp_path, goal("limit", most(180)), wrong, by_mqtt=by_mqtt) as screen:
        told = await _receipts(screen.base_url, 2)
        assert told["Goal/limit"] == "It is on the hub."
        assert told["Goal/wrong"] == (
            "The hub cannot act on it: Goal.target[0].detailQuantity.code "
            "is no unit this hub knows."
        )
        screen.parts.outbox.put(pressure("190", "90", datetime.now(UTC))).result(LIMIT_S)
        screen.parts.guardian.nudge()
        screen.parts.uploader.nudge()
        home = await screen.home(notes=1)
        while not home["notes"][0]["told"]:
            home = await screen.home(notes=1)
        (note,) = home["notes"]
        assert (note["about"], note["doing"]) == ("limit", "blood-pressure")
        (flag,) = await screen.stored("Flag")
        assert flag["meta"]["source"] == f"urn:hearth:device:{device_id('hub-1')}"
        screen.say(type="seen", letter=note["id"])
        await screen.home(notes=0)
        screen.say(type="consent", topic="photos", given=True)
        screen.say(type="consent", topic="photos", given=False)
        await screen.stored("Consent", 2)
        events = [event for event in Trail(screen.parts.outbox).events() if event]
    told_of = [(event.what, event.why, event.by) for event in events if event.what != "start"]
    assert told_of == [
        ("consent-given", "photos", "the patient, on the screen"),
        ("consent-taken-back", "photos", "the patient, on the screen"),
    ]


async def _receipts(base_url: str, count: int) -> dict[str, str]:
    """Wait for what the hub said of each rule."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            told = await asyncio.to_thread(lambda: list(every(base_url, "Communication")))
            found = {
                one["basedOn"][0]["reference"]: one["payload"][0]["contentString"]
                for one in told
                if "basedOn" in one
            }
            if len(found) == count:
                return found
            await asyncio.sleep(0.2)
