"""Whatever a care team's server holds, and whenever the patient answers: it fits the screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.display.served import Served
from agent.display.shown import shown as reading_shown
from agent.screen.messages import VERSION, Answered, Filled, Hello, Home, encoded
from agent.screen.values import Doing, How
from agent.screen.wire import at_screen
from sync.messages import parsed
from tests.fakes.guarded import Guarded, guarded
from tests.fakes.readings_now import pressure

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Json = dict[str, Any]


def served(home: Guarded, zone: str = "UTC") -> Served:
    """Return what serves a screen of this home, by what its rules say now."""
    return Served(
        lambda: [parsed(one) for one in home.rules],
        home.guardian,
        home.outbox,
        hub_id="hub-1",
        patient="Patient/p",
        now=home.now,
        boot_offsets={},
        zone=ZoneInfo(zone),
        clock=lambda: home.at.timestamp(),  # noqa: PLW0108 - `at` is set anew
        taken=lambda: {Doing.WEIGHT: home.at - timedelta(minutes=5)},
    )


def shown(care: Served) -> Home:
    """Return what a screen understands of the plan it is told."""
    plan = care.plan()
    told = Home(
        now=NOON,
        tasks=plan.tasks,
        letters=plan.letters,
        appointments=plan.appointments,
        forms=plan.forms,
    )
    lines = at_screen()
    (found,) = lines.feed(encoded(Hello(version=VERSION)) + encoded(told))
    assert isinstance(found, Home)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path, NOON) as one:
        yield one


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_moments_at_either_end_of_time_break_nothing(home: Guarded, zone: str) -> None:
    # Health software writes "no limit" as the first or the last moment that its clock type has.
    first, last = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"
    home.rules = [
        {
            "resourceType": "Task",
            "id": "t",
            "status": "requested",
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
            "restriction": {"period": {"start": first, "end": last}},
        },
        *(
            {"resourceType": "Appointment", "id": f"a{at[0]}", "status": "booked", "start": at}
            | {"end": last}
            for at in (first, last)
        ),
        *(
            {"resourceType": "Communication", "id": f"c{at[0]}", "status": "completed"}
            | {"sent": at, "payload": [{"contentString": "Good morning"}]}
            for at in (first, last)
        ),
    ]
    found = shown(served(home, zone))
    assert [one.doing for one in found.tasks] == [Doing.WEIGHT]
    assert {one.id for one in found.appointments} == {"a0", "a9"}
    assert {one.id for one in found.letters} == {"c0", "c9"}


def _form(*items: Json) -> list[Json]:
    return [
        {"resourceType": "Questionnaire", "id": "f", "status": "active", "item": list(items)},
        {
            "resourceType": "Task",
            "id": "t",
            "status": "requested",
            "focus": {"reference": "Questionnaire/f"},
        },
    ]


LONG = "Yes, but only after more than one flight of stairs or a quick walk"


def test_long_ready_answers_and_long_names_of_questions_are_asked(home: Guarded) -> None:
    name = "/questions/breathing/" + 3 * "on-exertion/"
    asked = {"linkId": name, "type": "choice", "answerOption": [{"valueString": LONG}]}
    depends = {"question": name, "operator": "=", "answerString": LONG}
    home.rules = _form(asked, {"linkId": "2", "type": "boolean", "enableWhen": [depends]})
    (form,) = shown(served(home)).forms
    assert [one.id for one in form.questions] == [name, "2"]
    assert form.questions[0].options[0].code == LONG
    assert home.waiting() == []


@pytest.mark.parametrize(
    "item",
    [
        {"linkId": 201 * "x", "type": "boolean"},
        {"linkId": "1", "type": "choice", "answerOption": [{"valueString": 201 * "x"}]},
        {
            "linkId": "1",
            "type": "choice",
            "answerOption": [{"valueCoding": {"code": 201 * "x", "display": "Yes"}}],
        },
        {
            "linkId": "1",
            "type": "boolean",
            "enableWhen": 11 * [{"question": "2", "operator": "exists", "answerBoolean": True}],
        },
        {
            "linkId": "1",
            "type": "boolean",
            "enableWhen": [{"question": 201 * "x", "operator": "exists", "answerBoolean": True}],
        },
        {
            "linkId": "1",
            "type": "decimal",
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit",
                    "valueCoding": {"code": 65 * "x"},
                }
            ],
        },
    ],
    ids=["name", "words", "code", "conditions", "condition", "unit"],
)
def test_a_form_beyond_what_a_screen_takes_is_told_of_and_the_screen_works_on(
    home: Guarded, item: Json
) -> None:
    home.rules = _form(item)
    assert shown(served(home)).forms == []
    (told,) = home.waiting()
    assert told["about"] == [{"reference": "Task/t"}]


MEDICINE = {
    "resourceType": "MedicationRequest",
    "id": "m",
    "status": "active",
    "medicationCodeableConcept": {"text": "Ramipril 5 mg"},
    "dosageInstruction": [{"timing": {"repeat": {"timeOfDay": ["21:30:00"]}}}],
}


def test_an_answer_given_just_before_midnight_still_says_what_it_is_about(home: Guarded) -> None:
    home.at = NOON.replace(hour=23, minute=58)
    home.rules = [MEDICINE]
    care = served(home)
    (task,) = care.plan().tasks
    home.later(minutes=5)
    care.heard(Answered(task=task.id, how=How.DONE))
    (told,) = home.waiting()
    assert told["about"] == [{"reference": "MedicationRequest/m"}]


@pytest.mark.parametrize("status", ["requested", "cancelled"])
def test_a_form_that_was_finished_as_its_time_ended_reaches_the_care_team(
    home: Guarded, status: str
) -> None:
    form, task = _form({"linkId": "1", "type": "boolean", "text": "Are you well?"})
    ends = {"restriction": {"period": {"end": NOON.isoformat()}}}
    home.at = NOON - timedelta(minutes=1)
    home.rules = [form, task | ends]
    care = served(home)
    (asked,) = care.plan().forms
    home.later(minutes=2)
    home.rules = [form, task | ends | {"status": status}]
    care.heard(Filled(task=asked.task, answers={"1": ["true"]}, complete=True))
    (told,) = home.waiting()
    assert told["resourceType"] == "QuestionnaireResponse"
    assert told["item"][0]["answer"] == [{"valueBoolean": True}]
    assert told["extension"][0]["valueReference"] == {"reference": "Task/t"}


def test_of_forms_that_nobody_finished_only_the_last_twenty_are_remembered(home: Guarded) -> None:
    care = served(home)
    for number in [*range(24), 4, 24]:
        care.heard(Filled(task=f"t{number}", answers={"1": [100 * "x"]}, complete=False))
    octets = home.outbox.recall("screen/care")
    assert octets is not None
    filled = json.loads(octets)["filled"]
    assert list(filled) == [*(f"t{number}" for number in range(6, 24)), "t4", "t24"]


def test_a_pressure_sent_with_an_exponent_is_shown_as_people_write_it() -> None:
    """An SFLOAT may say 120 as 12 times 10 (IEEE 11073-20601, table on floats)."""
    cuff = pressure("1.2E+2", "8E+1", NOON).reading
    one = reading_shown(cuff, 1, UTC, {})
    assert one is not None
    assert one.value == "120/80"
