"""Limits: a Goal of the care team's, held against readings; what it is not held against."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.care.limits import Crossing, crossings, is_quiet
from agent.care.taken import Apart, taken
from agent.care.told import text_of, title_of
from sync.messages import Goal, NotUnderstood, parsed
from sync.record import Measured
from tests.fakes.goals import LOINC, UCUM, goal, most, quantity, target, within_days
from tests.fakes.readings_now import camera, pressure, reading, weight
from vitals.convert import in_unit
from vitals.quantity import Quantity, Unit
from vitals.reading import Flag, Kind

NOW = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
Json = dict[str, Any]


def rule(resource: Json) -> Goal:
    found = parsed(resource)
    assert isinstance(found, Goal), found
    return found


def beyond(record: Measured, *goals: Json, now: datetime = NOW) -> list[Crossing]:
    return crossings([rule(one) for one in goals], taken(record, UTC, {}), now)


def range_of(low: float, high: float) -> Json:
    both = {"low": quantity(low, "mm[Hg]"), "high": quantity(high, "mm[Hg]")}
    return target("8480-6", detailRange=both)


@pytest.mark.parametrize(
    ("systolic", "found"),
    [("89", True), ("90", False), ("90.0", False), ("180", False), ("180.5", True), ("181", True)],
)
def test_a_range_holds_its_own_ends(systolic: str, found: bool) -> None:  # noqa: FBT001 - a column
    """FHIR R4, Range: low and high are inclusive."""
    assert bool(beyond(pressure(systolic, "60", NOW), goal("g", range_of(90, 180)))) is found


@pytest.mark.parametrize(
    ("comparator", "systolic", "found"),
    [
        ("<=", "180", False),
        ("<=", "181", True),
        ("<", "179", False),
        ("<", "180", True),
        (">=", "90", False),
        (">=", "89", True),
        (">", "91", False),
        (">", "90", True),
    ],
)
def test_a_comparator_says_which_side_is_good(comparator: str, systolic: str, found: bool) -> None:  # noqa: FBT001 - a column
    """FHIR R4, quantity-comparator: what the target is to be."""
    value = 90 if ">" in comparator else 180
    given_ = goal("g", target("8480-6", detailQuantity=quantity(value, "mm[Hg]", comparator)))
    assert bool(beyond(pressure(systolic, "60", NOW), given_)) is found


def test_a_reading_is_held_against_a_limit_in_another_unit_as_nist_converts() -> None:
    """NIST SP 811, B.8: 1 lb is 0.45359237 kg, 1 mmHg is 133.3224 Pa."""
    limit = goal("g", most(100, "29463-7", "kg"))
    assert not beyond(weight("220.46", NOW, unit=Unit.POUND), limit)
    assert beyond(weight("220.47", NOW, unit=Unit.POUND), limit)
    kpa = goal("g", most(24, unit="kPa"))
    assert not beyond(pressure("180", "60", NOW), kpa)
    assert beyond(pressure("181", "60", NOW), kpa)


@pytest.mark.parametrize(
    ("number", "given_", "wanted", "expected"),
    [
        ("98.6", Unit.FAHRENHEIT, Unit.CELSIUS, "37"),
        ("5.5", Unit.MMOL_PER_L, Unit.MG_PER_DL, "99.0858"),
        ("120", Unit.MMHG, Unit.KPA, "15.99864"),
    ],
)
def test_units_are_converted_as_published(
    number: str, given_: Unit, wanted: Unit, expected: str
) -> None:
    assert in_unit(Decimal(number), given_, wanted) == Decimal(expected)
    assert in_unit(Decimal(number), given_, Unit.PERCENT) is None


def test_what_no_device_measured_of_this_patient_just_now_is_not_held_against_a_limit() -> None:
    pulse = goal("g", most(100, "8867-4", "/min"))
    assert not beyond(camera("140", NOW), pulse)
    limit = goal("g", most(180))
    assert taken(camera("140", NOW), UTC, {}).apart is Apart.CAMERA
    for flag in (Flag.DEMO, Flag.TESTING):
        test = pressure("190", "60", NOW, flags=frozenset({flag}))
        assert not beyond(test, limit)
        assert taken(test, UTC, {}).apart is Apart.TEST
    old = pressure("190", "60", NOW - timedelta(hours=25))
    assert not beyond(old, limit)
    assert beyond(pressure("190", "60", NOW - timedelta(hours=23)), limit)


def test_a_limit_withdrawn_or_not_begun_or_no_limit_at_all_finds_nothing() -> None:
    high = pressure("190", "60", NOW)
    for status in ("cancelled", "on-hold", "completed", "entered-in-error", "proposed"):
        assert not beyond(high, goal("g", most(180)) | {"lifecycleStatus": status})
    assert not beyond(high, goal("g", most(180), startDate="2026-11-24"))
    assert beyond(high, goal("g", most(180), startDate="2026-11-23"))
    assert not beyond(high, goal("wish", rule=""))


def test_one_limit_with_two_numbers_beyond_is_one_crossing_that_names_both() -> None:
    both = goal("g", most(180), target("8462-4", detailQuantity=quantity(100, "mm[Hg]", "<=")))
    (found,) = beyond(pressure("190", "104.0", NOW, flags=frozenset({Flag.CUFF_LOOSE})), both)
    text = text_of(found)
    assert title_of(found) == "Systolic blood pressure above limit"
    assert "Systolic blood pressure was 190 mmHg, above the limit of 180 mmHg." in text
    assert "Diastolic blood pressure was 104.0 mmHg, above the limit of 100 mmHg." in text
    assert "Measured 2026-11-23 08:15+00:00." in text
    assert "doubts this reading" in text


def test_a_reading_that_nobody_can_date_is_told_as_such() -> None:
    from dataclasses import replace  # noqa: PLC0415 - this test alone

    from vitals.reading import DeviceTime, Timing  # noqa: PLC0415 - this test alone

    record = pressure("190", "60", NOW)
    unset = DeviceTime(year=2000, month=1, day=1, hour=0, minute=0, second=0)
    timing = Timing(received=record.reading.timing.received, device_time=unset)
    undated = replace(record, reading=replace(record.reading, timing=timing))
    (found,) = beyond(undated, goal("g", most(180)))
    assert not found.taken.dated
    assert "When it was measured is not known" in text_of(found)


def test_the_same_limit_is_quiet_for_a_quarter_of_an_hour() -> None:
    assert not is_quiet(NOW, None)
    assert is_quiet(NOW, NOW - timedelta(minutes=14))
    assert not is_quiet(NOW, NOW - timedelta(minutes=15))


def without(resource: Json, *path: str | int) -> Json:
    found: Json = json.loads(json.dumps(resource))
    at: Any = found
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return found


def of(detail: Json, loinc: str = "8480-6") -> Json:
    return goal("g", target(loinc, **detail))


@pytest.mark.parametrize(
    ("resource", "path", "why"),
    [
        (goal("g", range_of(180, 90)), "target[0].detailRange.low", "higher than high"),
        (
            of({"detailQuantity": quantity(180, "mmHg", "<=")}),
            "detailQuantity.code",
            "no unit this hub knows",
        ),
        (of({"detailQuantity": quantity(180, "kg", "<=")}), "detail", "never measured in"),
        (of({"detailQuantity": quantity(180, "mm[Hg]")}), "comparator", "a least or a most"),
        (of({"detailString": "low"}), "detail", "no number"),
        (of({"detailQuantity": quantity(1, "mm[Hg]", "<=")}, "85354-9"), "measure", "nothing this"),
        (of({"detailQuantity": quantity(1, "/min", "<=")}, "9279-1"), "measure", "nothing this"),
        (goal("g"), "Goal.target", "missing"),
        (goal("g", most(1), rule="limmit"), "coding[0].code", "no rule this hub knows"),
        (goal("g", within_days(2, 3), rule="rise") | {"id": "a b"}, "Goal.id", "no id"),
        (goal("g", most(2, "29463-7", "kg"), rule="rise"), "dueDuration", "missing"),
        (goal("g", within_days(2, 90), rule="rise"), "dueDuration.value", "not between"),
        (goal("g", within_days(-2, 3), rule="rise"), "detailQuantity.value", "may change"),
        (
            without(goal("g", most(180)), "target", 0, "detailQuantity", "system"),
            "detailQuantity.system",
            "not UCUM",
        ),
        (
            of({"detailRange": {"low": quantity(9, "kPa"), "high": quantity(180, "mm[Hg]")}}),
            "detailRange.high",
            "another unit",
        ),
        (of({"detailRange": {}}), "detailRange.low", "missing"),
        (goal("g", most(180), modifierExtension=[{"url": "x"}]), "modifierExtension", "change"),
    ],
)
def test_a_rule_that_cannot_be_checked_says_where_and_why(
    resource: Json, path: str, why: str
) -> None:
    found = parsed(resource)
    assert isinstance(found, NotUnderstood), found
    assert found.path.endswith(path)
    assert why in found.why


def test_a_panel_with_a_part_beside_it_is_read_by_its_part() -> None:
    codes = [{"system": LOINC, "code": code} for code in ("85354-9", "8480-6")]
    measured = {"measure": {"coding": codes}, "detailQuantity": quantity(180, "mm[Hg]", "<=")}
    assert rule(goal("g", measured)).targets[0].quantities == {Quantity.SYSTOLIC}


@pytest.mark.parametrize("code", ["41653-7", "14743-9", "2339-0", "15074-8", "2345-7"])
def test_glucose_is_any_blood_glucose_and_never_a_control_solution(code: str) -> None:
    limit = goal("g", most(250, code, "mg/dL"))
    for measured, found in (
        (Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD, 1),
        (Quantity.GLUCOSE_UNDETERMINED_PLASMA, 1),
        (Quantity.GLUCOSE_INTERSTITIAL_FLUID, 0),
        (Quantity.GLUCOSE_CONTROL_SOLUTION, 0),
    ):
        made = reading(Kind.GLUCOSE, {measured: ("15.0", Unit.MMOL_PER_L)}, NOW)
        assert len(beyond(Measured(id="h", patient="Patient/p", reading=made), limit)) == found


numbers = st.decimals(0, 400, places=1)


@given(numbers, numbers, numbers)
def test_any_number_is_beyond_a_range_exactly_when_it_lies_outside(
    one: Decimal, other: Decimal, number: Decimal
) -> None:
    low, high = sorted((one, other))
    given_ = goal("g", range_of(float(low), float(high)))
    found = beyond(pressure(str(number), "60", NOW), given_)
    assert bool(found) is not (low <= number <= high)


MEMBERS = (
    *("target", "measure", "coding", "system", "code", "category", "detailRange", "low"),
    *("detailQuantity", "value", "comparator", "dueDuration", "lifecycleStatus", "id"),
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["mm[Hg]", UCUM, LOINC, "8480-6", "limit", "urn:hearth:rule", "<="]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "target",
                    "measure",
                    "coding",
                    "system",
                    "code",
                    "category",
                    "detailRange",
                    "low",
                    "detailQuantity",
                    "value",
                    "comparator",
                    "dueDuration",
                    "lifecycleStatus",
                    "id",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["target", "category", "startDate", "priority"]), anything))
def test_any_goal_is_a_rule_or_says_why_it_is_none(parts: Json) -> None:
    found = parsed(goal("g", most(180)) | parts)
    assert isinstance(found, Goal | NotUnderstood)
