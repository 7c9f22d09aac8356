"""Weight Scale Service (181D): measurement 2A9D, feature 2A9E.

Layouts: Bluetooth GATT Specification Supplement, Weight Measurement, Weight Scale Feature. The
steps are fixed: 0.005 kg or 0.01 lb, whatever resolution the feature claims for the display.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntFlag

from drivers.codecs import date_time
from drivers.codecs.cursor import Cursor
from vitals.quantity import Unit
from vitals.reading import DeviceTime

UNKNOWN_USER = 255
UNSUCCESSFUL = 0xFFFF

_KILOGRAM, _POUND = Decimal("0.005"), Decimal("0.01")
_BMI, _METRE, _INCH = Decimal("0.1"), Decimal("0.001"), Decimal("0.1")
_HEIGHT_SHIFT, _HEIGHT_MASK = 7, 0b111
_WEIGHT_SHIFT, _WEIGHT_MASK = 3, 0b1111
_RESOLUTIONS = _WEIGHT_MASK << _WEIGHT_SHIFT | _HEIGHT_MASK << _HEIGHT_SHIFT


class Flags(IntFlag):
    """Which units are used, and which fields follow the weight."""

    IMPERIAL = 1 << 0
    TIME = 1 << 1
    USER_ID = 1 << 2
    BMI_AND_HEIGHT = 1 << 3

    @property
    def unit(self) -> Unit:
        """Return the unit of the weight."""
        return Unit.POUND if Flags.IMPERIAL in self else Unit.KILOGRAM

    @property
    def height_unit(self) -> Unit:
        """Return the unit of the height."""
        return Unit.INCH if Flags.IMPERIAL in self else Unit.METRE


class Feature(IntFlag):
    """What a scale can do (2A9E, the lowest bits)."""

    TIMESTAMP = 1 << 0
    MULTIPLE_USERS = 1 << 1
    BMI = 1 << 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything in one 2A9D frame. `weight` is None for an unsuccessful measurement."""

    flags: Flags
    raw_weight: int
    time: DeviceTime | None
    user_id: int | None
    bmi: Decimal | None
    height: Decimal | None

    @property
    def weight(self) -> Decimal | None:
        """Return the weight in `flags.unit`, with every digit of its step."""
        return None if self.raw_weight == UNSUCCESSFUL else mass(self.raw_weight, self.flags.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Everything in 2A9E: abilities, and codes of the display's resolution."""

    features: Feature
    weight_resolution: int
    height_resolution: int


def mass(steps: int, unit: Unit) -> Decimal:
    """Return a mass of so many steps in kilograms or pounds."""
    return steps * (_POUND if unit is Unit.POUND else _KILOGRAM)


def length(steps: int, unit: Unit) -> Decimal:
    """Return a height of so many steps in metres or inches."""
    return steps * (_INCH if unit is Unit.INCH else _METRE)


def decode_measurement(data: bytes) -> Measurement:
    """Decode a Weight Measurement (2A9D), 3 to 15 octets.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.
    """
    cursor = Cursor(data, "weight measurement")
    flags = Flags(cursor.u8("flags"))
    raw_weight = cursor.u16("weight")
    time = date_time.read(cursor, "time stamp") if Flags.TIME in flags else None
    user_id = cursor.u8("user id") if Flags.USER_ID in flags else None
    bmi = height = None
    if Flags.BMI_AND_HEIGHT in flags:
        bmi = cursor.u16("body mass index") * _BMI
        height = length(cursor.u16("height"), flags.height_unit)
    cursor.end()
    return Measurement(
        flags=flags, raw_weight=raw_weight, time=time, user_id=user_id, bmi=bmi, height=height
    )


def decode_feature(data: bytes) -> Features:
    """Decode a Weight Scale Feature (2A9E), four octets."""
    cursor = Cursor(data, "weight scale feature")
    bits = cursor.u32("features")
    cursor.end()
    return Features(
        features=Feature(bits & ~_RESOLUTIONS),
        weight_resolution=bits >> _WEIGHT_SHIFT & _WEIGHT_MASK,
        height_resolution=bits >> _HEIGHT_SHIFT & _HEIGHT_MASK,
    )
