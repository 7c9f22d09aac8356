"""What a vital sign is: its codes, what no reading may be, and which ones a clinician must doubt.

Codes: ISO/IEEE 11073-10101 gives every term a partition and a number; on the wire and in FHIR they
are one number, partition * 65536 + term. LOINC: FHIR R4 vital-signs profiles and loinc.org.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from tests.fakes import records
from tests.fakes.nomenclature import DIMENSION, LOINC, NO_TERM, SCADA, TERMS, UNITS
from vitals.plausibility import check, is_plausible
from vitals.quantity import GLUCOSE_QUANTITIES, Quantity, Unit
from vitals.reading import (
    Absent,
    ClockCheck,
    DeviceTime,
    Flag,
    HubTime,
    ImpossibleReadingError,
    Kind,
    MeterIdentity,
    RawFrame,
    Reading,
    Timing,
    Value,
)

NOON = datetime(2026, 5, 19, 12, tzinfo=UTC)
HEARD = HubTime(at=NOON, boot_id="boot", boottime_ns=1, synchronised=True)
METER = MeterIdentity(address="00:22:09:00:11:AA", driver="test")
FRAME = RawFrame(source="2a35", data=b"\x00")


def mmhg(number: str | Absent) -> Value:
    return Value(number=number if isinstance(number, Absent) else Decimal(number), unit=Unit.MMHG)


def pressure(systolic: str | Absent, diastolic: str | Absent, mean: str | Absent) -> Reading:
    return Reading(
        kind=Kind.BLOOD_PRESSURE,
        values={
            Quantity.SYSTOLIC: mmhg(systolic),
            Quantity.DIASTOLIC: mmhg(diastolic),
            Quantity.MEAN_ARTERIAL: mmhg(mean),
        },
        timing=Timing(received=HEARD),
        meter=METER,
        frames=(FRAME,),
    )


def glucose(number: str, unit: Unit = Unit.MG_PER_DL) -> Reading:
    return Reading(
        kind=Kind.GLUCOSE,
        values={Quantity.GLUCOSE: Value(number=Decimal(number), unit=unit)},
        timing=Timing(received=HEARD),
        meter=METER,
        frames=(FRAME,),
    )


def test_every_quantity_has_a_code_or_is_known_to_have_none() -> None:
    assert set(TERMS) | NO_TERM == set(Quantity)
    assert {quantity for quantity in Quantity if not quantity.term.mdc} == NO_TERM


@pytest.mark.parametrize("quantity", TERMS)
def test_a_quantity_has_the_code_of_the_nomenclature(quantity: Quantity) -> None:
    name, term = TERMS[quantity]
    assert (quantity.term.mdc_name, quantity.term.mdc) == (name, SCADA * 65536 + term)


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_has_its_ucum_code_and_the_code_of_the_nomenclature(unit: Unit) -> None:
    ucum, term = UNITS[unit]
    assert (unit.ucum, unit.mdc) == (ucum, DIMENSION * 65536 + term)


@pytest.mark.parametrize(("quantity", "unit"), LOINC)
def test_a_quantity_has_the_code_that_servers_search_by(quantity: Quantity, unit: Unit) -> None:
    assert quantity.term.loinc[unit] == LOINC[quantity, unit]


def test_control_solution_is_never_coded_as_blood() -> None:
    assert not Quantity.GLUCOSE_CONTROL_SOLUTION.term.loinc


def test_every_glucose_may_come_in_both_units_and_no_other() -> None:
    assert len(GLUCOSE_QUANTITIES) == 11
    for quantity in GLUCOSE_QUANTITIES:
        assert quantity.term.units == {Unit.MG_PER_DL, Unit.MMOL_PER_L}


@pytest.mark.parametrize("number", [128.0, 128, "128", None])
def test_a_float_is_no_number_because_it_cannot_keep_its_precision(number: object) -> None:
    with pytest.raises(ImpossibleReadingError, match="Decimal or Absent"):
        Value(number=number, unit=Unit.MMHG)  # type: ignore[arg-type] # the mistake under test


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_absence_has_one_spelling(number: str) -> None:
    with pytest.raises(ImpossibleReadingError, match="use Absent"):
        Value(number=Decimal(number), unit=Unit.MMHG)


def test_the_precision_a_device_wrote_is_kept() -> None:
    assert str(glucose("5.40", Unit.MMOL_PER_L).values[Quantity.GLUCOSE].number) == "5.40"


@pytest.mark.parametrize(
    ("absent", "reason"),  # HL7 PHD IG 2.0.0, special values of PhdNumericObservation
    [
        (Absent.NAN, "not-a-number"),
        (Absent.POSITIVE_INFINITY, "positive-infinity"),
        (Absent.NEGATIVE_INFINITY, "negative-infinity"),
        (Absent.NOT_AT_THIS_RESOLUTION, "error"),
        (Absent.RESERVED, "error"),
    ],
)
def test_a_missing_number_says_why_in_the_servers_words(absent: Absent, reason: str) -> None:
    assert absent.data_absent_reason == reason


@pytest.mark.parametrize(
    ("systolic", "diastolic", "mean"), [("401", "80", "93"), ("120", "-1", "93")]
)
def test_a_pressure_no_cuff_can_reach_is_no_reading(
    systolic: str, diastolic: str, mean: str
) -> None:
    with pytest.raises(ImpossibleReadingError, match="physically possible"):
        pressure(systolic, diastolic, mean)


def test_why_a_reading_is_impossible_is_said_without_its_value() -> None:
    with pytest.raises(ImpossibleReadingError) as caught:
        glucose("2718")
    assert "2718" not in str(caught.value)


def test_a_quantity_never_comes_in_anothers_unit() -> None:
    with pytest.raises(ImpossibleReadingError, match="never given in mm"):
        glucose("120", Unit.MMHG)


def test_a_blood_pressure_always_has_its_three_pressures() -> None:
    whole = pressure("120", "80", "93")
    two = dict(whole.values)
    del two[Quantity.MEAN_ARTERIAL]
    with pytest.raises(ImpossibleReadingError, match="systolic, diastolic and mean"):
        replace(whole, values=two)


def test_a_reading_has_no_value_of_another_kind() -> None:
    with pytest.raises(ImpossibleReadingError, match="another kind"):
        replace(pressure("120", "80", "93"), kind=Kind.GLUCOSE)


def test_a_glucose_reading_is_of_one_specimen() -> None:
    both = {Quantity.GLUCOSE_VENOUS_PLASMA: Value(number=Decimal(5), unit=Unit.MMOL_PER_L)}
    one = glucose("90")
    with pytest.raises(ImpossibleReadingError, match="one concentration"):
        replace(one, values={**one.values, **both})


def test_a_failed_measurement_is_kept_only_with_a_status_that_says_why() -> None:
    one = glucose("90")
    assert not replace(one, values={}, flags=frozenset({Flag.SAMPLE_TOO_SMALL})).has_number
    with pytest.raises(ImpossibleReadingError, match="says why"):
        replace(one, values={})


@pytest.mark.parametrize("count", [0, 9])
def test_a_reading_keeps_the_frames_it_came_from(count: int) -> None:
    with pytest.raises(ImpossibleReadingError, match="raw frames"):
        replace(glucose("90"), frames=(FRAME,) * count)


def test_no_frame_is_longer_than_an_attribute_value_can_be() -> None:
    assert len(RawFrame(source="2a35", data=bytes(512)).data) == 512
    with pytest.raises(ImpossibleReadingError):  # Core 5.4, Vol 3, Part F, 3.2.9: 512 octets
        RawFrame(source="2a35", data=bytes(513))


def test_a_hub_time_has_a_zone_and_a_boot() -> None:
    with pytest.raises(ImpossibleReadingError, match="time zone"):
        replace(HEARD, at=NOON.replace(tzinfo=None))
    with pytest.raises(ImpossibleReadingError, match="its boot"):
        replace(HEARD, boot_id="")


def test_a_reading_from_nowhere_is_refused() -> None:
    with pytest.raises(ImpossibleReadingError, match="address"):
        MeterIdentity(address="", driver="test")
    with pytest.raises(ImpossibleReadingError, match="sequence"):
        replace(glucose("90"), sequence=-1)


@pytest.mark.parametrize(
    ("sent", "local"),
    [
        # GATT 2A08: year, month or day 0 is "not known".
        (DeviceTime(year=0, month=5, day=19, hour=1, minute=2, second=3), None),
        (DeviceTime(year=2026, month=2, day=30, hour=1, minute=2, second=3), None),
        (DeviceTime(year=2026, month=5, day=19, hour=24, minute=2, second=3), None),
        # GATT 2A18: Base Time plus Time Offset, in minutes, is the time the user sees.
        (
            DeviceTime(year=2026, month=1, day=1, hour=0, minute=10, second=0, offset_min=-30),
            datetime(2025, 12, 31, 23, 40),  # noqa: DTZ001 - a meter sends no zone
        ),
        (DeviceTime(year=9999, month=12, day=31, hour=23, minute=59, second=0, offset_min=1), None),
    ],
)
def test_a_device_time_is_a_moment_or_none(sent: DeviceTime, local: datetime | None) -> None:
    assert sent.local == local


def test_a_device_time_is_shown_as_it_was_sent() -> None:
    unset = DeviceTime(year=0, month=0, day=0, hour=7, minute=5, second=0, offset_min=-60)
    assert str(unset) == "0000-00-00T07:05:00-60min"


def test_a_clock_check_tells_how_far_a_meter_is_behind() -> None:
    behind = DeviceTime(year=2026, month=5, day=19, hour=11, minute=58, second=30)
    assert ClockCheck(device=behind, hub=HEARD).offset == timedelta(seconds=90)
    assert ClockCheck(device=replace(behind, month=0), hub=HEARD).offset is None


@pytest.mark.parametrize(
    ("reading", "plausible"),
    [
        (pressure("120", "80", "93"), True),
        (pressure("120", "80", "0"), True),  # some cuffs send mean 0 for "not measured"
        (pressure("120", "80", Absent.NAN), True),
        (pressure(Absent.NAN, Absent.NAN, Absent.NAN), True),
        (pressure("80", "120", "93"), False),
        (pressure("120", "120", "120"), False),
        (pressure("120", "0", "93"), False),
        (pressure("120", "80", "79"), False),
        (pressure("120", "80", "121"), False),
        (glucose("90"), True),
        (glucose("0"), False),
    ],
)
def test_numbers_that_contradict_each_other_are_marked(reading: Reading, plausible: bool) -> None:  # noqa: FBT001 - the expected answer
    assert is_plausible(reading) is plausible
    assert (Flag.IMPLAUSIBLE in check(reading).flags) is not plausible


@given(records.readings())
def test_marking_never_changes_drops_or_rounds_anything_else(reading: Reading) -> None:
    marked = check(reading)
    assert replace(marked, flags=reading.flags) == reading
    assert check(marked) == marked
