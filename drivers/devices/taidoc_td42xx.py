"""TaiDoc TD-42xx glucose meters on a serial cable (19200 8N1), also sold as FORA and GlucoRx.

They keep mg/dL whatever the display shows, with a mark before or after a meal or for control
solution, and time to the minute. No source tells what is sent beyond the meter's range.
Those with a USB socket of their own (10c4:ea80, a CP2110) are no serial port to Linux but a HID.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Drop, Evidence, History, Procedure, SerialPort
from drivers.sessions.taidoc import SOURCE, TaiDocSession
from drivers.taidoc import glucose_reading

DRIVER = Driver(
    name="taidoc-td42xx",
    title="TaiDoc TD-42xx glucose meter (cable)",
    port=SerialPort(baud=19200),
    notify={SOURCE: glucose_reading},
    procedure=Procedure.VENDOR,
    session=TaiDocSession,
    history=History.REVERSED,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)
