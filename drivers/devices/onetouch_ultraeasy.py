"""LifeScan OneTouch UltraEasy, in America UltraMini, on its serial cable (9600 8N1).

It keeps 500 results with their time and nothing else: not whether it was control solution, nor
whether before or after a meal. USB adapters: those that tidepool-org/uploader knows for this meter.
"""

from __future__ import annotations

from drivers.codecs import lifescan
from drivers.codecs.lifescan import ULTRA_EASY
from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Procedure, SerialPort
from drivers.frame import Frame
from drivers.onetouch import Result, glucose_reading
from drivers.sessions.onetouch import ULTRA_EASY_SOURCE, ultraeasy_session
from vitals.reading import Reading


def reading(frame: Frame) -> Reading:
    """Turn one answer into a reading; raises DecodeError."""
    sent = lifescan.decode_record(ULTRA_EASY, lifescan.decode(frame.data).message)
    return glucose_reading(frame, Result(time=sent.time, mg_per_dl=sent.mg_per_dl))


DRIVER = Driver(
    name="onetouch-ultraeasy",
    title="OneTouch UltraEasy / UltraMini (cable)",
    port=SerialPort(
        baud=9600,
        usb=frozenset({(0x0403, 0x6001), (0x067B, 0x2303), (0x1A86, 0x7523)}),
    ),
    notify={ULTRA_EASY_SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=ultraeasy_session,
    history=History.FULL,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    evidence=Evidence.SPEC,
)
