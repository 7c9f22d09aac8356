"""Enhanced Blood Pressure Measurement (2B34) → Reading."""

from __future__ import annotations

from drivers.codecs import enhanced_blood_pressure as enhanced
from drivers.codecs.blood_pressure import UNKNOWN_USER
from drivers.frame import Frame
from drivers.readings.common import named, timing
from drivers.readings.pressure import PULSE_FLAGS
from vitals.quantity import Quantity, Unit
from vitals.reading import Kind, Reading, Value


def enhanced_pressure_reading(frame: Frame) -> Reading:
    """Turn an Enhanced Blood Pressure Measurement (2B34) into a reading; raises as for 2A35.

    The user-facing time, where there is one, is what the cuff showed.
    """
    sent = enhanced.decode_measurement(frame.data)
    details, unit = sent.details, sent.flags.unit
    values = {
        Quantity.SYSTOLIC: Value(number=sent.systolic, unit=unit),
        Quantity.DIASTOLIC: Value(number=sent.diastolic, unit=unit),
        Quantity.MEAN_ARTERIAL: Value(number=sent.mean, unit=unit),
    }
    if details.pulse_rate is not None:
        values[Quantity.PULSE_RATE] = Value(number=details.pulse_rate, unit=Unit.PER_MINUTE)
    shown_s = details.time_s if details.user_facing_time_s is None else details.user_facing_time_s
    pulse = PULSE_FLAGS.get(details.pulse_range) if details.pulse_range else None
    return Reading(
        kind=Kind.BLOOD_PRESSURE,
        values=values,
        timing=timing(
            frame, None if shown_s is None else enhanced.moment(sent.flags.epoch, shown_s)
        ),
        meter=frame.meter,
        frames=(frame.raw,),
        user_slot=None if details.user_id == UNKNOWN_USER else details.user_id,
        flags=named(details.status) | ({pulse} if pulse else frozenset()),
    )
