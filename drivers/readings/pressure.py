"""Blood Pressure Measurement (2A35) → Reading."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import blood_pressure
from drivers.frame import Frame
from drivers.readings.common import named, timing
from vitals.quantity import Quantity, Unit
from vitals.reading import Flag, ImpossibleReadingError, Kind, Reading, Value

_CUFF_PRESSURE = "2a36"
PULSE_FLAGS: Mapping[blood_pressure.PulseRange, Flag] = {
    blood_pressure.PulseRange.ABOVE: Flag.PULSE_RATE_ABOVE_RANGE,
    blood_pressure.PulseRange.BELOW: Flag.PULSE_RATE_BELOW_RANGE,
}


def blood_pressure_reading(frame: Frame) -> Reading:
    """Turn a Blood Pressure Measurement (2A35) into a reading.

    Raises
    ------
    DecodeError
        When the octets break the characteristic's rules.
    ImpossibleReadingError
        When they keep them but cannot be a measurement, such as 121 kPa, and for an intermediate
        cuff pressure (2A36): it looks alike, but its first field is not a systolic pressure.

    Notes
    -----
    A failed measurement with NaN in every field is a reading with absent values: the patient did
    measure, and the care team should know. The mean is never computed when the cuff sent none.
    """
    if frame.uuid == _CUFF_PRESSURE:
        raise ImpossibleReadingError("an intermediate cuff pressure is not a result")
    sent = blood_pressure.decode_measurement(frame.data)
    details, unit = sent.details, sent.flags.unit
    values = {
        Quantity.SYSTOLIC: Value(number=sent.systolic, unit=unit),
        Quantity.DIASTOLIC: Value(number=sent.diastolic, unit=unit),
        Quantity.MEAN_ARTERIAL: Value(number=sent.mean, unit=unit),
    }
    if details.pulse_rate is not None:
        values[Quantity.PULSE_RATE] = Value(number=details.pulse_rate, unit=Unit.PER_MINUTE)
    return Reading(
        kind=Kind.BLOOD_PRESSURE,
        values=values,
        timing=timing(frame, details.time),
        meter=frame.meter,
        frames=(frame.raw,),
        user_slot=None if details.user_id == blood_pressure.UNKNOWN_USER else details.user_id,
        flags=_cuff_flags(details),
    )


def _cuff_flags(details: blood_pressure.Details) -> frozenset[Flag]:
    flags = named(details.status)
    pulse = PULSE_FLAGS.get(details.pulse_range) if details.pulse_range else None
    return flags | {pulse} if pulse else flags
