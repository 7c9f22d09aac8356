"""TaiDoc TD-42xx glucose meters on a serial cable (19200 8N1), also sold as FORA and GlucoRx.

They keep mg/dL whatever the display shows, with a mark before or after a meal, and time to the
minute. No source tells of a mark for control solution, nor what is sent beyond the meter's range.
Those with a USB socket of their own (10c4:ea80, a CP2110) are no serial port to Linux but a HID.
"""

from __future__ import annotations

from drivers.codecs import taidoc
from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Procedure, SerialPort
from drivers.frame import Frame
from drivers.sessions.taidoc import SOURCE, TaiDocSession
from vitals.quantity import Quantity, Unit
from vitals.reading import Context, Kind, Reading, Timing, Value


def reading(frame: Frame) -> Reading:
    """Turn one record into a reading.

    Raises
    ------
    DecodeError
        When it is not two sound answers, or marked as something other than a meal's.
    ImpossibleReadingError
        When the number is outside what is physically possible.
    """
    sent = taidoc.decode_glucose(frame.data)
    return Reading(
        kind=Kind.GLUCOSE,
        values={Quantity.GLUCOSE: Value(number=sent.mg_per_dl, unit=Unit.MG_PER_DL)},
        timing=Timing(
            received=frame.received, device_time=sent.time, clock_check=frame.clock_check
        ),
        meter=frame.meter,
        frames=(frame.raw,),
        context=Context(meal=sent.meal),
    )


DRIVER = Driver(
    name="taidoc-td42xx",
    title="TaiDoc TD-42xx glucose meter (cable)",
    port=SerialPort(baud=19200),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=TaiDocSession,
    history=History.REVERSED,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    evidence=Evidence.SPEC,
)
