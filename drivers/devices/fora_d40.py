"""FORA D40 (TaiDoc TD-3261): a cuff and glucose meter in one, over Bluetooth, for four people.

A mark in a record's time tells the two apart. Sources: markchuang56/iOS-Demo Fora.m and ForaD40.m;
advmeds-bluetooth-lib ForaD40bConnection.
"""

from __future__ import annotations

from functools import partial

from drivers.driver import Clock, ClockWrite, Driver, Drop, Evidence, History, Match, Procedure
from drivers.sessions.taidoc import TaiDocSession, source_of
from drivers.taidoc import CHARACTERISTIC, either_reading

USERS = (1, 2, 3, 4)

DRIVER = Driver(
    name="fora-d40",
    title="FORA D40 cuff and glucose meter",
    match=Match(local_name_prefixes=("FORA D40", "TAIDOC TD3261")),
    notify={source_of(user): partial(either_reading, user=user) for user in USERS},
    procedure=Procedure.VENDOR,
    session=partial(TaiDocSession, uuid=CHARACTERISTIC, users=USERS),
    history=History.REVERSED,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    user_slots=len(USERS),
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)
