"""Glucose Service (1808): measurement 2A18 and feature 2A51.

Layouts: Bluetooth GATT Specification Supplement, Glucose Measurement and Glucose Feature.

Reserved bits and codes are kept and otherwise ignored, as the Bluetooth rule for reserved values
asks. A later revision that spends a bit on another field makes the frame longer than the known
flags explain, and that is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.codecs import date_time
from drivers.codecs.cursor import Cursor
from drivers.codecs.ieee11073 import Number, read_sfloat
from vitals.reading import DeviceTime

# Not minutes but "out of range" (SIG characteristic definition, Glucose Measurement, Time Offset).
OFFSET_OVERRUN = 0x7FFF
OFFSET_UNDERRUN = -0x8000


class Flags(IntFlag):
    """Which fields a measurement has."""

    TIME_OFFSET = 1 << 0
    CONCENTRATION = 1 << 1
    MOL_PER_L = 1 << 2
    STATUS = 1 << 3
    CONTEXT_FOLLOWS = 1 << 4


class Status(IntFlag):
    """What the meter noticed."""

    BATTERY_LOW = 1 << 0
    SENSOR_FAULT = 1 << 1
    SAMPLE_TOO_SMALL = 1 << 2
    STRIP_INSERTION_ERROR = 1 << 3
    WRONG_STRIP = 1 << 4
    RESULT_TOO_HIGH = 1 << 5
    RESULT_TOO_LOW = 1 << 6
    TEMPERATURE_TOO_HIGH = 1 << 7
    TEMPERATURE_TOO_LOW = 1 << 8
    READ_INTERRUPTED = 1 << 9
    GENERAL_FAULT = 1 << 10
    TIME_FAULT = 1 << 11


class SampleType(IntEnum):
    """What was put on the strip."""

    CAPILLARY_WHOLE_BLOOD = 1
    CAPILLARY_PLASMA = 2
    VENOUS_WHOLE_BLOOD = 3
    VENOUS_PLASMA = 4
    ARTERIAL_WHOLE_BLOOD = 5
    ARTERIAL_PLASMA = 6
    UNDETERMINED_WHOLE_BLOOD = 7
    UNDETERMINED_PLASMA = 8
    INTERSTITIAL_FLUID = 9
    CONTROL_SOLUTION = 10


class SampleLocation(IntEnum):
    """Where the sample was taken; 5 comes from the continuous glucose service."""

    FINGER = 1
    ALTERNATE_SITE = 2
    EARLOBE = 3
    CONTROL_SOLUTION = 4
    SUBCUTANEOUS = 5
    NOT_AVAILABLE = 15


class Feature(IntFlag):
    """What a meter can detect (2A51)."""

    LOW_BATTERY = 1 << 0
    SENSOR_MALFUNCTION = 1 << 1
    SAMPLE_SIZE = 1 << 2
    STRIP_INSERTION = 1 << 3
    STRIP_TYPE = 1 << 4
    RESULT_HIGH_LOW = 1 << 5
    TEMP_HIGH_LOW = 1 << 6
    READ_INTERRUPT = 1 << 7
    GENERAL_FAULT = 1 << 8
    TIME_FAULT = 1 << 9
    MULTIPLE_BOND = 1 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A concentration in kg/L or mol/L (`Flags.MOL_PER_L`), and what it was measured in."""

    concentration: Number
    type_code: int
    location_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything in one 2A18 frame; None is "not sent".

    The base time plus the offset is the time the user sees.
    """

    flags: Flags
    sequence: int
    base_time: DeviceTime
    time_offset_min: int | None
    sample: Sample | None
    status: Status | None

    @property
    def offset_is_unknown(self) -> bool:
        """Tell whether the user's clock is too far from the base time to be written."""
        return self.time_offset_min in {OFFSET_OVERRUN, OFFSET_UNDERRUN}


def decode_measurement(data: bytes) -> Measurement:
    """Decode a Glucose Measurement (2A18), 10 to 17 octets.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.
    """
    cursor = Cursor(data, "glucose measurement")
    flags = Flags(cursor.u8("flags"))
    measurement = Measurement(
        flags=flags,
        sequence=cursor.u16("sequence number"),
        base_time=date_time.read(cursor, "base time"),
        time_offset_min=cursor.s16("time offset") if Flags.TIME_OFFSET in flags else None,
        sample=_sample(cursor) if Flags.CONCENTRATION in flags else None,
        status=Status(cursor.u16("status")) if Flags.STATUS in flags else None,
    )
    cursor.end()
    return measurement


def decode_feature(data: bytes) -> Feature:
    """Decode a Glucose Feature (2A51).

    Raises
    ------
    DecodeError
        When there are not exactly two octets.
    """
    cursor = Cursor(data, "glucose feature")
    feature = Feature(cursor.u16("features"))
    cursor.end()
    return feature


def _sample(cursor: Cursor) -> Sample:
    concentration = read_sfloat(cursor, "concentration")
    type_and_location = cursor.u8("sample type and location")
    return Sample(
        concentration=concentration,
        type_code=type_and_location & 0x0F,
        location_code=type_and_location >> 4,
    )
