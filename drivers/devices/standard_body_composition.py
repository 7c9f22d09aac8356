"""Any analyser that follows the Body Composition Service (181B) alone, without 181D."""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Procedure
from drivers.readings import composition_reading

DRIVER = Driver(
    name="standard-body-composition",
    title="Body composition analyser (Bluetooth standard)",
    match=Match(services=frozenset({"181b"}), without=frozenset({"181d"})),
    notify={"2a9c": composition_reading},
    procedure=Procedure.INDICATIONS,
    history=History.FULL,
    clock=Clock.CURRENT_TIME,
    clock_write=ClockWrite.AFTER_READ,
    evidence=Evidence.SPEC,
)
