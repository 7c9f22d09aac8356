"""Body Composition Service (181B): measurement 2A9C, feature 2A9B.

Layouts: Bluetooth GATT Specification Supplement, Body Composition Measurement and Feature. For the
impedance the supplement contradicts itself (exponent -2, in words a tenth of an ohm); a capture of
a Beurer BF720 fits 0.1 ohm.

A measurement too long for one packet comes in two, both marked (Body Composition Service 1.0.1,
3.2.1): the second repeats unit and fat, never the time and the user, and adds what did not fit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import IntFlag

from drivers.codecs import date_time, weight
from drivers.codecs.cursor import Cursor
from vitals.quantity import Unit
from vitals.reading import DeviceTime

UNSUCCESSFUL = 0xFFFF

_TENTH = Decimal("0.1")
_MASS_SHIFT, _MASS_MASK = 11, 0b1111
_HEIGHT_SHIFT, _HEIGHT_MASK = 15, 0b111
_RESOLUTIONS = _MASS_MASK << _MASS_SHIFT | _HEIGHT_MASK << _HEIGHT_SHIFT


class Flags(IntFlag):
    """Which units are used, which fields follow the fat, and whether another packet comes."""

    IMPERIAL = 1 << 0
    TIME = 1 << 1
    USER_ID = 1 << 2
    BASAL_METABOLISM = 1 << 3
    MUSCLE_PERCENTAGE = 1 << 4
    MUSCLE_MASS = 1 << 5
    FAT_FREE_MASS = 1 << 6
    SOFT_LEAN_MASS = 1 << 7
    BODY_WATER_MASS = 1 << 8
    IMPEDANCE = 1 << 9
    WEIGHT = 1 << 10
    HEIGHT = 1 << 11
    MULTIPLE_PACKETS = 1 << 12

    @property
    def unit(self) -> Unit:
        """Return the unit of every mass."""
        return Unit.POUND if Flags.IMPERIAL in self else Unit.KILOGRAM

    @property
    def height_unit(self) -> Unit:
        """Return the unit of the height."""
        return Unit.INCH if Flags.IMPERIAL in self else Unit.METRE


_FIRST_ONLY = Flags.TIME | Flags.USER_ID
_FIELDS = Flags(0xFFE)  # every flag that announces a field


class Feature(IntFlag):
    """What an analyser can do (2A9B, the lowest bits)."""

    TIMESTAMP = 1 << 0
    MULTIPLE_USERS = 1 << 1
    BASAL_METABOLISM = 1 << 2
    MUSCLE_PERCENTAGE = 1 << 3
    MUSCLE_MASS = 1 << 4
    FAT_FREE_MASS = 1 << 5
    SOFT_LEAN_MASS = 1 << 6
    BODY_WATER_MASS = 1 << 7
    IMPEDANCE = 1 << 8
    WEIGHT = 1 << 9
    HEIGHT = 1 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything in one 2A9C frame; masses in `flags.unit`. `fat_percent` is None if it failed."""

    flags: Flags
    raw_fat: int
    time: DeviceTime | None = None
    user_id: int | None = None
    basal_metabolism_kj: int | None = None
    muscle_percent: Decimal | None = None
    muscle_mass: Decimal | None = None
    fat_free_mass: Decimal | None = None
    soft_lean_mass: Decimal | None = None
    body_water_mass: Decimal | None = None
    impedance_ohm: Decimal | None = None
    weight: Decimal | None = None
    height: Decimal | None = None

    @property
    def fat_percent(self) -> Decimal | None:
        """Return the fat in percent, None for an unsuccessful measurement."""
        return None if self.raw_fat == UNSUCCESSFUL else self.raw_fat * _TENTH

    @property
    def is_half(self) -> bool:
        """Tell whether another packet belongs to this one."""
        return Flags.MULTIPLE_PACKETS in self.flags

    @property
    def is_stub(self) -> bool:
        """Tell whether nothing was measured: a Beurer BF720 sends 35 of these before a result."""
        return self.raw_fat == 0 and not any(
            (
                self.basal_metabolism_kj,
                self.muscle_percent,
                self.muscle_mass,
                self.fat_free_mass,
                self.soft_lean_mass,
                self.body_water_mass,
                self.impedance_ohm,
                self.weight,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Everything in 2A9B: abilities, and codes of the display's resolution."""

    features: Feature
    mass_resolution: int
    height_resolution: int


def decode_measurement(data: bytes) -> Measurement:
    """Decode a Body Composition Measurement (2A9C), 4 to 30 octets; of two packets, one.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.
    """
    cursor = Cursor(data, "body composition measurement")
    found = _packet(cursor)
    cursor.end()
    return found


def decode_packets(data: bytes) -> Measurement:
    """Decode the two packets of one measurement, their octets one after another.

    Raises
    ------
    DecodeError
        When there are not just two packets, or they are not of one measurement.
    """
    cursor = Cursor(data, "body composition in two packets")
    first, second = _packet(cursor), _packet(cursor)
    cursor.end()
    if not belong_together(first, second):
        raise cursor.refuse("has packets of two measurements")
    added = {
        part.name: getattr(second, part.name)
        for part in fields(Measurement)
        if getattr(first, part.name) is None
    }
    return replace(first, flags=first.flags | second.flags, **added)


def belong_together(first: Measurement, second: Measurement) -> bool:
    """Tell whether the second packet goes on where the first ended."""
    return (
        first.is_half
        and second.is_half
        and not _FIRST_ONLY & second.flags
        and not _FIELDS & first.flags & second.flags
        and first.flags.unit is second.flags.unit
        and first.raw_fat == second.raw_fat
    )


def _packet(cursor: Cursor) -> Measurement:
    flags = Flags(cursor.u16("flags"))
    raw_fat = cursor.u16("body fat")

    def tenths(flag: Flags, field: str) -> Decimal | None:
        return cursor.u16(field) * _TENTH if flag in flags else None

    def mass(flag: Flags, field: str) -> Decimal | None:
        return weight.mass(cursor.u16(field), flags.unit) if flag in flags else None

    return Measurement(
        flags=flags,
        raw_fat=raw_fat,
        time=date_time.read(cursor, "time stamp") if Flags.TIME in flags else None,
        user_id=cursor.u8("user id") if Flags.USER_ID in flags else None,
        basal_metabolism_kj=cursor.u16("basal metabolism")
        if Flags.BASAL_METABOLISM in flags
        else None,
        muscle_percent=tenths(Flags.MUSCLE_PERCENTAGE, "muscle percentage"),
        muscle_mass=mass(Flags.MUSCLE_MASS, "muscle mass"),
        fat_free_mass=mass(Flags.FAT_FREE_MASS, "fat-free mass"),
        soft_lean_mass=mass(Flags.SOFT_LEAN_MASS, "soft lean mass"),
        body_water_mass=mass(Flags.BODY_WATER_MASS, "body water mass"),
        impedance_ohm=tenths(Flags.IMPEDANCE, "impedance"),
        weight=mass(Flags.WEIGHT, "weight"),
        height=weight.length(cursor.u16("height"), flags.height_unit)
        if Flags.HEIGHT in flags
        else None,
    )


def decode_feature(data: bytes) -> Features:
    """Decode a Body Composition Feature (2A9B), four octets."""
    cursor = Cursor(data, "body composition feature")
    bits = cursor.u32("features")
    cursor.end()
    return Features(
        features=Feature(bits & ~_RESOLUTIONS),
        mass_resolution=bits >> _MASS_SHIFT & _MASS_MASK,
        height_resolution=bits >> _HEIGHT_SHIFT & _HEIGHT_MASK,
    )
