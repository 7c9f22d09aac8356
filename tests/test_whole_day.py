"""A whole day with every part but the glass: a care plan on a real FHIR server, the real hub with
meters on a virtual radio, and somebody who does it all by touch alone, or by two buttons alone.

What became of it is read off the server. The glass itself is pressed in test_screen_program.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import hub
from agent.demo.server import DemoServer, every, put
from agent.screen.messages import VERSION as SCREEN_VERSION
from agent.screen.messages import Hello, encoded
from agent.screen.qt.gallery import without_display
from agent.screen.values import About, Doing, Due
from config.schema import Config, Fhir, Hub, Patient, Radio, Screen
from drivers.virtual import frames
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.somebody import LIMIT_S, Somebody, touch, two_buttons

NOON = 12
Json = dict[str, Any]


def zone() -> tuple[str, timedelta]:
    """Return a zone in which it is about noon: a day must not end in the middle of the test."""
    ahead = (NOON - datetime.now(UTC).hour + 12) % 24 - 12
    name = f"Etc/GMT{'-' if ahead >= 0 else '+'}{abs(ahead)}"  # POSIX: the sign is turned around
    return name, timedelta(hours=ahead)


def _daily(local: datetime) -> Json:
    at = local - timedelta(minutes=5)
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "timeOfDay": [f"{at:%H:%M}:00"]}
    return {"repeat": repeat}


ABOUT: Json = {"intent": "order", "status": "active", "subject": {"reference": "Patient/p"}}
ASKED: Json = {"intent": "order", "status": "requested", "for": {"reference": "Patient/p"}}
FORM: Json = {
    "resourceType": "Questionnaire",
    "id": "daily",
    "status": "active",
    "item": [
        {"linkId": "well", "type": "boolean", "text": "Are you well?", "required": True},
        {
            "linkId": "what",
            "type": "string",
            "text": "What is it?",
            "enableWhen": [{"question": "well", "operator": "=", "answerBoolean": False}],
        },
        {"linkId": "since", "type": "date", "text": "Since when?"},
        {"linkId": "pain", "type": "integer", "text": "Pain, 0 to 10?"},
    ],
}
LETTER: Json = {
    "resourceType": "Communication",
    "id": "letter",
    "status": "completed",
    "subject": {"reference": "Patient/p"},
    "recipient": [{"reference": "Patient/p"}],
    "sender": {"display": "Nurse Weber"},
    "sent": "2026-11-23T08:00:00Z",
    "payload": [{"contentString": "How are you?"}],
    "extension": [
        {"url": "urn:hearth:ready-answer", "valueString": "Well"},
        {"url": "urn:hearth:ready-answer", "valueString": "Not so well"},
    ],
}


LIMIT: Json = {
    "resourceType": "Goal",
    "id": "limit",
    "lifecycleStatus": "active",
    "category": [{"coding": [{"system": "urn:hearth:rule", "code": "limit"}]}],
    "description": {"text": "Pressure at home"},
    "subject": {"reference": "Patient/p"},
    "target": [
        {
            "measure": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
            "detailQuantity": {
                "value": 127,
                "comparator": "<=",
                "system": "http://unitsofmeasure.org",
                "code": "mm[Hg]",
            },
        }
    ],
}


def plan(local: datetime) -> list[Json]:
    """Return what the care team wrote for today."""
    pressure = {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}
    sugar = {"coding": [{"system": "http://loinc.org", "code": "2339-0"}]}
    photo = {"coding": [{"system": "http://loinc.org", "code": "72170-4"}]}
    timing = _daily(local)
    return [
        {"resourceType": "ServiceRequest", "id": "bp", **ABOUT, "code": pressure}
        | {"occurrenceTiming": timing},
        {"resourceType": "ServiceRequest", "id": "sugar", **ABOUT, "code": sugar}
        | {"occurrenceTiming": timing},
        {"resourceType": "MedicationRequest", "id": "pill", **ABOUT}
        | {"medicationCodeableConcept": {"text": "Metformin 500 mg"}}
        | {"dosageInstruction": [{"timing": timing}]},
        FORM,
        {"resourceType": "Task", "id": "ask", **ASKED}
        | {"focus": {"reference": "Questionnaire/daily"}},
        {"resourceType": "Task", "id": "foot", **ASKED, "code": photo}
        | {"description": "A photo of the foot"},
        LETTER,
        LIMIT,
    ]


@dataclass
class Home:
    """The hub at home and what lies on the table."""

    base_url: str
    cuff: VirtualBloodPressure
    meter: VirtualGlucose
    path: Path
    now: Callable[[], datetime]

    async def stored(self, kind: str, count: int) -> list[Json]:
        """Wait until the server holds so many resources of a kind that came from the hub."""
        end, found = time.monotonic() + LIMIT_S, list[Json]()
        while len(found) < count and time.monotonic() < end:
            there = await asyncio.to_thread(lambda: list(every(self.base_url, kind)))
            found = [one for one in there if one["id"].startswith("h") and "basedOn" not in one]
            await asyncio.sleep(0.1)
        return found


@contextlib.asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[Home]:
    name, ahead = zone()

    def now() -> datetime:
        return datetime.now(UTC) + ahead

    with DemoServer(folder) as server:
        put(server.base_url, {"resourceType": "Patient", "id": "p"})
        for resource in plan(now()):
            put(server.base_url, resource)
        config = Config(
            hub=Hub(id="hub-1", state_dir=folder / "state", timezone=name),
            patient=Patient(reference="Patient/p"),
            fhir=Fhir(base_url=server.base_url),
            radio=Radio(accept="any"),
            screen=Screen(enabled=True),
        )
        cuff = VirtualBloodPressure()
        meter = VirtualGlucose(clock=frames.date_time_octets(now()))
        async with VirtualRadio() as radio:
            await radio.add(cuff)
            await radio.add(meter)
            async with hub.assembled(config, backend=radio.backend) as parts:
                service = asyncio.create_task(hub.serve(parts))
                assert parts.display is not None
                yield Home(server.base_url, cuff, meter, parts.display.path, now)
                service.cancel()
                await asyncio.gather(service, return_exceptions=True)


@pytest.fixture(params=[touch, two_buttons], ids=["touch", "two buttons"])
async def somebody(
    tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Somebody, Home]]:
    without_display()
    async with at_home(tmp_path) as home:
        async with asyncio.timeout(LIMIT_S):
            while not home.path.exists():  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.02)
        reader, writer = await asyncio.open_unix_connection(home.path, limit=2**20)
        writer.write(encoded(Hello(version=SCREEN_VERSION)))
        one = Somebody(request.param, reader, writer)
        listening = asyncio.create_task(one.listen())
        yield one, home
        writer.close()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _measured(who: Somebody, home: Home, systolic: int, *pages: str) -> None:
    await home.cuff.measure(frames.blood_pressure(systolic, 82, 71, home.now()))
    await who.until(*pages)


async def _lived(who: Somebody, home: Home) -> None:
    await who.open(Doing.MEDICINE)
    who.press("done")

    await who.open(Doing.BLOOD_PRESSURE)
    who.press("start", "sit")
    who.wait(300)
    await who.until("pressure-measure")
    await _measured(who, home, 128, "pressure-pause")
    who.wait(60)
    await who.until("pressure-again")
    await asyncio.sleep(1.1)  # a cuff's clock knows whole seconds, and no two readings share one
    await _measured(who, home, 126, "pressure-done")
    who.press("back")

    await home.meter.measure(frames.glucose(1, 104, home.now()))
    await who.until("arrived")
    who.press("back")

    await who.open(Doing.QUESTIONS)
    who.press("start", "option:false", *(f"key:{key}" for key in "tired"), "next", "now", "next")
    who.press("key:3", "next", "send", "back")

    await who.back_home()
    who.press("open:letters", "letter:letter", "answer:1")
    await who.open(Doing.PHOTO)
    who.press("start", "yes")
    await who.until("photo-frame")  # once the hub has the permission on disk
    who.press("take", "send")


async def test_a_whole_day_is_done_and_the_server_has_all_of_it(
    somebody: tuple[Somebody, Home],
) -> None:
    who, home = somebody
    await _lived(who, home)

    pressures = await _whole(home)
    proof = [
        {
            part["code"]["coding"][0]["code"]: part["valueInteger"]
            for part in one["component"]
            if "valueInteger" in part
        }
        for one in pressures
    ]
    assert [one["rest-before"] for one in proof] == [300, 300]
    assert [one["reading-in-set"] for one in proof] == [1, 2]
    (flag,) = await home.stored("Flag", 1)  # 128 is above the limit of 127, 126 is not
    assert flag["code"]["text"] == "Systolic blood pressure above limit"
    because = [one["valueReference"]["reference"] for one in flag["extension"]]
    assert because == [f"Observation/{pressures[0]['id']}", "Goal/limit/_history/1"]
    (filled,) = await home.stored("QuestionnaireResponse", 1)
    today = home.now().date().isoformat()
    assert [item["answer"] for item in filled["item"]] == [
        [{"valueBoolean": False}],
        [{"valueString": "Tired"}],
        [{"valueDate": today}],
        [{"valueInteger": 3}],
    ]
    (document,) = await home.stored("DocumentReference", 1)
    (octets,) = await home.stored("Binary", 1)
    assert document["content"][0]["attachment"]["url"] == f"Binary/{octets['id']}"
    said = await home.stored("Communication", 3)
    about = {tuple(one["reference"] for one in each.get("about", ())) for each in said}
    assert {("MedicationRequest/pill",), ("ServiceRequest/bp",)} <= about
    (reply,) = (each for each in said if "inResponseTo" in each)
    assert reply["inResponseTo"] == [{"reference": "Communication/letter"}]
    assert reply["payload"] == [{"contentString": "Not so well"}]
    (given,) = await home.stored("Consent", 1)
    assert given["provision"]["type"] == "permit"
    assert About.LIMIT in who.noted  # and the patient is told so, calmly
    async with asyncio.timeout(LIMIT_S):
        while {task.due for task in who.tasks()} != {Due.DONE}:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)


async def _whole(home: Home) -> list[Json]:
    """Return the two pressures, once both carry how they were taken, in the order of the set."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        found = [
            one
            for one in await home.stored("Observation", 4)
            if any("valueInteger" in part for part in one.get("component", ()))
        ]
        if len(found) == 2:
            return sorted(found, key=lambda one: str(one["effectiveDateTime"]))
        await asyncio.sleep(0.1)
    pytest.fail("the proof of the measurement never reached the server")
