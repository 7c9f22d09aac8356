"""Pulse oximeter (2A5E, 2A5F) → Reading.

A spot check is a reading whatever the oximeter thinks of it: its doubts go along. One moment of a
continuous measurement is one only when it is validated; which moment stands for the stream is the
session's business (`drivers.sessions.stable`).
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import pulse_oximeter
from drivers.codecs.pulse_oximeter import MeasurementStatus, Pair, Quality, SensorStatus, SpotFlags
from drivers.frame import Frame
from drivers.readings.common import timing
from vitals.quantity import Quantity, Unit
from vitals.reading import DeviceTime, Flag, Kind, Reading, Value

_DOUBTED = MeasurementStatus.EARLY_ESTIMATED | MeasurementStatus.QUESTIONABLE
_DOUBTED |= MeasurementStatus.INVALID | MeasurementStatus.CALIBRATION_ONGOING
_DOUBTED |= MeasurementStatus.UNAVAILABLE
GOOD = MeasurementStatus.VALIDATED | MeasurementStatus.FULLY_QUALIFIED
BAD = _DOUBTED | MeasurementStatus.DEMO | MeasurementStatus.TESTING

_MEASUREMENT_FLAGS: Mapping[MeasurementStatus, Flag] = {
    MeasurementStatus.EARLY_ESTIMATED: Flag.NOT_VALIDATED,
    MeasurementStatus.CALIBRATION_ONGOING: Flag.NOT_VALIDATED,
    MeasurementStatus.UNAVAILABLE: Flag.NOT_VALIDATED,
    MeasurementStatus.QUESTIONABLE: Flag.NOT_VALIDATED,
    MeasurementStatus.INVALID: Flag.NOT_VALIDATED,
    MeasurementStatus.DEMO: Flag.DEMO,
    MeasurementStatus.TESTING: Flag.TESTING,
}
_SENSOR_FLAGS: Mapping[SensorStatus, Flag] = {
    SensorStatus.EQUIPMENT_MALFUNCTION: Flag.SENSOR_FAULT,
    SensorStatus.SIGNAL_IRREGULARITY: Flag.SIGNAL_POOR,
    SensorStatus.INADEQUATE_SIGNAL: Flag.SIGNAL_POOR,
    SensorStatus.POOR_SIGNAL: Flag.SIGNAL_POOR,
    SensorStatus.LOW_PERFUSION: Flag.LOW_PERFUSION,
    SensorStatus.ERRATIC_SIGNAL: Flag.SIGNAL_POOR,
    SensorStatus.NONPULSATILE: Flag.SIGNAL_POOR,
    SensorStatus.QUESTIONABLE_PULSE: Flag.NOT_VALIDATED,
    SensorStatus.SENSOR_INTERFERENCE: Flag.INTERFERENCE,
    SensorStatus.SENSOR_UNCONNECTED_TO_USER: Flag.NOT_WORN,
    SensorStatus.UNKNOWN_SENSOR: Flag.SENSOR_FAULT,
    SensorStatus.SENSOR_DISPLACED: Flag.NOT_WORN,
    SensorStatus.SENSOR_MALFUNCTION: Flag.SENSOR_FAULT,
    SensorStatus.SENSOR_DISCONNECTED: Flag.NOT_WORN,
}


def spot_reading(frame: Frame) -> Reading:
    """Turn a PLX Spot-Check Measurement (2A5E) into a reading.

    Raises
    ------
    DecodeError
        When the octets break the characteristic's rules.
    ImpossibleReadingError
        When they keep them but cannot be a measurement, such as 140 %.

    Notes
    -----
    With "clock not set" the time means nothing and is left out; the frame keeps it.
    """
    sent = pulse_oximeter.decode_spot(frame.data)
    flags = quality_flags(sent.quality)
    known = SpotFlags.CLOCK_NOT_SET not in sent.flags
    if sent.time is not None and not known:
        flags |= {Flag.TIME_FAULT}
    return _reading(frame, sent.normal, sent.quality, flags, sent.time if known else None)


def continuous_reading(frame: Frame) -> Reading:
    """Turn one moment of a PLX Continuous Measurement (2A5F) into a reading; raises likewise."""
    sent = pulse_oximeter.decode_continuous(frame.data)
    return _reading(frame, sent.normal, sent.quality, quality_flags(sent.quality), None)


def is_good(quality: Quality) -> bool:
    """Tell whether an oximeter vouches for a moment of a continuous measurement."""
    status = quality.measurement_status
    if status is None:
        return not quality_flags(quality)
    return bool(status & GOOD) and not status & BAD


def quality_flags(quality: Quality) -> frozenset[Flag]:
    """Return what the oximeter says against its own numbers."""
    found = set()
    for bit in quality.measurement_status or ():
        if bit in _MEASUREMENT_FLAGS:
            found.add(_MEASUREMENT_FLAGS[bit])
    for sensor_bit in quality.sensor_status or ():
        if sensor_bit in _SENSOR_FLAGS:
            found.add(_SENSOR_FLAGS[sensor_bit])
    return frozenset(found)


def _reading(
    frame: Frame, pair: Pair, quality: Quality, flags: frozenset[Flag], time: DeviceTime | None
) -> Reading:
    values = {
        Quantity.OXYGEN_SATURATION: Value(number=pair.spo2, unit=Unit.PERCENT),
        Quantity.OXIMETER_PULSE_RATE: Value(number=pair.pulse_rate, unit=Unit.PER_MINUTE),
    }
    if quality.pulse_amplitude_index is not None:
        index = Value(number=quality.pulse_amplitude_index, unit=Unit.PERCENT)
        values[Quantity.PULSE_AMPLITUDE_INDEX] = index
    return Reading(
        kind=Kind.OXYGEN_SATURATION,
        values=values,
        timing=timing(frame, time),
        meter=frame.meter,
        frames=(frame.raw,),
        flags=flags,
    )
