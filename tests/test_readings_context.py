"""What surrounds a glucose measurement, sent in a frame of its own, joins it or is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis.strategies import binary

from drivers.readings import with_context
from tests.fakes.heard import ROCHE_120, cuff, frame, meter
from vitals.errors import DecodeError
from vitals.quantity import Unit
from vitals.reading import (
    Carbohydrate,
    Context,
    Health,
    ImpossibleReadingError,
    Meal,
    Medication,
    SampleLocation,
)
from vitals.reading import Tester as WhoTested

LUNCH_CONTEXT = "030600023cd001"  # record 6: lunch, 0.060 kg, preprandial


def test_a_context_joins_the_measurement_it_names() -> None:
    first = meter("13" + ROCHE_120[2:])
    assert first.context_follows
    joined = with_context(first, frame("2a34", LUNCH_CONTEXT))
    assert joined.context == Context(
        meal=Meal.PREPRANDIAL,
        carbohydrate=Carbohydrate.LUNCH,
        carbohydrate_mass=joined.context.carbohydrate_mass,
    )
    assert joined.context.carbohydrate_mass is not None
    assert str(joined.context.carbohydrate_mass.number) == "0.060"
    assert joined.context.carbohydrate_mass.unit is Unit.KILOGRAM
    assert not joined.context_follows
    assert [raw.data.hex() for raw in joined.frames] == ["13" + ROCHE_120[2:], LUNCH_CONTEXT]
    assert joined.values == first.values


def test_everything_a_context_says_is_kept() -> None:
    # Adapted from Nordic's GlucoseMeasurementContextDataCallbackTest (sequence number 0).
    first = meter("020000e9070601070f005ab011")
    context = with_context(first, frame("2a34", "ff0000b303640004123c003204d2e459f1")).context
    assert context.sample_location is SampleLocation.FINGER
    assert context.carbohydrate is Carbohydrate.DINNER
    assert context.meal is Meal.CASUAL
    assert (context.tester, context.health) == (WhoTested.PROFESSIONAL, Health.MINOR_ISSUE)
    assert (context.exercise_duration_s, context.exercise_intensity_percent) == (60, 50)
    assert not context.exercise_overrun
    assert context.medication is Medication.LONG_ACTING
    assert context.medication_amount is not None
    assert str(context.medication_amount.number) == "12.34"
    assert context.medication_amount.unit is Unit.LITRE
    assert context.hba1c is not None
    assert (str(context.hba1c.number), context.hba1c.unit) == ("34.5", Unit.PERCENT)


def test_exercise_too_long_to_write_has_no_duration() -> None:
    context = with_context(meter(ROCHE_120), frame("2a34", "080600ffff50")).context
    assert context.exercise_overrun
    assert context.exercise_duration_s is None
    assert context.exercise_intensity_percent == 80


def test_a_meal_code_outside_the_standard_is_no_meal() -> None:
    # CareSens Dual sends meal 6 for a ketone test (xDrip).
    assert with_context(meter(ROCHE_120), frame("2a34", "02060006")).context == Context()


def test_a_context_of_another_record_is_refused() -> None:
    with pytest.raises(ImpossibleReadingError, match="another measurement"):
        with_context(meter(ROCHE_120), frame("2a34", "03070002 3cd001"))


def test_a_context_never_joins_a_blood_pressure() -> None:
    with pytest.raises(ImpossibleReadingError, match="another measurement"):
        with_context(cuff("0480005000ff074800"), frame("2a34", LUNCH_CONTEXT))


def test_a_context_that_comes_twice_changes_nothing() -> None:
    once = with_context(meter(ROCHE_120), frame("2a34", LUNCH_CONTEXT))
    assert with_context(once, frame("2a34", LUNCH_CONTEXT)) == once


@given(data=binary(max_size=64))
def test_a_noisy_context_never_crashes(data: bytes) -> None:
    reading = meter(ROCHE_120)
    with suppress(DecodeError, ImpossibleReadingError):
        with_context(reading, frame("2a34", data))
