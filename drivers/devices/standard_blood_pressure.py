"""Any cuff that follows the Blood Pressure Profile (service 1810)."""

from __future__ import annotations

from drivers.driver import Driver, Evidence, History, Match, Procedure
from drivers.readings import blood_pressure_reading

DRIVER = Driver(
    name="standard-blood-pressure",
    title="Blood-pressure cuff (Bluetooth standard)",
    match=Match(services=frozenset({"1810"})),
    notify={"2a35": blood_pressure_reading},
    procedure=Procedure.INDICATIONS,
    # Some cuffs replay their whole memory (Medisana BU 5xx); reading that twice is harmless.
    history=History.FULL,
    evidence=Evidence.SPEC,
)
