"""Medisana BU 5xx wrist and arm cuffs.

They advertise as `1872B` with Medisana's own company numbers (18498, 31256), need no pairing, and
replay their whole memory at every connection; being asked again at once makes them show E4. The
status bits are set. Sources: bkbilly/medisanabp_ble, home-assistant/core issues.
"""

from __future__ import annotations

from drivers.driver import Driver, Evidence, History, Match, Procedure
from drivers.readings import blood_pressure_reading

DRIVER = Driver(
    name="medisana-bu5xx",
    title="Medisana BU 5xx",
    match=Match(local_name_prefixes=("1872B",), company_ids=frozenset({18498, 31256})),
    notify={"2a35": blood_pressure_reading},
    procedure=Procedure.INDICATIONS,
    history=History.FULL,
    min_interval_s=300.0,
    user_slots=2,
    evidence=Evidence.SPEC,
)
