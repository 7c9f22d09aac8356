"""The early-warning score a care team asked for: NEWS2 of what was measured, or why there is none.

Pulse, oxygen saturation, systolic pressure and temperature come from devices. Breathing rate,
consciousness and "air or oxygen" come from a form whose items carry their codes, because no device
of a home measures them. What a camera estimates is never an input. `vitals/scores.py` has the
arithmetic and its source (Royal College of Physicians, 2017).

Oxygen saturation is scored by scale 1. Scale 2 is for patients of whom a competent clinician
decided so, and wrote it down (the same report, "The SpO2 scoring scale 2"): here, in the request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agent.care.series import Point
from vitals.convert import in_unit
from vitals.quantity import Quantity, Unit
from vitals.scores import CannotScore, Measured, Parameter, Score, news2

TYPED: Mapping[str, Parameter] = {
    "9279-1": Parameter.RESPIRATION,  # LOINC: Respiratory rate
    "67775-7": Parameter.CONSCIOUSNESS,  # LOINC: Level of responsiveness; true is alert
    "3151-8": Parameter.OXYGEN,  # LOINC: Inhaled oxygen flow rate; 0 is air
}
"""By which code a form's item is an input."""

SCALES: Mapping[str, bool] = {"1104311000000102": False, "1104321000000108": True}
"""SNOMED CT (UK), oxygen saturation scale 1 and scale 2 score, and whether it is the second."""
_WHICH_SCALE = "which oxygen scale the request asks for is not known"

_MEASURED: Mapping[Parameter, tuple[tuple[Quantity, ...], Unit]] = {
    Parameter.OXYGEN_SATURATION: ((Quantity.OXYGEN_SATURATION,), Unit.PERCENT),
    Parameter.SYSTOLIC: ((Quantity.SYSTOLIC,), Unit.MMHG),
    Parameter.PULSE: (
        (Quantity.PULSE_RATE, Quantity.OXIMETER_PULSE_RATE, Quantity.HEART_RATE),
        Unit.PER_MINUTE,
    ),
    Parameter.TEMPERATURE: ((Quantity.BODY_TEMPERATURE,), Unit.CELSIUS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A score or why there is none, with the readings and the typed numbers it rests on."""

    result: Score | CannotScore
    readings: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()


def scored(
    newest: Callable[[Quantity], Point | None],
    typed: Mapping[str, tuple[Decimal, datetime]],
    now: datetime,
    details: Sequence[str] = (),
) -> Scored:
    """Return the score of this moment.

    Parameters
    ----------
    newest : callable
        Returns the newest number of a quantity; none that anybody doubts, none from a camera.
    typed : mapping
        For each code of `TYPED` what was typed last, and when.
    details : sequence of str
        The codes of the request's orderDetail. Without any, scale 1; one that is not understood
        might have asked for scale 2, so it makes no score.
    """
    scales = {SCALES.get(code) for code in details} or {False}
    if scales not in ({False}, {True}):
        return Scored(result=CannotScore(reasons=(_WHICH_SCALE,)))
    found: dict[Parameter, Measured] = {}
    readings: list[str] = []
    for parameter, (quantities, unit) in _MEASURED.items():
        points = [point for one in quantities if (point := newest(one)) is not None]
        if not points:
            continue
        point = max(points, key=lambda one: one.at)
        number = in_unit(point.number, point.unit, unit)
        if number is not None:
            found[parameter] = Measured(number=number, age=now - point.at)
            readings.append(point.reading)
    for code, (number, at) in typed.items():
        if (parameter_of := TYPED.get(code)) is not None:
            found[parameter_of] = Measured(number=number, age=now - at)
    result = news2(found, hypercapnic=scales == {True})
    if isinstance(result, CannotScore):
        return Scored(result=result)
    return Scored(result=result, readings=tuple(dict.fromkeys(readings)), typed=tuple(typed))


def sentence(result: CannotScore) -> str:
    """Return why there is no score, for the care team."""
    return f"Cannot score NEWS2: {'; '.join(result.reasons)}. Nothing was filled in."
