"""Omron HEM-7600T (Evolv): one user.

It is known and read as the HEM-7322T, but has one memory; two independent programs agree where it
is (see the codec), and one of them on memory dumps of a HEM-7600T-E.
"""

from __future__ import annotations

from functools import partial

from drivers.driver import Clock, Driver, Evidence, History, Match, Pairing, Procedure
from drivers.omron import pressure_reading
from drivers.sessions.omron import Memory, OmronSession, source_of

MEMORY = Memory(users=(0x02AC,), slots=100, clock=0x0274)

DRIVER = Driver(
    name="omron-hem7600t",
    title="Omron HEM-7600T",
    match=Match(local_name_prefixes=("HEM-7600T",)),
    notify={source_of(1): pressure_reading},
    procedure=Procedure.VENDOR,
    session=partial(OmronSession, memory=MEMORY),
    history=History.FULL,
    pairing=Pairing.JUST_WORKS,
    clock=Clock.VENDOR,
    min_interval_s=300.0,  # every record is read at every visit
    evidence=Evidence.SPEC,
)
