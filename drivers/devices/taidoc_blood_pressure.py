"""TaiDoc cuffs over Bluetooth that keep one memory: TD-3128, TD-3140 (FORA P80).

Names and the place of the numbers are those of advmeds-bluetooth-lib. Its second octet is left
alone: no source says what these cuffs send in it.
"""

from __future__ import annotations

from functools import partial

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Procedure
from drivers.sessions.taidoc import SOURCE, TaiDocSession
from drivers.taidoc import CHARACTERISTIC, pressure_reading

DRIVER = Driver(
    name="taidoc-blood-pressure",
    title="TaiDoc TD-3128, FORA P80 cuff",
    match=Match(local_name_prefixes=("TAIDOC TD3128", "TAIDOC TD3140", "FORA P80")),
    notify={SOURCE: pressure_reading},
    procedure=Procedure.VENDOR,
    session=partial(TaiDocSession, uuid=CHARACTERISTIC),
    history=History.REVERSED,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    evidence=Evidence.SPEC,
)
