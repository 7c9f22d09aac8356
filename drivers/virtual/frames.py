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
