"""Any thermometer that follows the Health Thermometer Profile (service 1809)."""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Procedure
from drivers.readings import temperature_reading

DRIVER = Driver(
    name="standard-thermometer",
    title="Thermometer (Bluetooth standard)",
    match=Match(services=frozenset({"1809"})),
    notify={"2a1c": temperature_reading},
    procedure=Procedure.INDICATIONS,
    history=History.FULL,
    clock=Clock.CURRENT_TIME,
    clock_write=ClockWrite.AFTER_READ,
    evidence=Evidence.SPEC,
)
