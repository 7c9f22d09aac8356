"""A&D UC-352BLE scale.

Like all of A&D's BLE meters it sends each record once, to the last host it was paired with, and
leaves; its clock is Date Time (2A08) inside the weight-scale service and is written at every
connection, before it sends. obniz does not tell it to send. Sources: A&D AndroidSampleCode; obniz
`UC352BLE`.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Pairing, Procedure
from drivers.readings import weight_reading
from drivers.sessions.and_medical import send_once

DRIVER = Driver(
    name="and-uc352ble",
    title="A&D UC-352BLE",
    match=Match(services=frozenset({"181d"}), local_name_prefixes=("A&D_UC-352BLE",)),
    notify={"2a9d": weight_reading},
    procedure=Procedure.VENDOR,
    session=send_once("2a9d", commanded=False),
    history=History.UNSENT_ONLY,
    pairing=Pairing.JUST_WORKS,
    bond_before_connect=True,
    clock=Clock.DATE_TIME,
    clock_write=ClockWrite.BEFORE_READ,
    evidence=Evidence.SPEC,
)
