"""What one sample of a home oximeter means, whatever line it came by. Pure, like the codecs."""

from __future__ import annotations

from decimal import Decimal

from drivers.frame import Frame
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, Flag, Kind, Reading, Timing, Value

NO_FLAGS: frozenset[Flag] = frozenset()


def saturation_reading(
    frame: Frame, percent: int | None, bpm: int | None, flags: frozenset[Flag] = NO_FLAGS
) -> Reading:
    """Turn saturation and pulse, None where the device shows dashes, into a reading.

    Raises
    ------
    ImpossibleReadingError
        When the saturation is above 100 %.
    """
    return Reading(
        kind=Kind.OXYGEN_SATURATION,
        values={
            Quantity.OXYGEN_SATURATION: _value(percent, Unit.PERCENT),
            Quantity.OXIMETER_PULSE_RATE: _value(bpm, Unit.PER_MINUTE),
        },
        timing=Timing(received=frame.received, clock_check=frame.clock_check),
        meter=frame.meter,
        frames=(frame.raw,),
        flags=flags,
    )


def _value(number: int | None, unit: Unit) -> Value:
    return Value(number=Absent.NAN if number is None else Decimal(number), unit=unit)
