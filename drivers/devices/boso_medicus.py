"""boso medicus cuffs with Bluetooth (seen: CE6674).

A measurement that failed comes as three NaN without any status bit. Source:
derdilla/blood-pressure-monitor-fl issue 80.
"""

from __future__ import annotations

from drivers.driver import Driver, Evidence, History, Match, Procedure
from drivers.readings import blood_pressure_reading

DRIVER = Driver(
    name="boso-medicus",
    title="boso medicus",
    match=Match(services=frozenset({"1810"}), local_name_prefixes=("boso",)),
    notify={"2a35": blood_pressure_reading},
    procedure=Procedure.INDICATIONS,
    history=History.FULL,
    user_slots=2,
    evidence=Evidence.CAPTURED,
)
