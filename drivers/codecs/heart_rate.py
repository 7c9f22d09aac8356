"""Heart Rate Service (180D): measurement 2A37, sensor location 2A38.

Layouts: Bluetooth GATT Specification Supplement, Heart Rate Measurement, Body Sensor Location.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.codecs.cursor import Cursor

_OCTETS_PER_INTERVAL = 2


class Flags(IntFlag):
    """How wide the rate is, what is known of skin contact, and which fields follow."""

    SIXTEEN_BITS = 1 << 0
    CONTACT_DETECTED = 1 << 1
    CONTACT_SUPPORTED = 1 << 2
    ENERGY = 1 << 3
    RR_INTERVALS = 1 << 4


class Location(IntEnum):
    """Where the sensor is worn (2A38)."""

    OTHER = 0
    CHEST = 1
    WRIST = 2
    FINGER = 3
    HAND = 4
    EAR_LOBE = 5
    FOOT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything in one 2A37 frame; `rr_1024` are intervals in 1/1024 s, oldest first."""

    flags: Flags
    heart_rate: int
    energy_kj: int | None
    rr_1024: tuple[int, ...] | None

    @property
    def contact(self) -> bool | None:
        """Tell whether the sensor touches skin, None for one that cannot tell."""
        if Flags.CONTACT_SUPPORTED not in self.flags:
            return None
        return Flags.CONTACT_DETECTED in self.flags


def decode_measurement(data: bytes) -> Measurement:
    """Decode a Heart Rate Measurement (2A37): 2 octets or more, the intervals fill the packet.

    Raises
    ------
    DecodeError
        When the frame is shorter than its flags say, or has octets that no field explains.
    """
    cursor = Cursor(data, "heart rate measurement")
    flags = Flags(cursor.u8("flags"))
    wide = Flags.SIXTEEN_BITS in flags
    heart_rate = cursor.u16("heart rate") if wide else cursor.u8("heart rate")
    energy_kj = cursor.u16("energy expended") if Flags.ENERGY in flags else None
    intervals = None
    if Flags.RR_INTERVALS in flags:
        count = -(-cursor.left // _OCTETS_PER_INTERVAL)
        intervals = tuple(cursor.u16("RR interval") for _ in range(count))
    cursor.end()
    return Measurement(flags=flags, heart_rate=heart_rate, energy_kj=energy_kj, rr_1024=intervals)


def decode_location(data: bytes) -> int:
    """Decode a Body Sensor Location (2A38), one octet: the code of a `Location`."""
    cursor = Cursor(data, "sensor location")
    code = cursor.u8("location")
    cursor.end()
    return code
