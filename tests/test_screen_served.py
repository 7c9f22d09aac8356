"""The whole way: a care plan on a real FHIR server is on the screen, and answers go back."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import hub
from agent.demo.broker import way
from agent.demo.server import DemoServer, ask, every, put
from config.schema import Config, Fhir, Hub, Patient, Radio, Screen

LIMIT_S = 180.0
ABOUT = {"intent": "order", "status": "active", "subject": {"reference": "Patient/p"}}


def _order(name: str, loinc: str, *, minutes: int) -> dict[str, Any]:
    """Return a daily measurement that was due so many minutes ago."""
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "timeOfDay": [f"{at:%H:%M}:00"]}
    return {
        "resourceType": "ServiceRequest",
        "id": name,
        **ABOUT,
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "occurrenceTiming": {"repeat": repeat},
    }


FORM = {
    "resourceType": "Questionnaire",
    "id": "daily",
    "status": "active",
    "item": [
        {"linkId": "well", "type": "boolean", "text": "Are you well?", "required": True},
        {"linkId": "pain", "type": "integer", "text": "Pain, 0 to 10?"},
        {"linkId": "since", "type": "date", "text": "Since when?"},
        {"linkId": "up", "type": "time", "text": "When did you get up?"},
        {"linkId": "more", "type": "string", "text": "What else?"},
        {
            "linkId": "ate",
            "type": "open-choice",
            "text": "What did you eat?",
            "answerOption": [{"valueString": "Bread"}],
        },
    ],
}
UNASKABLE = {
    "resourceType": "Questionnaire",
    "id": "essay",
    "status": "active",
    "item": [
        {
            "linkId": "1",
            "type": "open-choice",
            "repeats": True,
            "text": "What do you take?",
            "answerOption": [{"valueString": "Aspirin"}],
        }
    ],
}
LETTER = {
    "resourceType": "Communication",
    "id": "letter",
    "status": "completed",
    "subject": {"reference": "Patient/p"},
    "recipient": [{"reference": "Patient/p"}],
    "sender": {"display": "Nurse Weber"},
    "sent": "2026-11-23T08:00:00Z",
    "payload": [{"contentString": "Good <b>morning</b>!"}],
}


def _task(name: str, form: str) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "id": name,
        "intent": "order",
        "status": "requested",
        "for": {"reference": "Patient/p"},
        "focus": {"reference": f"Questionnaire/{form}"},
    }


def _visit() -> dict[str, Any]:
    start = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    participant = [{"actor": {"reference": "Patient/p"}, "status": "accepted"}]
    words = {"status": "booked", "description": "Heart clinic", "start": start}
    return {"resourceType": "Appointment", "id": "visit", **words, "participant": participant}


@dataclass
class Screen1:
    """One screen at a running hub, and the server behind it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    base_url: str
    parts: hub.Parts

    async def home(self, **wanted: int) -> dict[str, Any]:
        """Wait for a home with so many of each."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                found: dict[str, Any] = json.loads(await self.reader.readline())
                if found["type"] == "home" and all(len(found[k]) == v for k, v in wanted.items()):
                    return found

    def say(self, **message: object) -> None:
        self.writer.write(json.dumps(message).encode() + b"\n")

    async def stored(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the server holds so many resources of a kind that the patient said."""
        end = time.monotonic() + LIMIT_S
        found: list[dict[str, Any]] = []
        while len(found) < count and time.monotonic() < end:
            there = await asyncio.to_thread(lambda: list(every(self.base_url, kind)))
            found = [one for one in there if one["id"].startswith("h") and "basedOn" not in one]
            await asyncio.sleep(0.1)
        return found


@contextlib.asynccontextmanager
async def at_home(
    folder: Path, *resources: dict[str, Any], by_mqtt: bool = False
) -> AsyncIterator[Screen1]:
    with DemoServer(folder) as server:
        put(server.base_url, {"resourceType": "Patient", "id": "p"})
        for resource in resources:
            put(server.base_url, resource)
        config = Config(
            hub=Hub(id="hub-1", state_dir=folder / "state"),
            patient=Patient(reference="Patient/p"),
            fhir=Fhir(base_url=server.base_url),
            radio=Radio(enabled=False),
            screen=Screen(enabled=True),
        )
        async with contextlib.AsyncExitStack() as stack:
            if by_mqtt:  # no way but the broker's: what arrives went through the gate
                found = stack.enter_context(
                    way(
                        folder,
                        server.base_url,
                        hub_id="hub-1",
                        tenant="default",
                        patient="Patient/p",
                    )
                )
                nowhere = Fhir(base_url="http://127.0.0.1:9/fhir")
                config = dataclasses.replace(config, mqtt=found.mqtt, fhir=nowhere)
            parts = await stack.enter_async_context(hub.assembled(config))
            service = asyncio.create_task(hub.serve(parts))
            assert parts.display is not None
            async with asyncio.timeout(LIMIT_S):
                while not parts.display.path.exists():  # noqa: ASYNC110 - a file tells nobody
                    await asyncio.sleep(0.02)
            reader, writer = await asyncio.open_unix_connection(parts.display.path, limit=2**20)
            writer.write(b'{"type":"hello","version":3}\n')
            yield Screen1(reader, writer, server.base_url, parts)
            writer.close()
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)


