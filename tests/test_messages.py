"""What the care team sends becomes values, or says why it cannot; nothing is guessed or dropped.

The resources follow the examples of FHIR R4 (hl7.org/fhir/R4: careplan-example, servicerequest,
medicationrequest0301, appointment-example, questionnaire-example, communication-example).
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from sync.messages import (
    Appointment,
    CarePlan,
    Coding,
    Communication,
    NotUnderstood,
    Request,
    Schedule,
    Task,
    parsed,
)

LOINC = "http://loinc.org"


def resource(kind: str, **parts: object) -> dict[str, Any]:
    return {"resourceType": kind, "id": "x1", "meta": {"versionId": "3"}, **parts}


def why(found: object) -> tuple[str, str]:
    assert isinstance(found, NotUnderstood), found
    return found.path, found.why


WEIGH_DAILY = resource(
    "ServiceRequest",
    status="active",
    intent="order",
    code={"coding": [{"system": LOINC, "code": "29463-7", "display": "Body weight"}]},
    subject={"reference": "Patient/p"},
    occurrenceTiming={
        "repeat": {
            "boundsPeriod": {"start": "2026-11-01", "end": "2026-12-01"},
            "frequency": 1,
            "period": 1,
            "periodUnit": "d",
            "timeOfDay": ["08:00:00"],
        }
    },
)


def test_a_measurement_that_is_asked_for_daily() -> None:
    assert parsed(WEIGH_DAILY) == Request(
        kind="ServiceRequest",
        id="x1",
        version="3",
        active=True,
        codes=(Coding(system=LOINC, code="29463-7", display="Body weight"),),
        text="Body weight",
        schedule=Schedule(
            frequency=1,
            period_days=Decimal(1),
            times=(time(8, 0),),
            start=datetime(2026, 11, 1, tzinfo=UTC),
            end=datetime(2026, 12, 1, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("repeat", "frequency", "days"),
    [
        ({"frequency": 3, "period": 1, "periodUnit": "wk"}, 3, Decimal(7)),
        ({"frequency": 1, "period": 8, "periodUnit": "h"}, 1, Decimal(1) / 24 * 8),
        ({"timeOfDay": ["08:00:00", "20:00:00"]}, 2, Decimal(1)),
        ({"frequency": 2, "period": 1, "periodUnit": "d"}, 2, Decimal(1)),
    ],
)
def test_how_often_is_as_fhir_says_it(
    repeat: dict[str, object], frequency: int, days: Decimal
) -> None:
    found = parsed(WEIGH_DAILY | {"occurrenceTiming": {"repeat": repeat}})
    assert isinstance(found, Request)
    assert found.schedule is not None
    assert (found.schedule.frequency, found.schedule.period_days) == (frequency, days)


def test_a_day_of_the_week_and_an_abbreviation_are_understood() -> None:
    weekly = {"repeat": {"dayOfWeek": ["mon", "thu"], "timeOfDay": ["09:30:00"]}}
    found = parsed(WEIGH_DAILY | {"occurrenceTiming": weekly})
    assert isinstance(found, Request)
    assert found.schedule is not None
    assert found.schedule.days == {0, 3}
    twice = parsed(WEIGH_DAILY | {"occurrenceTiming": {"code": {"coding": [{"code": "BID"}]}}})
    assert isinstance(twice, Request)
    assert twice.schedule == Schedule(frequency=2)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"occurrenceTiming": {"repeat": {"when": ["PHS"]}}}, "occurrenceTiming.repeat.when"),
        ({"occurrenceTiming": {"repeat": {"frequency": 0}}}, "occurrenceTiming.repeat.frequency"),
        ({"occurrenceTiming": {"repeat": {"periodUnit": "s"}}}, "repeat.periodUnit"),
        (
            {"occurrenceTiming": {"repeat": {"frequency": 90, "period": 1, "periodUnit": "min"}}},
            "repeat.frequency",
        ),
        ({"occurrenceTiming": {}}, "occurrenceTiming.repeat"),
        ({"asNeededBoolean": True}, "asNeededBoolean"),
        ({"doNotPerform": True}, "doNotPerform"),
        ({"modifierExtension": [{"url": "http://x"}]}, "modifierExtension"),
        ({"id": "a b"}, "ServiceRequest.id"),
        ({"code": {"coding": "x"}}, "code.coding"),
    ],
)
def test_what_a_hub_cannot_keep_is_named_with_its_place(
    change: dict[str, object], path: str
) -> None:
    found, reason = why(parsed(WEIGH_DAILY | change))
    assert found.endswith(path)
    assert reason


def test_a_medicine_says_what_and_how_much() -> None:
    found = parsed(
        resource(
            "MedicationRequest",
            status="active",
            intent="order",
            medicationCodeableConcept={"text": "Ramipril 5 mg"},
            dosageInstruction=[
                {
                    "text": "One tablet in the morning",
                    "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                }
            ],
        )
    )
    assert isinstance(found, Request)
    assert found.text == "Ramipril 5 mg. One tablet in the morning"
    assert found.schedule == Schedule()


def test_a_care_plan_has_activities_and_references() -> None:
    found = parsed(
        resource(
            "CarePlan",
            status="active",
            title="Heart failure at home",
            period={"start": "2026-11-01T00:00:00Z"},
            activity=[
                {"reference": {"reference": "ServiceRequest/s1"}},
                {
                    "detail": {
                        "kind": "ServiceRequest",
                        "status": "scheduled",
                        "description": "Measure blood pressure",
                        "scheduledTiming": {"repeat": {"frequency": 2}},
                    }
                },
            ],
        )
    )
    assert isinstance(found, CarePlan)
    assert found.references == ("ServiceRequest/s1",)
    assert [one.text for one in found.activities] == ["Measure blood pressure"]
    assert found.activities[0].active


def test_a_task_an_appointment_and_a_message() -> None:
    task = parsed(
        resource(
            "Task",
            status="requested",
            code={"coding": [{"code": "fulfill"}], "text": "Measure now"},
            focus={"reference": "Questionnaire/q1"},
            restriction={"period": {"end": "2026-11-24T12:00:00+01:00"}},
            input=[{"type": {"text": "settings"}, "valueString": "{}"}],
        )
    )
    assert isinstance(task, Task)
    assert (task.code, task.description, task.focus) == (
        "fulfill",
        "Measure now",
        "Questionnaire/q1",
    )
    assert task.end == datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    assert task.inputs == (("settings", "{}"),)
    visit = parsed(
        resource(
            "Appointment",
            status="booked",
            start="2026-11-24T10:00:00Z",
            end="2026-11-24T10:20:00Z",
            description="Video visit",
            extension=[
                {
                    "url": "http://hl7.org/fhir/5.0/StructureDefinition/"
                    "extension-Appointment.virtualService",
                    "extension": [{"url": "addressUrl", "valueUrl": "https://visit.example/1"}],
                }
            ],
        )
    )
    assert isinstance(visit, Appointment)
    assert (visit.description, visit.address) == ("Video visit", "https://visit.example/1")
    letter = parsed(
        resource(
            "Communication", status="completed", payload=[{"contentString": "<b>Well</b> done\x07"}]
        )
    )
    assert isinstance(letter, Communication)
    assert letter.text == "<b>Well</b> done"


def test_a_message_offers_its_ready_answers_and_no_more_than_have_a_button() -> None:
    def offered(*answers: str) -> tuple[str, ...]:
        extension = [{"url": "urn:hearth:ready-answer", "valueString": one} for one in answers]
        others = [{"url": "http://example.org/other", "valueString": "no answer"}]
        letter = parsed(
            resource(
                "Communication",
                status="completed",
                payload=[{"contentString": "How are you?"}],
                extension=[*others, *extension],
            )
        )
        assert isinstance(letter, Communication)
        return letter.answers

    assert offered() == ()
    assert offered("Well", "Not so well") == ("Well", "Not so well")
    assert len(offered(*"abcdef")) == 4


def _dose(words: str, *clock: str, **more: object) -> dict[str, object]:
    return {"text": words, "timing": {"repeat": {"timeOfDay": list(clock), **more}}}


def test_two_doses_of_a_medicine_a_day_are_both_asked_for() -> None:
    """FHIR R4, dosage: one tablet in the morning and two in the evening are two Dosages."""
    doses = [_dose("1 tablet", "08:00:00"), _dose("2 tablets", "20:00:00")]
    found = parsed(resource("MedicationRequest", status="active", dosageInstruction=doses))
    assert isinstance(found, Request)
    assert found.schedule == Schedule(frequency=2, times=(time(8), time(20)))
    assert found.text == "1 tablet. 2 tablets"


@pytest.mark.parametrize(
    ("second", "path"),
    [
        (
            _dose("x", "20:00:00", dayOfWeek=["mon"]),
            "MedicationRequest.dosageInstruction[1].timing",
        ),
        ({"timing": {"code": {"coding": [{"code": "BID"}]}}}, "dosageInstruction[1].timing"),
        ({"asNeededCodeableConcept": {"text": "pain"}}, "asNeededCodeableConcept"),
    ],
)
def test_a_second_dose_of_another_rhythm_is_said_and_not_dropped(
    second: dict[str, object], path: str
) -> None:
    doses = [_dose("1 tablet", "08:00:00"), second]
    found = parsed(resource("MedicationRequest", status="active", dosageInstruction=doses))
    assert why(found)[0].endswith(path)
