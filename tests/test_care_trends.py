"""Trends and scores: by their stated rules, with what is missing missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.care.score import Scored, scored, sentence
from agent.care.series import MOST_DAYS, Point, extended, firsts
from agent.care.told import change_text
from agent.care.trends import Change, TooFew, drift, rise
from agent.care.typed import typed_numbers
from sync.fhir.scored import Asked, score
from sync.messages import Coding, Goal, Question, Questionnaire, Target, parsed
from tests.fakes.goals import goal, within_days
from vitals.quantity import Quantity, Unit
from vitals.scores import CannotScore, Score

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def point(day: int, number: str, *, hour: int = 7, unit: Unit = Unit.KILOGRAM) -> Point:
    at = NOW.replace(hour=hour) - timedelta(days=-day)
    return Point(at=at, number=Decimal(number), unit=unit, reading=f"h{day}{hour}{number}")


def rule(value: float, days: float, kind: str = "rise") -> tuple[Goal, Target]:
    found = parsed(goal("w", within_days(value, days), rule=kind))
    assert isinstance(found, Goal)
    return found, found.targets[0]


TWO_IN_THREE = rule(2, 3)[1]


@pytest.mark.parametrize(
    ("weights", "by", "beyond"),
    [
        # European Society of Cardiology, heartfailurematters.org: more than 2 kg in 3 days.
        ([(-3, "80.0"), (-2, "80.5"), (-1, "81.4"), (0, "82.1")], "2.1", True),
        ([(-3, "80.0"), (0, "82.0")], "2.0", False),
        ([(-4, "79.0"), (-1, "81.5"), (0, "82.0")], "0.5", False),
        ([(-3, "82.0"), (-1, "80.0"), (0, "82.5")], "2.5", True),
        ([(-2, "83.0"), (0, "80.0")], "-3.0", False),
    ],
)
def test_a_rise_is_over_the_lowest_of_the_days_before(
    weights: list[tuple[int, str]],
    by: str,
    beyond: bool,  # noqa: FBT001 - a column
) -> None:
    found = rise([point(*one) for one in weights], TWO_IN_THREE)
    assert isinstance(found, Change)
    assert (found.by, found.is_beyond) == (Decimal(by), beyond)


def test_a_days_first_number_stands_for_it() -> None:
    weights = [point(-1, "80.0"), point(-1, "70.0", hour=20), point(0, "82.5")]
    found = rise(weights, TWO_IN_THREE)
    assert isinstance(found, Change)
    assert found.by == Decimal("2.5")


@pytest.mark.parametrize("weights", [[], [(0, "90")], [(-9, "80"), (0, "90")]])
def test_without_a_second_day_there_is_no_rise(weights: list[tuple[int, str]]) -> None:
    assert isinstance(rise([point(*one) for one in weights], TWO_IN_THREE), TooFew)


def test_pounds_and_kilograms_are_one_series() -> None:
    found = rise([point(-1, "176.4", unit=Unit.POUND), point(0, "82.1")], TWO_IN_THREE)
    assert isinstance(found, Change)  # 176.4 lb are 80.01 kg
    assert found.is_beyond


def test_a_drift_is_the_mean_against_as_many_days_before_either_way() -> None:
    _, target = rule(5, 7, "drift")
    for sign in (1, -1):
        late = [point(-day, str(140 + sign * 6)) for day in range(6, -1, -1)]
        early = [point(-day, "140") for day in range(13, 6, -1)]
        found = drift([*early, *late], target)
        assert isinstance(found, Change)
        assert (found.by, found.is_beyond) == (Decimal(sign * 6), True)


def test_a_drift_needs_half_of_the_days_of_each_half() -> None:
    _, target = rule(5, 7, "drift")
    early = [point(-day, "140") for day in (13, 11, 9, 7)]
    few = [point(-day, "150") for day in (5, 3, 0)]
    assert drift([*early, *few], target) == TooFew(found=3, needed=4)
    found = drift([*early, *few[:2], point(-1, "150"), few[2]], target)
    assert isinstance(found, Change)
    assert found.is_beyond


def test_the_care_team_is_told_from_what_to_what_by_which_version() -> None:
    heart, target = rule(2, 3)
    change = rise([point(-1, "80.00"), point(0, "82.50")], target)
    assert isinstance(change, Change)
    assert change_text(heart, "Weight", change) == (
        "Weight went up by 2.5 kg within 3 days, from 80.00 kg to 82.50 kg, "
        "2026-11-23 07:30+00:00. By Goal/w version unknown: Pressure at home."
    )


def test_a_number_sent_with_an_exponent_is_told_as_people_write_it() -> None:
    """An IEEE 11073 SFLOAT may say 110 as 11 times 10 to the first (20601, table on floats)."""
    heart, target = rule(2, 3)
    change = rise([point(-1, "8.0E+1"), point(0, "1.1E+2")], target)
    assert isinstance(change, Change)
    assert "up by 30 kg within 3 days, from 80 kg to 110 kg," in change_text(heart, "W", change)


points = st.builds(
    Point,
    at=st.datetimes(datetime(2026, 8, 1), datetime(2026, 11, 24), timezones=st.just(UTC)),  # noqa: DTZ001
    number=st.decimals(0, 400, places=1),
    unit=st.sampled_from([Unit.KILOGRAM, Unit.POUND, Unit.PERCENT]),
    reading=st.uuids().map(str),
)


@given(st.lists(points, max_size=200), st.lists(points, max_size=60))
def test_any_series_is_bounded_in_order_and_keeps_each_reading_once(
    before: list[Point], new: list[Point]
) -> None:
    found = extended(extended([], before, NOW), new, NOW)
    assert len(found) <= MOST_DAYS + 1 + 40
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert len({one.reading for one in found}) == len(found)
    assert extended(found, new, NOW) == found
    for kind in ("rise", "drift"):
        target = rule(2, 3, kind)[1]
        change = rise(found, target) if kind == "rise" else drift(found, target)
        assert isinstance(change, Change | TooFew)


@given(st.lists(points, max_size=50))
def test_the_first_of_a_day_stays_the_first(some: list[Point]) -> None:
    ordered = sorted(some, key=lambda one: one.at)
    kept = firsts(ordered)
    assert {one.at.date() for one in kept} == {one.at.date() for one in some}
    assert firsts(kept) == kept


# The published chart (Royal College of Physicians 2017, chart 1): 3+2+1+0+1+2+0 = 9, high.
ILL = {
    Quantity.OXYGEN_SATURATION: ("92", Unit.PERCENT),
    Quantity.SYSTOLIC: ("105", Unit.MMHG),
    Quantity.PULSE_RATE: ("88", Unit.PER_MINUTE),
    Quantity.BODY_TEMPERATURE: ("101.3", Unit.FAHRENHEIT),  # 38.5 degrees Celsius
}
TYPED = {"9279-1": ("26", 1), "67775-7": ("0", 1), "3151-8": ("2", 1)}


def scoring(
    measured: Mapping[Quantity, tuple[str, Unit]], typed: Mapping[str, tuple[str, int]]
) -> Scored:
    def newest(quantity: Quantity) -> Point | None:
        if quantity not in measured:
            return None
        number, unit = measured[quantity]
        return Point(at=NOW, number=Decimal(number), unit=unit, reading=f"h{quantity.value}")

    said = {
        code: (Decimal(number), NOW - timedelta(hours=hours))
        for code, (number, hours) in typed.items()
    }
    return scored(newest, said, NOW)


def test_a_score_is_the_published_charts_and_names_what_it_rests_on() -> None:
    found = scoring(ILL, TYPED)
    assert isinstance(found.result, Score)
    assert found.result.total == 9
    asked = Asked(hub_id="hub-1", patient="Patient/p", request="ServiceRequest/n", at="now")
    made = score(asked, found.result, found.readings)
    assert made["code"]["coding"][0]["code"] == "1104051000000101"
    assert made["valueQuantity"]["value"] == 9
    assert sum(one["valueQuantity"]["value"] for one in made["component"]) == 9
    assert [one["reference"] for one in made["derivedFrom"]] == [
        f"Observation/{one}" for one in found.readings
    ]
    assert len(found.readings) == 4
    assert made["interpretation"][0]["text"] == "NEWS2 clinical risk: high"


def test_what_is_missing_or_too_old_is_named_and_nothing_is_filled_in() -> None:
    found = scoring(ILL, TYPED | {"9279-1": ("26", 26)})
    assert isinstance(found.result, CannotScore)
    assert sentence(found.result) == (
        "Cannot score NEWS2: breathing rate is 26 hours old. Nothing was filled in."
    )
    nothing = scoring({}, {})
    assert isinstance(nothing.result, CannotScore)
    assert len(nothing.result.reasons) == 7


def test_no_number_of_a_camera_is_ever_asked_for() -> None:
    asked: list[Quantity] = []

    def newest(quantity: Quantity) -> None:
        asked.append(quantity)

    scored(newest, {}, NOW)
    assert asked
    assert not [one for one in asked if one.value.startswith("camera")]


def _item(link_id: str, kind: str, code: str = "", unit: str = "") -> Question:
    codes = (Coding(system="http://loinc.org", code=code),) if code else ()
    return Question(link_id=link_id, type=kind, text="?", codes=codes, unit=unit)


def test_typed_numbers_are_those_with_a_code_of_the_score_or_a_unit() -> None:
    form = Questionnaire(
        id="f",
        version="1",
        active=True,
        title="",
        items=(
            _item("breaths", "integer", "9279-1"),
            _item("alert", "boolean", "67775-7"),
            Question(link_id="g", type="group", text="", items=(_item("kg", "decimal", "", "kg"),)),
            _item("pain", "integer"),
            _item("well", "boolean"),
        ),
    )
    answers: dict[str, Any] = {
        "breaths": ["18"],
        "alert": ["true"],
        "kg": ["78.4"],
        "pain": ["3"],
        "well": ["false"],
    }
    assert typed_numbers(form, answers) == {
        "9279-1": Decimal(18),
        "67775-7": Decimal(0),
        "item/kg": Decimal("78.4"),
    }
    assert typed_numbers(form, {"alert": ["false"], "breaths": ["x"], "kg": []}) == {
        "67775-7": Decimal(1)
    }
