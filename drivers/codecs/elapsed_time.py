"""Elapsed Time Service (183F): current elapsed time 2BF2, and the same structure inside others.

Layout: Bluetooth GATT Specification Supplement, Elapsed Time; the two octets that only a read has
are taken from philips-labs/BLE-GHS-Server-Simulator.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.codecs.cursor import Cursor

OCTETS = 9
_RESOLUTION_SHIFT, _RESOLUTION_MASK = 2, 0b11
_COUNT_OCTETS = 6


class Flags(IntFlag):
    """What the count means."""

    TICK_COUNTER = 1 << 0
    UTC = 1 << 1
    ZONE_USED = 1 << 4
    CURRENT_TIMELINE = 1 << 5


class Resolution(IntEnum):
    """How long one unit of the count is, in tenths of a millisecond."""

    SECOND = 10_000
    TENTH = 1000
    MILLISECOND = 10
    TENTH_OF_A_MILLISECOND = 1


_RESOLUTIONS = tuple(Resolution)


class SyncSource(IntEnum):
    """Where the clock was set from."""

    UNKNOWN = 0
    NTP = 1
    GPS = 2
    RADIO = 3
    MANUAL = 4
    ATOMIC_CLOCK = 5
    CELLULAR = 6
    NONE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ElapsedTime:
    """A time or a count of ticks, since 2000-01-01 or since a start of the device's own."""

    flags: Flags
    resolution: Resolution
    count: int
    source_code: int
    zone_quarters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentElapsedTime:
    """Everything in 2BF2; status and capabilities are in a read or an indication only."""

    time: ElapsedTime
    clock_status: int | None
    clock_capabilities: int | None


def read(cursor: Cursor, field: str) -> ElapsedTime:
    """Take an elapsed time from a frame, nine octets."""
    bits = cursor.u8(f"{field} flags")
    return ElapsedTime(
        flags=Flags(bits),
        resolution=_RESOLUTIONS[bits >> _RESOLUTION_SHIFT & _RESOLUTION_MASK],
        count=int.from_bytes(cursor.octets(_COUNT_OCTETS, field), "little"),
        source_code=cursor.u8(f"{field} source"),
        zone_quarters=int.from_bytes(cursor.octets(1, f"{field} zone"), "little", signed=True),
    )


def decode(data: bytes) -> CurrentElapsedTime:
    """Decode a Current Elapsed Time (2BF2): nine octets as written, eleven as read.

    Raises
    ------
    DecodeError
        When there are neither nine nor eleven octets.
    """
    cursor = Cursor(data, "current elapsed time")
    time = read(cursor, "time")
    status = capabilities = None
    if cursor.left:
        status = cursor.u8("clock status")
        capabilities = cursor.u8("clock capabilities")
    cursor.end()
    return CurrentElapsedTime(time=time, clock_status=status, clock_capabilities=capabilities)
