"""Glucose Service (1808): measurement context 2A34, what surrounded a measurement.

Layout: Bluetooth GATT Specification Supplement, Glucose Measurement Context. Reserved codes are
kept as they are (CareSens Dual sends meal 6 for a ketone test); every bit of the flags is defined,
every bit of the extended flags is reserved.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.codecs.cursor import Cursor
from drivers.codecs.ieee11073 import Number, read_sfloat
from vitals.quantity import Unit

EXERCISE_OVERRUN_S = 0xFFFF


class Flags(IntFlag):
    """Which fields a context has, and the unit of a medication."""

    CARBOHYDRATE = 1 << 0
    MEAL = 1 << 1
    TESTER_HEALTH = 1 << 2
    EXERCISE = 1 << 3
    MEDICATION = 1 << 4
    MEDICATION_IN_LITRES = 1 << 5
    HBA1C = 1 << 6
    EXTENDED_FLAGS = 1 << 7


class CarbohydrateId(IntEnum):
    """What was eaten or drunk."""

    BREAKFAST = 1
    LUNCH = 2
    DINNER = 3
    SNACK = 4
    DRINK = 5
    SUPPER = 6
    BRUNCH = 7


class Meal(IntEnum):
    """When in relation to a meal."""

    PREPRANDIAL = 1
    POSTPRANDIAL = 2
    FASTING = 3
    CASUAL = 4
    BEDTIME = 5


class Tester(IntEnum):
    """Who measured; HCP is a health care professional."""

    SELF = 1
    HCP = 2
    LAB = 3
    NOT_AVAILABLE = 15


class Health(IntEnum):
    """What else was the matter."""

    MINOR = 1
    MAJOR = 2
    MENSES = 3
    STRESS = 4
    NONE = 5
    NOT_AVAILABLE = 15


class MedicationId(IntEnum):
    """Which insulin, by how it acts."""

    RAPID = 1
    SHORT = 2
    INTERMEDIATE = 3
    LONG = 4
    PREMIXED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Carbohydrate:
    """How much was eaten, and as what."""

    id_code: int
    mass_kg: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """How long and how hard; EXERCISE_OVERRUN_S stands for "longer than can be written"."""

    duration_s: int
    intensity_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Medication:
    """How much insulin, of which kind."""

    id_code: int
    amount: Number
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything in one 2A34 frame; None is "not sent"."""

    flags: Flags
    sequence: int
    extended_flags: int | None
    carbohydrate: Carbohydrate | None
    meal_code: int | None
    tester_code: int | None
    health_code: int | None
    exercise: Exercise | None
    medication: Medication | None
    hba1c_percent: Number | None


def decode(data: bytes) -> Context:
    """Decode a Glucose Measurement Context (2A34), 3 to 17 octets.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.
    """
    cursor = Cursor(data, "glucose context")
    flags = Flags(cursor.u8("flags"))
    sequence = cursor.u16("sequence number")
    extended = cursor.u8("extended flags") if Flags.EXTENDED_FLAGS in flags else None
    carbohydrate = _carbohydrate(cursor) if Flags.CARBOHYDRATE in flags else None
    meal = cursor.u8("meal") if Flags.MEAL in flags else None
    people = cursor.u8("tester and health") if Flags.TESTER_HEALTH in flags else None
    context = Context(
        flags=flags,
        sequence=sequence,
        extended_flags=extended,
        carbohydrate=carbohydrate,
        meal_code=meal,
        tester_code=None if people is None else people & 0x0F,
        health_code=None if people is None else people >> 4,
        exercise=_exercise(cursor) if Flags.EXERCISE in flags else None,
        medication=_medication(cursor, flags) if Flags.MEDICATION in flags else None,
        hba1c_percent=read_sfloat(cursor, "HbA1c") if Flags.HBA1C in flags else None,
    )
    cursor.end()
    return context


def _carbohydrate(cursor: Cursor) -> Carbohydrate:
    return Carbohydrate(
        id_code=cursor.u8("carbohydrate id"), mass_kg=read_sfloat(cursor, "carbohydrate mass")
    )


def _exercise(cursor: Cursor) -> Exercise:
    return Exercise(
        duration_s=cursor.u16("exercise duration"),
        intensity_percent=cursor.u8("exercise intensity"),
    )


def _medication(cursor: Cursor, flags: Flags) -> Medication:
    return Medication(
        id_code=cursor.u8("medication id"),
        amount=read_sfloat(cursor, "medication amount"),
        unit=Unit.LITRE if Flags.MEDICATION_IN_LITRES in flags else Unit.KILOGRAM,
    )
