"""What one sample of a home oximeter means, whatever line it came by. Pure, like the codecs."""

from __future__ import annotations

from decimal import Decimal

from drivers.frame import Frame
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, Flag, Kind, Reading, Timing, Value

NO_FLAGS: frozenset[Flag] = frozenset()


def saturation_reading(
    frame: Frame,
    percent: int | None,
    bpm: int | None,
    flags: frozenset[Flag] = NO_FLAGS,
    amplitude_percent: Decimal | None = None,
) -> Reading:
    """Turn saturation and pulse, None where the device shows dashes, into a reading.

    Parameters
    ----------
    frame : Frame
        The sample.
    percent, bpm : int or None
        Saturation and pulse rate.
    flags : frozenset of Flag
        What the sample says against itself.
    amplitude_percent : Decimal or None
        The pulse amplitude or perfusion index, of a device that sends it; else None.

    Raises
    ------
    ImpossibleReadingError
        When the saturation is above 100 %.
    """
    values = {
        Quantity.OXYGEN_SATURATION: _value(percent, Unit.PERCENT),
        Quantity.OXIMETER_PULSE_RATE: _value(bpm, Unit.PER_MINUTE),
    }
    if amplitude_percent is not None:
        values[Quantity.PULSE_AMPLITUDE_INDEX] = Value(number=amplitude_percent, unit=Unit.PERCENT)
    return Reading(
        kind=Kind.OXYGEN_SATURATION,
        values=values,
        timing=Timing(received=frame.received, clock_check=frame.clock_check),
        meter=frame.meter,
        frames=(frame.raw,),
        flags=flags,
    )


def _value(number: int | None, unit: Unit) -> Value:
    return Value(number=Absent.NAN if number is None else Decimal(number), unit=unit)
