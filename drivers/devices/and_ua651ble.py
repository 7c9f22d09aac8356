"""A&D UA-651BLE blood-pressure cuff.

Sends each record once, to the last host it was paired with, and leaves. It has no Current Time
Service: the time is written to Date Time (2A08) inside the blood-pressure service at every
connection, before it sends. How many records it keeps while no hub is near is a setting of the
cuff, which Hearth leaves as it is. Sources: A&D AndroidSampleCode; obniz `UA651BLE`.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Pairing, Procedure
from drivers.readings import blood_pressure_reading
from drivers.sessions.and_medical import send_once

DRIVER = Driver(
    name="and-ua651ble",
    title="A&D UA-651BLE",
    match=Match(services=frozenset({"1810"}), local_name_prefixes=("A&D_UA-651BLE",)),
    notify={"2a35": blood_pressure_reading},
    procedure=Procedure.VENDOR,
    session=send_once("2a35"),
    history=History.UNSENT_ONLY,
    pairing=Pairing.JUST_WORKS,
    clock=Clock.DATE_TIME,
    clock_write=ClockWrite.BEFORE_READ,
    evidence=Evidence.SPEC,
)
