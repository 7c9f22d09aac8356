"""Glucose as FHIR: a laboratory value of a personal device, with its meal where it is known."""

from __future__ import annotations

from collections.abc import Mapping

from sync.fhir.codes import PHD, Json, concept, mdc, measured_code
from sync.fhir.mapper import LABORATORY, NUMERIC_META, Mapper, reason, result
from vitals.quantity import Quantity, Unit
from vitals.reading import Flag, Meal

_COMPOUND_META: Json = {"profile": [f"{PHD}/StructureDefinition/PhdCompoundObservation"]}
# Beyond its range a meter sends the limit itself: a comparator, never a plain number.
_LIMITS = {Flag.RESULT_TOO_HIGH: ">", Flag.RESULT_TOO_LOW: "<"}
_MEAL = (8417864, "MDC_CTXT_GLU_MEAL")
# Bedtime has two codes in the sources; until one is settled it goes as text.
_MEALS: Mapping[Meal, tuple[int, str]] = {
    Meal.PREPRANDIAL: (8417868, "MDC_CTXT_GLU_MEAL_PREPRANDIAL"),
    Meal.POSTPRANDIAL: (8417872, "MDC_CTXT_GLU_MEAL_POSTPRANDIAL"),
    Meal.FASTING: (8417876, "MDC_CTXT_GLU_MEAL_FASTING"),
    Meal.CASUAL: (8417880, "MDC_CTXT_GLU_MEAL_CASUAL"),
}


def glucose(mapper: Mapper) -> list[Json]:
    """Return the glucose concentration, with its meal as a component where it is known."""
    reading = mapper.reading
    measure, value = next(iter(reading.values.items()), (Quantity.GLUCOSE, None))
    meal = reading.context.meal
    meta = _COMPOUND_META if meal else NUMERIC_META
    observation = mapper.base(mapper.record.id, measure.term.mdc, meta, LABORATORY)
    unit = value.unit if value else Unit.MG_PER_DL
    observation["code"] = measured_code(measure, unit)
    found = result(value) if value else {"dataAbsentReason": reason("error")}
    for flag, comparator in _LIMITS.items():
        if flag in reading.flags and "valueQuantity" in found:
            found["valueQuantity"]["comparator"] = comparator
    if meal:
        # A compound observation has its value among its components, not beside them.
        own = {"code": measured_code(measure, unit), **found}
        observation["component"] = [own, _meal(meal)]
    else:
        observation.update(found)
    mapper.finish(observation, [])
    return [observation]


def _meal(meal: Meal) -> Json:
    known = _MEALS.get(meal)
    value = concept(mdc(*known)) if known else concept(text=meal.value)
    return {"code": concept(mdc(*_MEAL)), "valueCodeableConcept": value}
