"""Any meter that follows the Glucose Profile (service 1808)."""

from __future__ import annotations

from drivers.driver import Driver, Drop, Evidence, History, Match, Procedure
from drivers.readings import glucose_reading, with_context

DRIVER = Driver(
    name="standard-glucose",
    title="Glucose meter (Bluetooth standard)",
    match=Match(services=frozenset({"1808"})),
    notify={"2a18": glucose_reading},
    context={"2a34": with_context},
    procedure=Procedure.RACP,
    history=History.INCREMENTAL,
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)
