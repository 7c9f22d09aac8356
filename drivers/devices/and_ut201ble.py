"""A&D UT-201BLE thermometer.

Like all of A&D's BLE meters it sends each record once, to the last host it was paired with, and
leaves; its clock is Date Time (2A08) inside the thermometer service and is written at every
connection, before it sends. Sources: A&D AndroidSampleCode; obniz `UT201BLE`.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Pairing, Procedure
from drivers.readings import temperature_reading
from drivers.sessions.and_medical import send_once

DRIVER = Driver(
    name="and-ut201ble",
    title="A&D UT-201BLE",
    match=Match(
        services=frozenset({"1809"}), local_name_prefixes=("A&D_UT201BLE", "A&D_UT-201BLE")
    ),
    notify={"2a1c": temperature_reading},
    procedure=Procedure.VENDOR,
    session=send_once("2a1c"),
    history=History.UNSENT_ONLY,
    pairing=Pairing.JUST_WORKS,
    bond_before_connect=True,
    clock=Clock.DATE_TIME,
    clock_write=ClockWrite.BEFORE_READ,
    evidence=Evidence.SPEC,
)
