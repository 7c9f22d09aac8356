"""Form 1 of a stored record: which octets mean what. `sync.pack` fills it in and reads it out.

Everything here is on disk in people's homes. Codes are positions: append to a row, never reorder
it, never take one out. A field may be added only where older octets still read the same. `Any`
stands where text and octets are both legal: msgspec cannot declare that, so the reader checks it.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeVar

from msgspec import Struct, field

from vitals.quantity import Quantity, Unit
from vitals.reading import (
    BodySite,
    Carbohydrate,
    Flag,
    Guide,
    Health,
    Kind,
    Meal,
    Medication,
    Posture,
    SampleLocation,
    Tester,
)

Number = int | str
_E = TypeVar("_E", bound=Enum)

KINDS = (
    Kind.BLOOD_PRESSURE,
    Kind.GLUCOSE,
    Kind.OXYGEN_SATURATION,
    Kind.BODY_TEMPERATURE,
    Kind.BODY_WEIGHT,
    Kind.BODY_COMPOSITION,
    Kind.HEART_RATE,
    Kind.CAMERA,
)
UNITS = (
    Unit.MMHG,
    Unit.KPA,
    Unit.PER_MINUTE,
    Unit.MG_PER_DL,
    Unit.MMOL_PER_L,
    Unit.PERCENT,
    Unit.KILOGRAM,
    Unit.LITRE,
    Unit.SECOND,
    Unit.POUND,
    Unit.CELSIUS,
    Unit.FAHRENHEIT,
    Unit.METRE,
    Unit.CENTIMETRE,
    Unit.INCH,
    Unit.KG_PER_M2,
    Unit.KILOJOULE,
    Unit.OHM,
    Unit.MILLISECOND,
)
QUANTITIES = (
    Quantity.SYSTOLIC,
    Quantity.DIASTOLIC,
    Quantity.MEAN_ARTERIAL,
    Quantity.PULSE_RATE,
    Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD,
    Quantity.GLUCOSE_CAPILLARY_PLASMA,
    Quantity.GLUCOSE_VENOUS_WHOLE_BLOOD,
    Quantity.GLUCOSE_VENOUS_PLASMA,
    Quantity.GLUCOSE_ARTERIAL_WHOLE_BLOOD,
    Quantity.GLUCOSE_ARTERIAL_PLASMA,
    Quantity.GLUCOSE_UNDETERMINED_WHOLE_BLOOD,
    Quantity.GLUCOSE_UNDETERMINED_PLASMA,
    Quantity.GLUCOSE_INTERSTITIAL_FLUID,
    Quantity.GLUCOSE_CONTROL_SOLUTION,
    Quantity.GLUCOSE,
    Quantity.OXYGEN_SATURATION,
    Quantity.OXIMETER_PULSE_RATE,
    Quantity.PULSE_AMPLITUDE_INDEX,
    Quantity.BODY_TEMPERATURE,
    Quantity.BODY_WEIGHT,
    Quantity.BODY_HEIGHT,
    Quantity.BODY_MASS_INDEX,
    Quantity.BODY_FAT,
    Quantity.FAT_FREE_MASS,
    Quantity.SOFT_LEAN_MASS,
    Quantity.BODY_WATER_MASS,
    Quantity.MUSCLE_PERCENTAGE,
    Quantity.MUSCLE_MASS,
    Quantity.IMPEDANCE,
    Quantity.BASAL_METABOLISM,
    Quantity.HEART_RATE,
    Quantity.CAMERA_PULSE_RATE,
    Quantity.CAMERA_RESPIRATORY_RATE,
    Quantity.CAMERA_SDNN,
    Quantity.CAMERA_RMSSD,
)
FLAGS = (
    Flag.BODY_MOVEMENT,
    Flag.CUFF_LOOSE,
    Flag.IRREGULAR_PULSE,
    Flag.PULSE_RATE_ABOVE_RANGE,
    Flag.PULSE_RATE_BELOW_RANGE,
    Flag.IMPROPER_POSITION,
    Flag.BATTERY_LOW,
    Flag.SENSOR_FAULT,
    Flag.SAMPLE_TOO_SMALL,
    Flag.STRIP_INSERTION_ERROR,
    Flag.WRONG_STRIP,
    Flag.RESULT_TOO_HIGH,
    Flag.RESULT_TOO_LOW,
    Flag.TEMPERATURE_TOO_HIGH,
    Flag.TEMPERATURE_TOO_LOW,
    Flag.READ_INTERRUPTED,
    Flag.GENERAL_FAULT,
    Flag.TIME_FAULT,
    Flag.IMPLAUSIBLE,
    Flag.NOT_VALIDATED,
    Flag.SIGNAL_POOR,
    Flag.LOW_PERFUSION,
    Flag.NOT_WORN,
    Flag.INTERFERENCE,
    Flag.DEVICE_ALERT,
    Flag.SESSION_STOPPED,
    Flag.CALIBRATION_DUE,
    Flag.WEIGHING_FAILED,
    Flag.DEMO,
    Flag.TESTING,
)


def _codes(row: tuple[_E, ...]) -> dict[_E, int]:
    return {member: code for code, member in enumerate(row)}


KIND_CODE, QUANTITY_CODE, FLAG_CODE = _codes(KINDS), _codes(QUANTITIES), _codes(FLAGS)
UNIT_CODE = _codes(UNITS)


def pair_code(quantity: Quantity, unit: Unit) -> int:
    """Return quantity and unit as one number; the usual pairs fit into one octet.

    From the lowest bit: 4 bits of the unit, 8 of the quantity, the unit's higher bits.
    """
    code = UNIT_CODE[unit]
    return (code & 0xF) | QUANTITY_CODE[quantity] << 4 | code >> 4 << 12


def pair(code: int) -> tuple[Quantity, Unit]:
    """Return the quantity and the unit of a `pair_code`; raises IndexError for none."""
    return QUANTITIES[code >> 4 & 0xFF], UNITS[(code & 0xF) | code >> 12 << 4]


class TimeForm(Struct, array_like=True):
    """An instant: microseconds since 1970 in UTC. `boot`: octets of a UUID, text, or None.

    None stands for the boot in which the frame arrived.
    """

    at_us: int
    boottime_ns: int
    boot: Any
    synchronised: bool
    zone_us: int


class CheckForm(Struct, array_like=True):
    """A device's clock beside the hub's. Older octets end before the uncertainty."""

    device: tuple[int, ...]
    hub: TimeForm
    uncertainty_ms: int | None = None


class AmountForm(Struct, array_like=True):
    """A value: the code of its unit, and its number as `sync.pack.number_form` writes it."""

    unit: int
    number: Number


class ContextForm(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """What surrounded the measurement. Enums stand as their own stable text.

    Fifteen fields at most: with one more msgspec writes another head, and what an older version
    stored would be told apart by its context (`sync.outbox_memory.identity`). A new one goes into
    a struct of its own.
    """

    meal: Meal | None = field(default=None, name="m")
    sample_location: SampleLocation | None = field(default=None, name="l")
    tester: Tester | None = field(default=None, name="t")
    health: Health | None = field(default=None, name="h")
    carbohydrate: Carbohydrate | None = field(default=None, name="c")
    carbohydrate_mass: AmountForm | None = field(default=None, name="g")
    exercise_duration_s: int | None = field(default=None, name="d")
    exercise_overrun: bool = field(default=False, name="o")
    exercise_intensity_percent: int | None = field(default=None, name="i")
    medication: Medication | None = field(default=None, name="r")
    medication_amount: AmountForm | None = field(default=None, name="a")
    hba1c: AmountForm | None = field(default=None, name="b")
    posture: Posture | None = field(default=None, name="p")
    body_site: BodySite | None = field(default=None, name="s")
    guide: Guide | None = field(default=None, name="q")


class RestForm(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """What most readings lack, so that a default costs nothing."""

    device_time: tuple[int, ...] | None = field(default=None, name="d")
    clock_check: CheckForm | None = field(default=None, name="c")
    live: bool = field(default=False, name="l")
    sequence: int | None = field(default=None, name="s")
    user_slot: int | None = field(default=None, name="u")
    flags: int = field(default=0, name="f")
    context: ContextForm | None = field(default=None, name="x")
    context_follows: bool = field(default=False, name="w")
    amends: bool = field(default=False, name="a")


class MeasuredForm(Struct, array_like=True, tag=1):
    """A reading on its way: `id` as octets or text, `patient` and `meter` as part numbers."""

    id: Any
    patient: int
    meter: int
    kind: int
    received: TimeForm
    values: list[Number]
    frames: list[Any]
    rest: RestForm


class UnreadableForm(Struct, array_like=True, tag=2):
    """A frame kept as evidence."""

    meter: int
    received: TimeForm
    frame: list[Any]
    code: str
    why: str


class MeterForm(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """A part: one meter as it described itself."""

    address: str = field(name="a")
    driver: str = field(name="d")
    driver_version: str = field(default="1", name="v")
    name: str = field(default="", name="n")
    maker: str = field(default="", name="k")
    model: str = field(default="", name="m")
    serial: str = field(default="", name="s")
    firmware: str = field(default="", name="f")
    hardware: str = field(default="", name="h")
    software: str = field(default="", name="w")
    system_id: bytes = field(default=b"", name="i")
