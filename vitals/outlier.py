"""Tells a reading that does not look like this person's own: on a shared scale it is somebody's.

Only body weight tells people apart well enough to ask. A pressure, a saturation or a glucose far
from somebody's own may be an emergency: those are sent at once, whoever's cuff it is.

The rule is Hampel's identifier (Hampel 1974; Leys et al., J. Exp. Soc. Psychol. 49:764, 2013): too
many scaled median absolute deviations from the median. A floor of 6 % keeps what a few days of
water, or a change of clothes, may do; nobody is asked before five weights are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from vitals.quantity import Quantity, Unit
from vitals.reading import Kind, Reading

LEAST_HISTORY = 5
MOST_HISTORY = 20
_SCALE = Decimal("1.4826")  # makes the deviation comparable to a standard deviation
_DEVIATIONS = 4
_FLOOR = Decimal("0.06")
_KG_PER_LB = Decimal("0.45359237")


def weight_kg(reading: Reading) -> Decimal | None:
    """Return the body weight in kilograms, for comparing only; None for another reading."""
    if reading.kind is not Kind.BODY_WEIGHT:
        return None
    value = reading.values.get(Quantity.BODY_WEIGHT)
    if value is None or value.known is None:
        return None
    return value.known * _KG_PER_LB if value.unit is Unit.POUND else value.known


def is_outlier(number: Decimal, history: Sequence[Decimal]) -> bool:
    """Tell whether a number lies apart from a person's own, all in one unit."""
    if len(history) < LEAST_HISTORY:
        return False
    middle = median(history)
    spread = median(abs(one - middle) for one in history) * _SCALE
    return abs(number - middle) > max(_DEVIATIONS * spread, _FLOOR * middle)
