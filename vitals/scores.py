"""The National Early Warning Score, NEWS2: arithmetic over what was measured, or why there is none.

Source: Royal College of Physicians, "National Early Warning Score (NEWS) 2", London 2017, chart 1
(the scoring system) and chart 2 (thresholds and triggers). It was made for acutely ill adults in
hospital; at home it is one more thing for a care team to look at, and nobody acts on it alone.
Estimates by camera are no measurements and must not be handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum

MAX_AGE = timedelta(hours=24)
"""What is older says nothing about today."""


class Parameter(Enum):
    """The seven parameters of NEWS2; the value is how a sentence names it."""

    RESPIRATION = "breathing rate"  # breaths per minute
    OXYGEN_SATURATION = "oxygen saturation"  # percent
    SYSTOLIC = "systolic blood pressure"  # mmHg
    PULSE = "pulse"  # beats per minute
    TEMPERATURE = "temperature"  # degrees Celsius
    CONSCIOUSNESS = "consciousness"  # 0 alert, 1 new confusion, voice, pain or unresponsive
    OXYGEN = "air or oxygen"  # 0 air, 1 supplemental oxygen


class Band(Enum):
    """Clinical risk by chart 2."""

    LOW = "low"
    LOW_MEDIUM = "low-medium"  # 3 in any single parameter
    MEDIUM = "medium"  # 5 or 6
    HIGH = "high"  # 7 and more


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One parameter and how long ago it was taken."""

    number: Decimal
    age: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """An aggregate score, what each parameter gave, and the band it falls into.

    `hypercapnic` tells that oxygen saturation was scored by scale 2.
    """

    total: int
    parts: Mapping[Parameter, int]
    band: Band
    hypercapnic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotScore:
    """Why there is no score, a sentence for each reason. Nothing is filled in."""

    reasons: tuple[str, ...]


# For each parameter: up to and including this number, so many points; the last has no end.
_Steps = tuple[tuple[Decimal, int], ...]


def _steps(*pairs: tuple[str, int]) -> _Steps:
    return tuple((Decimal(limit), points) for limit, points in pairs)


_CHART: Mapping[Parameter, _Steps] = {
    Parameter.RESPIRATION: _steps(("8", 3), ("11", 1), ("20", 0), ("24", 2), ("Infinity", 3)),
    Parameter.OXYGEN_SATURATION: _steps(("91", 3), ("93", 2), ("95", 1), ("Infinity", 0)),
    Parameter.SYSTOLIC: _steps(("90", 3), ("100", 2), ("110", 1), ("219", 0), ("Infinity", 3)),
    Parameter.PULSE: _steps(
        ("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2), ("Infinity", 3)
    ),
    Parameter.TEMPERATURE: _steps(
        ("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), ("Infinity", 2)
    ),
    Parameter.CONSCIOUSNESS: _steps(("0", 0), ("Infinity", 3)),
    Parameter.OXYGEN: _steps(("0", 0), ("Infinity", 2)),
}
_SCALE_2_AIR = _steps(("83", 3), ("85", 2), ("87", 1), ("Infinity", 0))
_SCALE_2_OXYGEN = _steps(
    ("83", 3), ("85", 2), ("87", 1), ("92", 0), ("94", 1), ("96", 2), ("Infinity", 3)
)
_MEDIUM, _HIGH, _RED = 5, 7, 3


def news2(
    measured: Mapping[Parameter, Measured],
    *,
    hypercapnic: bool = False,
    max_age: timedelta = MAX_AGE,
) -> Score | CannotScore:
    """Return the score, or why there is none.

    Parameters
    ----------
    measured : mapping
        The newest of each parameter.
    hypercapnic : bool
        Scale 2 for oxygen saturation: only for a patient whom a competent clinician has confirmed
        to have hypercapnic respiratory failure.
    max_age : timedelta
        What is older counts as missing.
    """
    reasons = tuple(
        reason
        for parameter in Parameter
        if (reason := _lacking(parameter, measured.get(parameter), max_age))
    )
    if reasons:
        return CannotScore(reasons=reasons)
    parts = {
        parameter: _points(_scale(parameter, measured, hypercapnic=hypercapnic), one.number)
        for parameter, one in measured.items()
    }
    total = sum(parts.values())
    band = _band(total, max(parts.values()))
    return Score(total=total, parts=parts, band=band, hypercapnic=hypercapnic)


def _lacking(parameter: Parameter, found: Measured | None, max_age: timedelta) -> str:
    if found is None:
        return f"{parameter.value} was not measured"
    if not found.number.is_finite() or found.number < 0 or found.age < timedelta(0):
        return f"{parameter.value} is not known"
    if found.age > max_age:
        hours = int(found.age / timedelta(hours=1))
        return f"{parameter.value} is {hours} hours old"
    return ""


def _scale(
    parameter: Parameter, measured: Mapping[Parameter, Measured], *, hypercapnic: bool
) -> _Steps:
    if parameter is not Parameter.OXYGEN_SATURATION or not hypercapnic:
        return _CHART[parameter]
    return _SCALE_2_OXYGEN if measured[Parameter.OXYGEN].number else _SCALE_2_AIR


def _points(steps: _Steps, number: Decimal) -> int:
    return next(points for limit, points in steps if number <= limit)


def _band(total: int, most: int) -> Band:
    if total >= _HIGH:
        return Band.HIGH
    if total >= _MEDIUM:
        return Band.MEDIUM
    return Band.LOW_MEDIUM if most >= _RED else Band.LOW
