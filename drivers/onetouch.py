"""What a result of a OneTouch meter means, whatever line it came by. Pure, like the codecs.

The meters measure fresh capillary blood and show plasma-equivalent results from 20 to 600 mg/dL;
beyond they show "LO"/"LOW GLUCOSE" or "HI"/"HIGH GLUCOSE" and no number (OneTouch Ultra and Ultra2
owner's booklets). So a stored number beyond the range is a word, not a concentration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from drivers.frame import Frame
from vitals.quantity import Quantity, Unit
from vitals.reading import (
    Absent,
    Context,
    DeviceTime,
    Flag,
    Kind,
    Reading,
    Timing,
    Value,
)

LEAST_MG_PER_DL = 20
MOST_MG_PER_DL = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One stored result: mg/dL as the meter keeps it, its own clock, and what else it noted."""

    time: DeviceTime
    mg_per_dl: Decimal
    control_solution: bool = False
    context: Context = field(default_factory=Context)


def glucose_reading(frame: Frame, result: Result) -> Reading:
    """Turn a stored result into a reading."""
    number, flags = _shown(result.mg_per_dl)
    quantity = (
        Quantity.GLUCOSE_CONTROL_SOLUTION
        if result.control_solution
        else Quantity.GLUCOSE_CAPILLARY_PLASMA
    )
    return Reading(
        kind=Kind.GLUCOSE,
        values={quantity: Value(number=number, unit=Unit.MG_PER_DL)},
        timing=Timing(
            received=frame.received, device_time=result.time, clock_check=frame.clock_check
        ),
        meter=frame.meter,
        frames=(frame.raw,),
        flags=flags,
        context=result.context,
    )


def _shown(mg_per_dl: Decimal) -> tuple[Decimal | Absent, frozenset[Flag]]:
    if mg_per_dl > MOST_MG_PER_DL:
        return Absent.POSITIVE_INFINITY, frozenset({Flag.RESULT_TOO_HIGH})
    if mg_per_dl < LEAST_MG_PER_DL:
        return Absent.NEGATIVE_INFINITY, frozenset({Flag.RESULT_TOO_LOW})
    return mg_per_dl, frozenset()
