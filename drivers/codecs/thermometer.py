"""Health Thermometer Service (1809): 2A1C, intermediate 2A1E, type 2A1D, interval 2A21.

Layouts: Bluetooth GATT Specification Supplement, Temperature Measurement, Intermediate
Temperature, Temperature Type, Measurement Interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.codecs import date_time
from drivers.codecs.cursor import Cursor
from drivers.codecs.ieee11073 import Number, read_float32
from vitals.quantity import Unit
from vitals.reading import DeviceTime


class Flags(IntFlag):
    """Which unit the temperature is in, and which fields follow it."""

    FAHRENHEIT = 1 << 0
    TIME = 1 << 1
    SITE = 1 << 2

    @property
    def unit(self) -> Unit:
        """Return the unit of the temperature."""
        return Unit.FAHRENHEIT if Flags.FAHRENHEIT in self else Unit.CELSIUS


class Site(IntEnum):
    """Where the temperature was taken (2A1D)."""

    ARMPIT = 1
    BODY = 2
    EAR = 3
    FINGER = 4
    GI_TRACT = 5
    MOUTH = 6
    RECTUM = 7
    TOE = 8
    TYMPANUM = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything in one 2A1C or 2A1E frame; `site_code` is a `Site` where it has a meaning."""

    flags: Flags
    temperature: Number
    time: DeviceTime | None
    site_code: int | None


def decode_measurement(data: bytes) -> Measurement:
    """Decode a Temperature Measurement (2A1C) or an Intermediate Temperature (2A1E).

    The number is a FLOAT of 32 bits, unlike in every other service. 5 to 13 octets.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.
    """
    cursor = Cursor(data, "temperature measurement")
    flags = Flags(cursor.u8("flags"))
    measurement = Measurement(
        flags=flags,
        temperature=read_float32(cursor, "temperature"),
        time=date_time.read(cursor, "time stamp") if Flags.TIME in flags else None,
        site_code=cursor.u8("site") if Flags.SITE in flags else None,
    )
    cursor.end()
    return measurement


def decode_type(data: bytes) -> int:
    """Decode a Temperature Type (2A1D), one octet: the code of a `Site`."""
    cursor = Cursor(data, "temperature type")
    code = cursor.u8("site")
    cursor.end()
    return code


def decode_interval(data: bytes) -> int:
    """Decode a Measurement Interval (2A21), in seconds; 0 means no periodic measurement."""
    cursor = Cursor(data, "measurement interval")
    seconds = cursor.u16("seconds")
    cursor.end()
    return seconds
