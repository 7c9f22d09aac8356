"""LifeScan OneTouch Verio IQ on a USB cable (a serial adapter inside the meter, 38400 8N1).

It keeps 750 results in mg/dL, with marks for control solution and meals. Source:
glucometers-tech/glucometer-protocols, onetouch-verio-iq; tidepool-org/uploader, which reads them.
"""

from __future__ import annotations

from drivers.codecs import lifescan
from drivers.codecs.lifescan import VERIO_IQ
from drivers.driver import Clock, ClockWrite, Driver, Drop, Evidence, History, Procedure, SerialPort
from drivers.frame import Frame
from drivers.onetouch import Result, glucose_reading
from drivers.sessions.onetouch import VERIO_IQ_SOURCE, verioiq_session
from vitals.reading import Context, Reading


def reading(frame: Frame) -> Reading:
    """Turn one answer into a reading; raises DecodeError."""
    sent = lifescan.decode_record(VERIO_IQ, lifescan.decode(frame.data).message)
    result = Result(
        time=sent.time,
        mg_per_dl=sent.mg_per_dl,
        control_solution=sent.control_solution,
        context=Context(meal=sent.meal),
    )
    return glucose_reading(frame, result)


DRIVER = Driver(
    name="onetouch-verioiq",
    title="OneTouch Verio IQ (USB cable)",
    port=SerialPort(baud=38400, usb=frozenset({(0x10C4, 0x85A7)})),
    notify={VERIO_IQ_SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=verioiq_session,
    history=History.FULL,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)
