"""Any oximeter that follows the Pulse Oximeter Profile (service 1822) with spot checks.

Spot checks (2A5E) are what the oximeter itself holds for a result. Continuous values come once a
second; those of an oximeter without spot checks are not read yet.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Drop, Evidence, History, Match, Procedure
from drivers.readings import spot_reading

DRIVER = Driver(
    name="standard-pulse-oximeter",
    title="Pulse oximeter (Bluetooth standard)",
    match=Match(services=frozenset({"1822"})),
    notify={"2a5e": spot_reading},
    procedure=Procedure.INDICATIONS,
    history=History.FULL,
    clock=Clock.CURRENT_TIME,
    clock_write=ClockWrite.AFTER_READ,
    drop=frozenset({Drop.DEMO, Drop.TESTING}),
    evidence=Evidence.SPEC,
)
