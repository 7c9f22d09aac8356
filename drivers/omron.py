"""What a slot of an Omron cuff's memory means. Pure, like the codecs."""

from __future__ import annotations

from drivers.codecs import omron_eeprom
from drivers.frame import Frame
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, Flag, Kind, Reading, Timing, Value


def pressure_reading(frame: Frame, user: int | None = None) -> Reading:
    """Turn one slot into a reading.

    Raises
    ------
    DecodeError
        When the slot holds no result.

    Notes
    -----
    The cuffs keep no mean pressure, and none is computed. Now and then they write a second from 60
    to 63: the reading then says 59 and that its time is faulty; the slot itself is kept.
    """
    sent = omron_eeprom.decode_record(frame.data)
    flags = {
        Flag.IRREGULAR_PULSE: sent.irregular,
        Flag.BODY_MOVEMENT: sent.movement,
        Flag.TIME_FAULT: sent.time_fault,
    }
    return Reading(
        kind=Kind.BLOOD_PRESSURE,
        values={
            Quantity.SYSTOLIC: Value(number=sent.systolic, unit=Unit.MMHG),
            Quantity.DIASTOLIC: Value(number=sent.diastolic, unit=Unit.MMHG),
            Quantity.MEAN_ARTERIAL: Value(number=Absent.NAN, unit=Unit.MMHG),
            Quantity.PULSE_RATE: Value(number=sent.pulse, unit=Unit.PER_MINUTE),
        },
        timing=Timing(
            received=frame.received, device_time=sent.time, clock_check=frame.clock_check
        ),
        meter=frame.meter,
        frames=(frame.raw,),
        user_slot=user,
        flags=frozenset(flag for flag, says in flags.items() if says),
    )
