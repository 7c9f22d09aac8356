"""Blood Pressure Service (1810): measurement 2A35, intermediate cuff pressure 2A36, feature 2A49.

Layouts: Bluetooth GATT Specification Supplement, Blood Pressure Measurement, Intermediate Cuff
Pressure, Blood Pressure Feature.

Reserved bits are kept and otherwise ignored, as the Bluetooth rule for reserved bits asks. A later
revision that spends one on another field makes the frame longer than the known flags explain, and
that is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntFlag

from drivers.codecs import date_time
from drivers.codecs.cursor import Cursor
from drivers.codecs.ieee11073 import Number, read_sfloat
from vitals.quantity import Unit
from vitals.reading import DeviceTime

UNKNOWN_USER = 255
_PULSE_RANGE_SHIFT = 3


class Flags(IntFlag):
    """Which unit the pressures are in, and which fields follow them."""

    KPA = 1 << 0
    TIME = 1 << 1
    PULSE_RATE = 1 << 2
    USER_ID = 1 << 3
    STATUS = 1 << 4

    @property
    def unit(self) -> Unit:
        """Return the unit of all three pressures."""
        return Unit.KPA if Flags.KPA in self else Unit.MMHG


class Status(IntFlag):
    """What the cuff noticed. Bits 3 and 4 are one field, `Details.pulse_range`."""

    BODY_MOVEMENT = 1 << 0
    CUFF_LOOSE = 1 << 1
    IRREGULAR_PULSE = 1 << 2
    IMPROPER_POSITION = 1 << 5


class PulseRange(Enum):
    """Where the pulse rate lies in the cuff's range (status bits 3 and 4)."""

    IN_RANGE = 0
    ABOVE = 1
    BELOW = 2
    RESERVED = 3


class Feature(IntFlag):
    """What a cuff can do (2A49)."""

    BODY_MOVEMENT = 1 << 0
    CUFF_FIT = 1 << 1
    IRREGULAR_PULSE = 1 << 2
    PULSE_RANGE = 1 << 3
    POSITION = 1 << 4
    MULTIPLE_BONDS = 1 << 5
    E2E_CRC = 1 << 6
    USER_DATA = 1 << 7
    USER_FACING_TIME = 1 << 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What may follow the pressures; None is "not sent"."""

    time: DeviceTime | None
    pulse_rate: Number | None
    user_id: int | None
    status: Status | None

    @property
    def pulse_range(self) -> PulseRange | None:
        """Return where the pulse rate lies, None without a status."""
        if self.status is None:
            return None
        return PulseRange(int(self.status) >> _PULSE_RANGE_SHIFT & 0b11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything in one 2A35 frame; the pressures are in `flags.unit`."""

    flags: Flags
    systolic: Number
    diastolic: Number
    mean: Number
    details: Details


@dataclass(frozen=True, slots=True, kw_only=True)
class CuffPressure:
    """Everything in one 2A36 frame: the pressure now, while measuring. Never a result.

    The diastolic and mean fields are unused; they should hold NaN, and some devices send 0.
    """

    flags: Flags
    cuff_pressure: Number
    diastolic: Number
    mean: Number
    details: Details


def decode_measurement(data: bytes) -> Measurement:
    """Decode a Blood Pressure Measurement (2A35), 7 to 19 octets.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.

    Notes
    -----
    A failed measurement is a frame like any other: boso medicus sends NaN in every field and no
    status bit.
    """
    cursor = Cursor(data, "blood pressure measurement")
    flags = Flags(cursor.u8("flags"))
    measurement = Measurement(
        flags=flags,
        systolic=read_sfloat(cursor, "systolic"),
        diastolic=read_sfloat(cursor, "diastolic"),
        mean=read_sfloat(cursor, "mean arterial pressure"),
        details=_details(cursor, flags),
    )
    cursor.end()
    return measurement


def decode_cuff_pressure(data: bytes) -> CuffPressure:
    """Decode an Intermediate Cuff Pressure (2A36), 7 to 19 octets.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.
    """
    cursor = Cursor(data, "intermediate cuff pressure")
    flags = Flags(cursor.u8("flags"))
    pressure = CuffPressure(
        flags=flags,
        cuff_pressure=read_sfloat(cursor, "cuff pressure"),
        diastolic=read_sfloat(cursor, "the unused diastolic field"),
        mean=read_sfloat(cursor, "the unused mean field"),
        details=_details(cursor, flags),
    )
    cursor.end()
    return pressure


def decode_feature(data: bytes) -> Feature:
    """Decode a Blood Pressure Feature (2A49).

    Raises
    ------
    DecodeError
        When there are not exactly two octets.
    """
    cursor = Cursor(data, "blood pressure feature")
    feature = Feature(cursor.u16("features"))
    cursor.end()
    return feature


def _details(cursor: Cursor, flags: Flags) -> Details:
    return Details(
        time=date_time.read(cursor, "time stamp") if Flags.TIME in flags else None,
        pulse_rate=read_sfloat(cursor, "pulse rate") if Flags.PULSE_RATE in flags else None,
        user_id=cursor.u8("user id") if Flags.USER_ID in flags else None,
        status=Status(cursor.u16("status")) if Flags.STATUS in flags else None,
    )
