"""A&D UA-651BLE blood-pressure cuff.

Sends each record once, to the last host it was paired with, and leaves. It has no Current Time
Service: the time is written to Date Time (2A08) inside the blood-pressure service at every
connection, before it sends. Sources: A&D AndroidSampleCode; obniz `UA651BLE`.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Pairing, Procedure
from drivers.readings import blood_pressure_reading

DRIVER = Driver(
    name="and-ua651ble",
    title="A&D UA-651BLE",
    match=Match(services=frozenset({"1810"}), local_name_prefixes=("A&D_UA-651BLE",)),
    notify={"2a35": blood_pressure_reading},
    procedure=Procedure.INDICATIONS,
    history=History.UNSENT_ONLY,
    pairing=Pairing.JUST_WORKS,
    clock=Clock.DATE_TIME,
    clock_write=ClockWrite.BEFORE_READ,
    evidence=Evidence.SPEC,
)
