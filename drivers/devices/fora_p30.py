"""FORA P30 Plus (TaiDoc TD-3129) cuff over Bluetooth: each of four people has a memory.

Source: markchuang56/iOS-Demo Fora.m and ForaD40.m, which asks it for each person's records.
"""

from __future__ import annotations

from functools import partial

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Procedure
from drivers.sessions.taidoc import TaiDocSession, source_of
from drivers.taidoc import CHARACTERISTIC, pressure_reading

USERS = (1, 2, 3, 4)

DRIVER = Driver(
    name="fora-p30",
    title="FORA P30 Plus cuff",
    match=Match(local_name_prefixes=("FORA P30", "TAIDOC TD3129")),
    notify={source_of(user): partial(pressure_reading, user=user) for user in USERS},
    procedure=Procedure.VENDOR,
    session=partial(TaiDocSession, uuid=CHARACTERISTIC, users=USERS),
    history=History.REVERSED,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    user_slots=len(USERS),
    evidence=Evidence.SPEC,
)
