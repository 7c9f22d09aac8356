"""Marks readings a clinician should doubt. Never changes, drops or rounds a number."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from vitals.quantity import Quantity
from vitals.reading import Flag, Kind, Reading

_ZERO = Decimal(0)


def is_plausible(reading: Reading) -> bool:
    """Tell whether the numbers agree with each other.

    Blood pressure: diastolic below systolic, mean (when sent and not 0, which cuffs use for "not
    measured") between them, and no pressure of 0. Glucose: above 0.
    """
    known = {q: v.known for q, v in reading.values.items() if v.known is not None}
    if reading.kind is Kind.GLUCOSE:
        return all(number > _ZERO for number in known.values())
    systolic = known.get(Quantity.SYSTOLIC)
    diastolic = known.get(Quantity.DIASTOLIC)
    if systolic is None or diastolic is None:
        return True
    if not _ZERO < diastolic < systolic:
        return False
    mean = known.get(Quantity.MEAN_ARTERIAL)
    return not mean or diastolic <= mean <= systolic


def check(reading: Reading) -> Reading:
    """Return the reading, with `Flag.IMPLAUSIBLE` added when its numbers contradict each other."""
    if is_plausible(reading):
        return reading
    return replace(reading, flags=reading.flags | {Flag.IMPLAUSIBLE})
