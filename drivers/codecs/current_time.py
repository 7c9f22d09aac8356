"""Current Time Service (1805): 2A2B, local time information 2A0F, reference time 2A14.

Layouts: Bluetooth GATT Specification Supplement, Current Time, Local Time Information, Reference
Time Information.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntFlag

from drivers.codecs import date_time
from drivers.codecs.cursor import Cursor
from vitals.reading import DeviceTime

UNKNOWN_ZONE = -128
UNKNOWN_DST = 255
LONG_AGO = 255  # days and more since a clock was set


class Adjust(IntFlag):
    """Why the clock was changed."""

    MANUAL = 1 << 0
    EXTERNAL_REFERENCE = 1 << 1
    TIME_ZONE = 1 << 2
    DAYLIGHT_SAVING = 1 << 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTime:
    """Everything in 2A2B; `day_of_week` is 1 for Monday and 0 for unknown."""

    time: DeviceTime
    day_of_week: int
    fractions_256: int
    adjust: Adjust


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """Everything in 2A0F, in quarter hours; -128 and 255 are unknown."""

    zone_quarters: int
    dst_quarters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Everything in 2A14: where the clock was last set from, and how long ago."""

    source: int
    accuracy_eighths_s: int
    days_since: int
    hours_since: int


def decode(data: bytes) -> CurrentTime:
    """Decode a Current Time (2A2B); raises DecodeError when there are not exactly ten octets."""
    cursor = Cursor(data, "current time")
    found = CurrentTime(
        time=date_time.read(cursor, "the time"),
        day_of_week=cursor.u8("day of week"),
        fractions_256=cursor.u8("fractions of a second"),
        adjust=Adjust(cursor.u8("adjust reason")),
    )
    cursor.end()
    return found


def encode(time: DeviceTime) -> bytes:
    """Write a Current Time to set a clock with: whole seconds, from an external reference.

    Raises
    ------
    ValueError
        When the time names no real day.
    """
    weekday = date(time.year, time.month, time.day).isoweekday()
    return date_time.encode(time) + bytes((weekday, 0, Adjust.EXTERNAL_REFERENCE))


def decode_local(data: bytes) -> LocalTime:
    """Decode a Local Time Information (2A0F), two octets."""
    cursor = Cursor(data, "local time information")
    zone = int.from_bytes(cursor.octets(1, "time zone"), "little", signed=True)
    found = LocalTime(zone_quarters=zone, dst_quarters=cursor.u8("daylight saving"))
    cursor.end()
    return found


def decode_reference(data: bytes) -> Reference:
    """Decode a Reference Time Information (2A14), four octets."""
    cursor = Cursor(data, "reference time information")
    found = Reference(
        source=cursor.u8("source"),
        accuracy_eighths_s=cursor.u8("accuracy"),
        days_since=cursor.u8("days since update"),
        hours_since=cursor.u8("hours since update"),
    )
    cursor.end()
    return found
