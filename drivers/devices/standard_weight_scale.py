"""Any scale that follows the Weight Scale Profile (service 181D) and asks for no consent.

Where it analyses the body too (181B), the analysis comes without the weight: that is in 2A9D.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Procedure
from drivers.readings import composition_beside_weight, weight_reading

DRIVER = Driver(
    name="standard-weight-scale",
    title="Scale (Bluetooth standard)",
    match=Match(services=frozenset({"181d"})),
    notify={"2a9d": weight_reading, "2a9c": composition_beside_weight},
    procedure=Procedure.INDICATIONS,
    history=History.FULL,
    clock=Clock.CURRENT_TIME,
    clock_write=ClockWrite.AFTER_READ,
    evidence=Evidence.SPEC,
)
