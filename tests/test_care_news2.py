"""Which oxygen scale a NEWS2 is made by: the second only where the care team wrote it down.

Royal College of Physicians, "National Early Warning Score (NEWS) 2", London 2017, chart 1: on extra
oxygen a saturation of 90 % gives 3 by scale 1 and 0 by scale 2, one of 97 % gives 0 and 3. Codes:
SNOMED CT, UK edition.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.care.typed import typed_numbers
from sync.messages import Coding, Question, Questionnaire, Request, parsed
from sync.record import measured
from tests.fakes.guarded import Guarded, guarded
from tests.fakes.readings_now import pressure, reading
from vitals.quantity import Quantity, Unit
from vitals.reading import Kind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SNOMED = "http://snomed.info/sct"
SCALE_1, SCALE_2 = "1104311000000102", "1104321000000108"
TOLD = {"9279-1": Decimal(16), "67775-7": Decimal(0), "3151-8": Decimal(2)}
Json = dict[str, Any]


def asked(*details: str) -> Json:
    """Ask for NEWS2 at 10 o'clock; a detail that is no number stands there in words."""
    return {
        "resourceType": "ServiceRequest",
        "id": "news2",
        "meta": {"versionId": "1"},
        "status": "active",
        "code": {"coding": [{"system": SNOMED, "code": "1104051000000101"}]},
        "orderDetail": [
            {"coding": [{"system": SNOMED, "code": one}]} if one.isdecimal() else {"text": one}
            for one in details
        ],
        "occurrenceTiming": {"repeat": {"timeOfDay": ["10:00:00"]}},
    }


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path, NOW) as one:
        yield one


def scored(home: Guarded, rule: Json, *, saturation: str) -> Json:
    """Measure, tell what no meter knows, and return what goes up at ten."""
    home.rule(rule)
    oxygen = {Quantity.OXYGEN_SATURATION: (saturation, Unit.PERCENT)}
    pulse = {Quantity.OXIMETER_PULSE_RATE: ("72", Unit.PER_MINUTE)}
    warm = {Quantity.BODY_TEMPERATURE: ("36.8", Unit.CELSIUS)}
    home.put(
        pressure("128", "80", home.at),
        measured(reading(Kind.OXYGEN_SATURATION, oxygen | pulse, home.at), "Patient/p"),
        measured(reading(Kind.BODY_TEMPERATURE, warm, home.at), "Patient/p"),
    )
    home.guardian.typed("Task/1", TOLD)
    home.look()
    home.later(hours=1, minutes=5)
    (found,) = home.look()
    return found


@pytest.mark.parametrize(
    ("details", "code", "saturation", "points"),
    [
        ((), SCALE_1, "90", 3),
        ((SCALE_1,), SCALE_1, "90", 3),
        ((SCALE_2,), SCALE_2, "90", 0),
        ((), SCALE_1, "97", 0),
        ((SCALE_2,), SCALE_2, "97", 3),
    ],
)
def test_the_request_says_by_which_scale_and_the_score_says_it_too(
    home: Guarded, details: tuple[str, ...], code: str, saturation: str, points: int
) -> None:
    found = scored(home, asked(*details), saturation=saturation)

    assert found["resourceType"] == "Observation"
    assert found["valueQuantity"]["value"] == points + 2  # extra oxygen alone is 2
    parts = {one["code"]["coding"][0]["code"]: one for one in found["component"]}
    assert {SCALE_1, SCALE_2} & parts.keys() == {code}
    assert parts[code]["valueQuantity"]["value"] == points


@pytest.mark.parametrize(
    "details",
    [("Use the second scale, please.",), ("12345678",), (SCALE_1, SCALE_2), (SCALE_2, "")],
    ids=["in words", "unknown", "both", "one and words"],
)
def test_a_scale_that_is_not_understood_makes_no_score(
    home: Guarded, details: tuple[str, ...]
) -> None:
    found = scored(home, asked(*details), saturation="90")

    assert found["resourceType"] == "Communication"
    assert "which oxygen scale the request asks for is not known" in str(found["payload"])


def test_the_details_of_a_request_are_read_as_they_stand() -> None:
    found = parsed(asked(SCALE_2, "in words"))

    assert isinstance(found, Request)
    assert found.details == (SCALE_2, "")


def _form(*codes: str) -> Questionnaire:
    items = tuple(
        Question(
            link_id=code,
            type="boolean",
            text="?",
            codes=(Coding(system="http://loinc.org", code=code),),
        )
        for code in codes
    )
    return Questionnaire(id="f", version="1", active=True, title="", items=items)


def test_yes_to_extra_oxygen_is_oxygen_and_never_air() -> None:
    """Chart 1: air 0, oxygen 2; alert 0, anything else 3."""
    form = _form("3151-8", "67775-7", "9279-1")
    everything = ("3151-8", "67775-7", "9279-1")

    assert typed_numbers(form, {code: ["true"] for code in everything}) == {
        "3151-8": Decimal(1),
        "67775-7": Decimal(0),
    }
    assert typed_numbers(form, {code: ["false"] for code in everything}) == {
        "3151-8": Decimal(0),
        "67775-7": Decimal(1),
    }
