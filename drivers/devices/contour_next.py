"""Ascensia Contour Next One, Contour Plus One and Contour Plus glucose meters.

They pair before the first connection, or the phone asks twice; they must hold a record before a
host may pair. Beside the glucose service they have one of their own with a clock: 01, the time in
UTC as Date Time, then the zone in minutes. It cannot be read, so it is set at every visit. Sources:
NightscoutFoundation/xDrip pull request 4499; weliem/blessed-android `writeContourClock`.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.codecs import date_time
from drivers.driver import (
    Clock,
    ClockWrite,
    Driver,
    Drop,
    Evidence,
    History,
    Match,
    Pairing,
    Procedure,
)
from drivers.readings import glucose_reading, with_context
from drivers.sessions.session import SetClock
from vitals.reading import DeviceTime

CLOCK = "00001026-0002-11e2-9e96-0800200c9a66"
_SET = b"\x01"


def clock_octets(utc: DeviceTime) -> bytes:
    """Write the time in UTC and the zone's minutes as the meter takes them."""
    plain = date_time.encode(replace(utc, offset_min=0))
    return _SET + plain + utc.offset_min.to_bytes(2, "little", signed=True)


DRIVER = Driver(
    name="contour-next",
    title="Ascensia Contour Next One / Contour Plus One",
    match=Match(services=frozenset({"1808"}), local_name_prefixes=("Contour",)),
    notify={"2a18": glucose_reading},
    context={"2a34": with_context},
    procedure=Procedure.RACP,
    history=History.INCREMENTAL,
    pairing=Pairing.PASSKEY_LABEL,
    bond_before_connect=True,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.AFTER_READ,
    clock_set=SetClock(uuid=CLOCK, encode=clock_octets, zoned=True),
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    evidence=Evidence.SPEC,
)
