"""TaiDoc and FORA glucose meters over Bluetooth: TD-4257, TD-4272 (FORA GD40).

The same frames as by cable. Names are those advmeds-device-management_lib scans for.
"""

from __future__ import annotations

from functools import partial

from drivers.driver import Clock, ClockWrite, Driver, Drop, Evidence, History, Match, Procedure
from drivers.sessions.taidoc import SOURCE, TaiDocSession
from drivers.taidoc import CHARACTERISTIC, glucose_reading

DRIVER = Driver(
    name="taidoc-glucose",
    title="TaiDoc TD-4257, FORA GD40 glucose meter",
    match=Match(local_name_prefixes=("TAIDOC TD4257", "TAIDOC TD4272", "FORA GD40")),
    notify={SOURCE: glucose_reading},
    procedure=Procedure.VENDOR,
    session=partial(TaiDocSession, uuid=CHARACTERISTIC),
    history=History.REVERSED,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)
