"""Beurer BM65 blood-pressure cuff on its USB cable (a serial adapter inside, 4800 8N1).

The cuff has memories for two users; a record says whose it is. It keeps no seconds. Which records
come first, newest or oldest, no source says: all are read at every visit. The HID models (USB
0c45:7406) speak nearly the same but through no serial port.
"""

from __future__ import annotations

from drivers.codecs import bm65
from drivers.driver import Driver, Evidence, History, Procedure, SerialPort
from drivers.frame import Frame
from drivers.sessions.bm65 import SOURCE, Bm65Session
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, Kind, Reading, Timing, Value


def reading(frame: Frame) -> Reading:
    """Turn one record into a reading.

    Raises
    ------
    DecodeError
        When the octets break the record's rules.

    Notes
    -----
    The cuff sends no mean pressure, and none is computed.
    """
    sent = bm65.decode(frame.data)
    return Reading(
        kind=Kind.BLOOD_PRESSURE,
        values={
            Quantity.SYSTOLIC: Value(number=sent.systolic_mmhg, unit=Unit.MMHG),
            Quantity.DIASTOLIC: Value(number=sent.diastolic_mmhg, unit=Unit.MMHG),
            Quantity.MEAN_ARTERIAL: Value(number=Absent.NAN, unit=Unit.MMHG),
            Quantity.PULSE_RATE: Value(number=sent.pulse_bpm, unit=Unit.PER_MINUTE),
        },
        timing=Timing(
            received=frame.received, device_time=sent.time, clock_check=frame.clock_check
        ),
        meter=frame.meter,
        frames=(frame.raw,),
        user_slot=sent.user,
    )


DRIVER = Driver(
    name="beurer-bm65",
    title="Beurer BM65 (USB cable)",
    port=SerialPort(baud=4800),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=Bm65Session,
    history=History.FULL,
    user_slots=2,
    min_interval_s=300.0,
    evidence=Evidence.SPEC,
)
