"""Omron cuffs that follow the Blood Pressure Profile (HEM-9200T and its kin).

They advertise as `BLESmart_` or `BLEsmart_`. By model they want a passkey or none. Their clock may
be written only directly after their first Current Time notification, and only when it is off by
more than ten minutes. Source: weliem/blessed-android and blessed-bluez examples.
"""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Pairing, Procedure
from drivers.readings import blood_pressure_reading
from drivers.sessions.notified_clock import NotifiedClockSession
from drivers.sessions.session import Meeting, Session

MEASUREMENT = "2a35"


def session(meeting: Meeting) -> Session:
    """Return one visit's procedure."""
    return NotifiedClockSession((MEASUREMENT,), meeting)


DRIVER = Driver(
    name="omron-blp",
    title="Omron HEM-9200T and other cuffs with Blood Pressure Profile",
    match=Match(services=frozenset({"1810"}), local_name_prefixes=("BLESmart_", "BLEsmart_")),
    notify={MEASUREMENT: blood_pressure_reading},
    procedure=Procedure.VENDOR,
    session=session,
    history=History.UNSENT_ONLY,
    pairing=Pairing.PASSKEY_DISPLAY,
    bond_before_connect=True,
    clock=Clock.VENDOR,
    clock_write=ClockWrite.BEFORE_READ,
    max_skew_s=600.0,
    user_slots=2,
    evidence=Evidence.SPEC,
)
