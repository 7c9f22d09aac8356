"""Beurer BM cuffs with Bluetooth LE (seen: BM48, BM54, BM57, BM77, BM81, BM85).

They want to be paired before the first connection: a BM48 switches itself off when an unknown host
connects. They keep the memories of two people. Sources: issues of blessed-android and openScale.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Pairing, Procedure
from drivers.readings import blood_pressure_reading

DRIVER = Driver(
    name="beurer-bm",
    title="Beurer BM cuffs",
    match=Match(
        services=frozenset({"1810"}),
        local_name_prefixes=("BM48", "BM54", "BM57", "BM77", "BM81", "BM85", "BEURER BM"),
    ),
    notify={"2a35": blood_pressure_reading},
    procedure=Procedure.INDICATIONS,
    history=History.FULL,
    pairing=Pairing.PASSKEY_DISPLAY,
    bond_before_connect=True,
    clock=Clock.CURRENT_TIME,
    clock_write=ClockWrite.AFTER_READ,
    user_slots=2,
    evidence=Evidence.SPEC,
)