@pytest.fixture
async def screen(tmp_path: Path) -> AsyncIterator[Screen1]:
    resources = (
        _order("bp", "85354-9", minutes=1),
        FORM,
        UNASKABLE,
        _task("t1", "daily"),
        _task("t2", "essay"),
        LETTER,
        _visit(),
    )
    async with at_home(tmp_path, *resources) as one:
        yield one


async def test_the_plan_on_the_server_is_on_the_screen_and_answers_are_on_the_server(
    screen: Screen1,
) -> None:
    home = await screen.home(tasks=2, letters=1, appointments=1, forms=1)
    tasks = {task["doing"]: task for task in home["tasks"]}
    assert {doing: task["due"] for doing, task in tasks.items()} == {
        "blood-pressure": "now",
        "questions": "now",
    }
    assert home["letters"][0]["text"] == "Good <b>morning</b>!"
    assert home["letters"][0]["sender"] == "Nurse Weber"
    assert home["appointments"][0]["title"] == "Heart clinic"

    answers = {
        "well": ["true"],
        "pain": ["3"],
        "since": ["2026-11-23"],
        "up": ["07:30:00"],
        "more": ["My foot is cold"],
        "ate": ["Soup"],
    }
    questions = tasks["questions"]["id"]
    screen.say(type="filled", task=questions, answers=answers, complete=True)
    screen.say(type="answered", task=tasks["blood-pressure"]["id"], how="cannot")
    screen.say(type="reply", letter="letter", text="Thank you")
    screen.say(type="consent", topic="camera", given=True)

    (filled,) = await screen.stored("QuestionnaireResponse")
    assert filled["questionnaire"] == "Questionnaire/daily"
    assert [item["answer"] for item in filled["item"]] == [
        [{"valueBoolean": True}],
        [{"valueInteger": 3}],
        [{"valueDate": "2026-11-23"}],
        [{"valueTime": "07:30:00"}],
        [{"valueString": "My foot is cold"}],
        [{"valueString": "Soup"}],
    ]
    (consent,) = await screen.stored("Consent")
    assert consent["provision"]["type"] == "permit"
    said = await screen.stored("Communication", 3)
    words = {one["payload"][0]["contentString"]: one for one in said}
    assert words["Not today."]["about"] == [{"reference": "ServiceRequest/bp"}]
    assert words["Thank you"]["inResponseTo"] == [{"reference": "Communication/letter"}]


async def test_a_form_the_screen_cannot_ask_is_told_to_the_care_team_once(
    screen: Screen1,
) -> None:
    await screen.home(tasks=2, forms=1)
    (told,) = await screen.stored("Communication")

    assert told["about"] == [{"reference": "Task/t2"}]
    assert "no page for an item of this form" in told["payload"][0]["contentString"]


async def test_half_a_form_is_there_again_after_a_restart(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    async with at_home(tmp_path / "home", FORM, _task("t1", "daily")) as before:
        home = await before.home(tasks=1, forms=1)
        task = home["tasks"][0]["id"]
        before.say(type="filled", task=task, answers={"well": ["true"]}, complete=False)
        home = await before.home(forms=1)
        while not home["forms"][0]["answers"]:
            home = await before.home(forms=1)
    async with at_home(tmp_path / "home", FORM, _task("t1", "daily")) as after:
        found = await after.home(forms=1)

    assert found["forms"][0]["answers"] == {"well": ["true"]}


@pytest.mark.parametrize("by_mqtt", [False, True], ids=["https", "mqtt"])
async def test_a_photo_of_full_size_is_on_the_server_octet_for_octet(
    tmp_path: Path, *, by_mqtt: bool
) -> None:
    wanted = {
        "resourceType": "Task",
        "id": "wound",
        "intent": "order",
        "status": "requested",
        "for": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "72170-4"}]},
        "description": "A photo of the foot",
    }
    jpeg = base64.b64encode(bytes(range(256)) * 1950).decode()  # 499,200 octets
    async with at_home(tmp_path, wanted, by_mqtt=by_mqtt) as screen:
        home = await screen.home(tasks=1)
        task = home["tasks"][0]
        assert (task["doing"], task["title"]) == ("photo", "A photo of the foot")
        screen.say(type="consent", topic="photos", given=True)
        screen.say(type="photo", task=task["id"], jpeg=jpeg)
        (document,) = await screen.stored("DocumentReference")
        attachment = document["content"][0]["attachment"]
        octets = await asyncio.to_thread(ask, f"{screen.base_url}/{attachment['url']}")
        done = await screen.home(tasks=1)
        while done["tasks"][0]["due"] != "done":
            done = await screen.home(tasks=1)

    assert (octets["data"], octets["contentType"]) == (jpeg, attachment["contentType"])
    assert octets["securityContext"] == document["subject"]
    assert document["context"]["related"] == [{"reference": "Task/wound"}]
