"""Frames for virtual meters: published captures and examples, and made-up ones for a long run."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime

from drivers.codecs import date_time
from vitals.reading import DeviceTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One frame that somebody else published, and where."""

    data: bytes
    source: str


# What a real cuff or its vendor's documentation put on air (Blood Pressure Measurement 2A35).
BLOOD_PRESSURE = (
    Published(
        data=bytes.fromhex("16ff07ff07ff07e80706170e230aff070000"),
        source="boso medicus, movement error: derdilla/blood-pressure-monitor-fl issue 80",
    ),
    Published(
        data=bytes.fromhex("15b0f06ef081f03c000000"),
        source="A&D UA-651BLE, 17.6 kPa: comment in obniz UA651BLE, completed",
    ),
)
# What real meters put on air (Glucose Measurement 2A18).
GLUCOSE = (
    Published(
        data=bytes.fromhex("030600e407040d10260a000078b0f1"),
        source="meter showing 120 mg/dL: dotintent/react-native-ble-plx issue 652",
    ),
    Published(
        data=bytes.fromhex("1b0f00e807011e053a1b53016fb0f80000"),
        source="Accu-Chek Guide showing 6.2 mmol/L: innoveit/react-native-ble-manager issue 1162",
    ),
)

_SFLOAT_NAN = 0x07FF
_KG_PER_L_EXPONENT = 0xB  # -5 in four bits, two's complement
_FINGER_CAPILLARY = 0x11
_CONTROL_SOLUTION = 0x4A
_CONCENTRATION = 0x02
_CONTEXT_FOLLOWS = 0x10
_BP_FLAGS_TIME_AND_PULSE = 0x06
_FLAG_TIME = 0x02
_FLAG_USER = 0x04
_SPOT_TIME_AND_STATUS = 0x03
_FULLY_QUALIFIED = 0x0100
_TIME_AND_SITE = 0x06
_WEIGHT_STEP_G = 5
_CGM_OCTETS = 6


def date_time_octets(at: datetime) -> bytes:
    """Write a local time as Date Time (2A08)."""
    return date_time.encode(
        DeviceTime(
            year=at.year,
            month=at.month,
            day=at.day,
            hour=at.hour,
            minute=at.minute,
            second=at.second,
        )
    )


def blood_pressure(systolic: int, diastolic: int, pulse: int, at: datetime) -> bytes:
    """Make a 2A35 frame in whole mmHg with a time stamp; the mean is not sent (NaN)."""
    return (
        struct.pack("<BHHH", _BP_FLAGS_TIME_AND_PULSE, systolic, diastolic, _SFLOAT_NAN)
        + date_time_octets(at)
        + struct.pack("<H", pulse)
    )


def glucose(  # noqa: PLR0913 - the fields of the frame
    sequence: int,
    mg_per_dl: int,
    at: datetime,
    *,
    context_follows: bool = False,
    control_solution: bool = False,
    base_time: bytes | None = None,
) -> bytes:
    """Make a 2A18 frame in kg/L, as Roche meters send it: 104 mg/dL is 104e-5 kg/L."""
    flags = _CONCENTRATION | (_CONTEXT_FOLLOWS if context_follows else 0)
    return (
        struct.pack("<BH", flags, sequence)
        + (base_time or date_time_octets(at))
        + struct.pack(
            "<HB",
            _KG_PER_L_EXPONENT << 12 | mg_per_dl,
            _CONTROL_SOLUTION if control_solution else _FINGER_CAPILLARY,
        )
    )


def meal_context(sequence: int, meal: int) -> bytes:
    """Make a 2A34 frame that says only the meal (1 before, 2 after, 3 fasting, 4 casual)."""
    return struct.pack("<BHB", 0x02, sequence, meal)


def sequence_of(record: bytes) -> int:
    """Return the sequence number of a 2A18 or 2A34 frame."""
    return int.from_bytes(record[1:3], "little")


def failed_blood_pressure(at: datetime) -> bytes:
    """Make the 2A35 frame of a measurement that failed: three NaN and no status (boso medicus)."""
    pressures = (_SFLOAT_NAN, _SFLOAT_NAN, _SFLOAT_NAN)
    return struct.pack("<BHHH", _FLAG_TIME, *pressures) + date_time_octets(at)


def oximetry(saturation: int, pulse: int, at: datetime) -> bytes:
    """Make a 2A5E frame (PLX Spot-Check) in whole percent and beats a minute, fully qualified."""
    return (
        struct.pack("<BHH", _SPOT_TIME_AND_STATUS, saturation, pulse)
        + date_time_octets(at)
        + struct.pack("<H", _FULLY_QUALIFIED)
    )


def temperature(tenths_celsius: int, at: datetime, *, site: int = 6) -> bytes:
    """Make a 2A1C frame: a FLOAT with one decimal, the time and the site (6 is the mouth)."""
    number = (tenths_celsius & 0xFFFFFF) | 0xFF << 24
    return struct.pack("<BI", _TIME_AND_SITE, number) + date_time_octets(at) + bytes((site,))


def weight(grams: int, at: datetime, *, user: int | None = None) -> bytes:
    """Make a 2A9D frame: steps of 5 g, the time, and the scale's number for the person."""
    flags = _FLAG_TIME | (_FLAG_USER if user is not None else 0)
    tail = b"" if user is None else bytes((user,))
    return struct.pack("<BH", flags, grams // _WEIGHT_STEP_G) + date_time_octets(at) + tail


def cgm(minutes: int, mg_per_dl: int) -> bytes:
    """Make a 2AA7 record: concentration in mg/dL and the minutes since the session began."""
    return struct.pack("<BBHH", _CGM_OCTETS, 0, mg_per_dl, minutes)
