"""Omron HEM-7322T, HEM-7280T and their kin (M700 Intelli IT and others), two users.

Most advertise `BLEsmart_` and a number, which does not tell the model: the settings then name this
driver, and the key the cuff was paired with. Where each user's records begin, two independent
programs agree (see the codec). The hub only reads; see the session.
"""

from __future__ import annotations

from functools import partial

from drivers.driver import Clock, Driver, Evidence, History, Match, Pairing, Procedure
from drivers.omron import pressure_reading
from drivers.sessions.omron import Memory, OmronSession, source_of

MEMORY = Memory(users=(0x02AC, 0x0824), slots=100, clock=0x0274)
USERS = (1, 2)

DRIVER = Driver(
    name="omron-hem7322t",
    title="Omron HEM-7322T, HEM-7280T",
    match=Match(
        local_name_prefixes=("HEM-7322T", "HEM-7321T", "HEM-7280T", "HEM-7281T", "HEM-7282T")
    ),
    notify={source_of(user): partial(pressure_reading, user=user) for user in USERS},
    procedure=Procedure.VENDOR,
    session=partial(OmronSession, memory=MEMORY),
    history=History.FULL,
    pairing=Pairing.JUST_WORKS,
    clock=Clock.VENDOR,
    user_slots=len(USERS),
    min_interval_s=300.0,  # every record is read at every visit
    evidence=Evidence.SPEC,
)
