"""LifeScan OneTouch Ultra2 on its serial cable (stereo jack; 9600 8N1).

It keeps 500 results, always in mg/dL, with a mark before or after a meal and a comment from a list.
The cable stays in the hub while meters come and go: it is asked every few seconds whether one is
there. USB adapters: those that tidepool-org/uploader knows for this meter.
"""

from __future__ import annotations

from drivers.codecs import onetouch_ultra2
from drivers.driver import Clock, ClockWrite, Driver, Drop, Evidence, History, Procedure, SerialPort
from drivers.frame import Frame
from drivers.onetouch import Result, glucose_reading
from drivers.sessions.ultra2 import SOURCE, Ultra2Session
from vitals.reading import Context, Reading


def reading(frame: Frame) -> Reading:
    """Turn one line of a dump into a reading.

    Raises
    ------
    DecodeError
        When the line breaks its rules, or the meter marks it as damaged.
    """
    sent = onetouch_ultra2.decode_record(frame.data)
    result = Result(
        time=sent.time,
        mg_per_dl=sent.mg_per_dl,
        control_solution=sent.control_solution,
        context=Context(meal=sent.meal, health=sent.health),
    )
    return glucose_reading(frame, result)


DRIVER = Driver(
    name="onetouch-ultra2",
    title="OneTouch Ultra2 (cable)",
    port=SerialPort(
        baud=9600,
        usb=frozenset({(0x0403, 0x6001), (0x067B, 0x2303), (0x1A86, 0x7523)}),
    ),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=Ultra2Session,
    history=History.FULL,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    min_interval_s=300.0,  # a full memory takes half a minute to send
    # Dumps that others published decode; no meter was on our own bench.
    evidence=Evidence.CAPTURED,
)
