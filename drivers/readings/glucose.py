"""Glucose Measurement (2A18) and its context (2A34) → Reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.codecs import glucose, glucose_context
from drivers.frame import Frame
from drivers.readings.common import named, timing
from vitals.quantity import Quantity, Unit
from vitals.reading import (
    Absent,
    Carbohydrate,
    Context,
    DeviceTime,
    Flag,
    Health,
    ImpossibleReadingError,
    Kind,
    Meal,
    Medication,
    Reading,
    SampleLocation,
    Tester,
    Value,
)

_MG_PER_DL_IN_KG_PER_L = 5  # powers of ten
_MMOL_PER_MOL = 3

_QUANTITIES: Mapping[int, Quantity] = {
    glucose.SampleType.CAPILLARY_WHOLE_BLOOD: Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD,
    glucose.SampleType.CAPILLARY_PLASMA: Quantity.GLUCOSE_CAPILLARY_PLASMA,
    glucose.SampleType.VENOUS_WHOLE_BLOOD: Quantity.GLUCOSE_VENOUS_WHOLE_BLOOD,
    glucose.SampleType.VENOUS_PLASMA: Quantity.GLUCOSE_VENOUS_PLASMA,
    glucose.SampleType.ARTERIAL_WHOLE_BLOOD: Quantity.GLUCOSE_ARTERIAL_WHOLE_BLOOD,
    glucose.SampleType.ARTERIAL_PLASMA: Quantity.GLUCOSE_ARTERIAL_PLASMA,
    glucose.SampleType.UNDETERMINED_WHOLE_BLOOD: Quantity.GLUCOSE_UNDETERMINED_WHOLE_BLOOD,
    glucose.SampleType.UNDETERMINED_PLASMA: Quantity.GLUCOSE_UNDETERMINED_PLASMA,
    glucose.SampleType.INTERSTITIAL_FLUID: Quantity.GLUCOSE_INTERSTITIAL_FLUID,
    glucose.SampleType.CONTROL_SOLUTION: Quantity.GLUCOSE_CONTROL_SOLUTION,
}
_LOCATIONS: Mapping[int, SampleLocation] = {
    glucose.SampleLocation.FINGER: SampleLocation.FINGER,
    glucose.SampleLocation.ALTERNATE_SITE: SampleLocation.ALTERNATE_SITE,
    glucose.SampleLocation.EARLOBE: SampleLocation.EARLOBE,
    glucose.SampleLocation.CONTROL_SOLUTION: SampleLocation.CONTROL_SOLUTION,
    glucose.SampleLocation.SUBCUTANEOUS: SampleLocation.SUBCUTANEOUS,
}
_CARBOHYDRATES: Mapping[int, Carbohydrate] = {
    glucose_context.CarbohydrateId.BREAKFAST: Carbohydrate.BREAKFAST,
    glucose_context.CarbohydrateId.LUNCH: Carbohydrate.LUNCH,
    glucose_context.CarbohydrateId.DINNER: Carbohydrate.DINNER,
    glucose_context.CarbohydrateId.SNACK: Carbohydrate.SNACK,
    glucose_context.CarbohydrateId.DRINK: Carbohydrate.DRINK,
    glucose_context.CarbohydrateId.SUPPER: Carbohydrate.SUPPER,
    glucose_context.CarbohydrateId.BRUNCH: Carbohydrate.BRUNCH,
}
_MEALS: Mapping[int, Meal] = {
    glucose_context.Meal.PREPRANDIAL: Meal.PREPRANDIAL,
    glucose_context.Meal.POSTPRANDIAL: Meal.POSTPRANDIAL,
    glucose_context.Meal.FASTING: Meal.FASTING,
    glucose_context.Meal.CASUAL: Meal.CASUAL,
    glucose_context.Meal.BEDTIME: Meal.BEDTIME,
}
_TESTERS: Mapping[int, Tester] = {
    glucose_context.Tester.SELF: Tester.SELF,
    glucose_context.Tester.HCP: Tester.PROFESSIONAL,
    glucose_context.Tester.LAB: Tester.LAB,
}
_HEALTH: Mapping[int, Health] = {
    glucose_context.Health.MINOR: Health.MINOR_ISSUE,
    glucose_context.Health.MAJOR: Health.MAJOR_ISSUE,
    glucose_context.Health.MENSES: Health.MENSES,
    glucose_context.Health.STRESS: Health.STRESS,
    glucose_context.Health.NONE: Health.NONE,
}
_MEDICATIONS: Mapping[int, Medication] = {
    glucose_context.MedicationId.RAPID: Medication.RAPID_ACTING,
    glucose_context.MedicationId.SHORT: Medication.SHORT_ACTING,
    glucose_context.MedicationId.INTERMEDIATE: Medication.INTERMEDIATE_ACTING,
    glucose_context.MedicationId.LONG: Medication.LONG_ACTING,
    glucose_context.MedicationId.PREMIXED: Medication.PREMIXED,
}


def glucose_reading(frame: Frame) -> Reading:
    """Turn a Glucose Measurement (2A18) into a reading; its context joins later.

    Raises
    ------
    DecodeError
        When the octets break the characteristic's rules.
    ImpossibleReadingError
        When they keep them but cannot be a measurement: no concentration and no status, or a
        number outside what is physically possible.

    Notes
    -----
    Either nibble that says "control solution" makes it one: a test of the meter taken for the
    patient's blood is the worse mistake, and no body has such a sample location.
    """
    sent = glucose.decode_measurement(frame.data)
    value = concentration(sent)
    return Reading(
        kind=Kind.GLUCOSE,
        values={} if value is None else {_glucose_quantity(sent): value},
        timing=timing(frame, user_facing_time(sent)),
        meter=frame.meter,
        frames=(frame.raw,),
        sequence=sent.sequence,
        flags=_meter_flags(sent),
        context=Context(
            sample_location=_LOCATIONS.get(sent.sample.location_code) if sent.sample else None
        ),
        context_follows=glucose.Flags.CONTEXT_FOLLOWS in sent.flags,
    )


def with_context(reading: Reading, frame: Frame) -> Reading:
    """Join a Glucose Measurement Context (2A34) to the measurement of the same sequence number.

    The same context joined twice changes nothing: meters send records again.

    Raises
    ------
    DecodeError
        When the octets break the characteristic's rules.
    ImpossibleReadingError
        When the sequence numbers differ: it is another measurement's context.
    """
    sent = glucose_context.decode(frame.data)
    if sent.sequence != reading.sequence:
        raise ImpossibleReadingError("this context belongs to another measurement")
    frames = reading.frames if frame.raw in reading.frames else (*reading.frames, frame.raw)
    return replace(
        reading,
        frames=frames,
        context=_context(sent, reading.context),
        context_follows=False,
    )


def concentration(sent: glucose.Measurement) -> Value | None:
    """Return the glucose concentration in mg/dL or mmol/L, None when the meter sent none.

    The unit flag is about the radio, not about the display: Roche meters send kg/L even when they
    show mmol/L. 0.00120 kg/L is 120 mg/dL, with as many digits as were written.
    """
    if sent.sample is None:
        return None
    number, in_moles = sent.sample.concentration, glucose.Flags.MOL_PER_L in sent.flags
    if isinstance(number, Absent):
        return Value(number=number, unit=Unit.MMOL_PER_L if in_moles else Unit.MG_PER_DL)
    if in_moles:
        return Value(number=number.scaleb(_MMOL_PER_MOL), unit=Unit.MMOL_PER_L)
    return Value(number=number.scaleb(_MG_PER_DL_IN_KG_PER_L), unit=Unit.MG_PER_DL)


def user_facing_time(sent: glucose.Measurement) -> DeviceTime:
    """Return the time on the meter's display: base time with its offset beside it.

    Always both, because meters differ in what they keep steady. An offset that the meter could
    not write is left out, and the reading says so (`Flag.TIME_FAULT`).
    """
    if sent.offset_is_unknown:
        return sent.base_time
    return replace(sent.base_time, offset_min=sent.time_offset_min or 0)


def _glucose_quantity(sent: glucose.Measurement) -> Quantity:
    if sent.sample is None:
        return Quantity.GLUCOSE
    if sent.sample.location_code == glucose.SampleLocation.CONTROL_SOLUTION:
        return Quantity.GLUCOSE_CONTROL_SOLUTION
    return _QUANTITIES.get(sent.sample.type_code, Quantity.GLUCOSE)


def _meter_flags(sent: glucose.Measurement) -> frozenset[Flag]:
    flags = named(sent.status)
    return flags | {Flag.TIME_FAULT} if sent.offset_is_unknown else flags


def _context(sent: glucose_context.Context, known: Context) -> Context:
    eaten, moved, taken = sent.carbohydrate, sent.exercise, sent.medication
    overrun = moved is not None and moved.duration_s == glucose_context.EXERCISE_OVERRUN_S
    hba1c = sent.hba1c_percent
    return replace(
        known,
        meal=_MEALS.get(sent.meal_code or 0),
        tester=_TESTERS.get(sent.tester_code or 0),
        health=_HEALTH.get(sent.health_code or 0),
        carbohydrate=_CARBOHYDRATES.get(eaten.id_code) if eaten else None,
        carbohydrate_mass=Value(number=eaten.mass_kg, unit=Unit.KILOGRAM) if eaten else None,
        exercise_duration_s=moved.duration_s if moved and not overrun else None,
        exercise_overrun=overrun,
        exercise_intensity_percent=moved.intensity_percent if moved else None,
        medication=_MEDICATIONS.get(taken.id_code) if taken else None,
        medication_amount=Value(number=taken.amount, unit=taken.unit) if taken else None,
        hba1c=None if hba1c is None else Value(number=hba1c, unit=Unit.PERCENT),
    )
