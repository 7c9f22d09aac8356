"""One act of measuring, with everything needed to believe it or to doubt it later.

A Reading is what drivers make and sync sends: the two meet nowhere else. It is pure data; it can
be stored and rebuilt field by field, and building it again runs the same checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

from vitals.context import (
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
from vitals.kinds import EXPECTED, PRESSURES
from vitals.quantity import Quantity, Unit

__all__ = [
    "MAX_FRAMES",
    "MAX_FRAME_OCTETS",
    "Absent",
    "BodySite",
    "Carbohydrate",
    "ClockCheck",
    "Context",
    "DeviceTime",
    "Flag",
    "Guide",
    "Health",
    "HubTime",
    "ImpossibleReadingError",
    "Kind",
    "Meal",
    "Medication",
    "MeterIdentity",
    "Posture",
    "RawFrame",
    "Reading",
    "SampleLocation",
    "Tester",
    "Timing",
    "Value",
]

MAX_FRAMES = 8
MAX_FRAME_OCTETS = 512  # the longest attribute value ATT allows (Core 5.4, Vol 3, Part F, 3.2.9)


class ImpossibleReadingError(ValueError):
    """These values cannot be a measurement. Says which rule, never which value."""


class Absent(Enum):
    """Why a device sent no number: the special values of an IEEE 11073 float."""

    NAN = "nan"
    POSITIVE_INFINITY = "+inf"
    NEGATIVE_INFINITY = "-inf"
    NOT_AT_THIS_RESOLUTION = "nres"
    RESERVED = "reserved"

    @property
    def data_absent_reason(self) -> str:
        """Return the FHIR data-absent-reason code (HL7 PHD IG 2.0.0)."""
        return {
            Absent.NAN: "not-a-number",
            Absent.POSITIVE_INFINITY: "positive-infinity",
            Absent.NEGATIVE_INFINITY: "negative-infinity",
        }.get(self, "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A number kept to the precision it was written in, or the reason why there is none."""

    number: Decimal | Absent
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse floats and Decimal's own NaN: absence has one spelling."""
        if isinstance(self.number, Decimal):
            if not self.number.is_finite():
                raise ImpossibleReadingError("a number must be finite; use Absent")
        elif not isinstance(self.number, Absent):
            raise ImpossibleReadingError("a number is a Decimal or Absent, never a float")

    @property
    def known(self) -> Decimal | None:
        """Return the number, or None when the device sent none."""
        return self.number if isinstance(self.number, Decimal) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTime:
    """A date and time exactly as a device sent it: no zone, and 0 where it did not know.

    Source: GATT Date Time 2A08; `offset_min` is Glucose Measurement 2A18's Time Offset.
    """

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    offset_min: int = 0

    @property
    def local(self) -> datetime | None:
        """Return the user-facing time without a zone, or None when it names no real moment."""
        try:
            base = datetime(  # noqa: DTZ001 - a meter sends no zone, and inventing one is the bug
                self.year, self.month, self.day, self.hour, self.minute, self.second
            )
            return base + timedelta(minutes=self.offset_min)
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        """Write it as sent, zeros included; the offset only when there is one."""
        text = (
            f"{self.year:04d}-{self.month:02d}-{self.day:02d}"
            f"T{self.hour:02d}:{self.minute:02d}:{self.second:02d}"
        )
        return f"{text}{self.offset_min:+d}min" if self.offset_min else text


@dataclass(frozen=True, slots=True, kw_only=True)
class HubTime:
    """One instant on the hub: wall clock, and the boot-relative clock that never jumps."""

    at: datetime
    boot_id: str
    boottime_ns: int
    synchronised: bool

    def __post_init__(self) -> None:
        """Refuse a time without a zone."""
        if self.at.tzinfo is None:
            raise ImpossibleReadingError("a hub time needs a time zone")
        if not self.boot_id or self.boottime_ns < 0:
            raise ImpossibleReadingError("a hub time needs its boot")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCheck:
    """A device's own clock, read once in a session, beside the hub's at that instant.

    `uncertainty_ms` is how far the two instants may lie apart: half of how long the answer took,
    and a second for a clock that shows whole ones. None where it was not measured.
    """

    device: DeviceTime
    hub: HubTime
    uncertainty_ms: int | None = None

    @property
    def offset(self) -> timedelta | None:
        """Return hub wall time minus device time (device taken as UTC), None for a broken clock."""
        if (local := self.device.local) is None:
            return None
        return self.hub.at - local.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When it was measured, as evidence: what the device said and when the hub heard it.

    No field here is a corrected time. The best estimate is worked out from these when the
    reading is sent (`sync.fhir`), and can be worked out again.
    """

    received: HubTime
    device_time: DeviceTime | None = None
    clock_check: ClockCheck | None = None
    live: bool = False  # the device sends only what it has just measured


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterIdentity:
    """Which device measured. Only the address is always known."""

    address: str
    driver: str
    driver_version: str = "1"
    name: str = ""
    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    hardware: str = ""
    software: str = ""
    system_id: bytes = b""

    def __post_init__(self) -> None:
        """Refuse a reading from nowhere."""
        if not self.address or not self.driver:
            raise ImpossibleReadingError("a meter needs an address and a driver")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFrame:
    """The octets a value came from, under the characteristic or protocol they came by."""

    source: str
    data: bytes

    def __post_init__(self) -> None:
        """Refuse what no radio could have carried."""
        if not self.source or len(self.data) > MAX_FRAME_OCTETS:
            raise ImpossibleReadingError("a raw frame needs a source and at most 512 octets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What surrounded the measurement; every part is unknown unless somebody said it."""

    meal: Meal | None = None
    sample_location: SampleLocation | None = None
    tester: Tester | None = None
    health: Health | None = None
    carbohydrate: Carbohydrate | None = None
    carbohydrate_mass: Value | None = None
    exercise_duration_s: int | None = None
    exercise_overrun: bool = False
    exercise_intensity_percent: int | None = None
    medication: Medication | None = None
    medication_amount: Value | None = None
    hba1c: Value | None = None
    posture: Posture | None = None
    body_site: BodySite | None = None
    guide: Guide | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything one device reported at one moment. An impossible one cannot be built.

    Raises
    ------
    ImpossibleReadingError
        When no later stage could repair it: no value, a unit its quantity cannot have, a number
        outside what is physically possible, a time without a zone, or no raw frame.
    """

    kind: Kind
    values: Mapping[Quantity, Value]
    timing: Timing
    meter: MeterIdentity
    frames: tuple[RawFrame, ...]
    sequence: int | None = None
    user_slot: int | None = None
    flags: frozenset[Flag] = frozenset()
    context: Context = field(default_factory=Context)
    context_follows: bool = False

    def __post_init__(self) -> None:
        """Refuse here what no later stage could repair."""
        if not self.frames or len(self.frames) > MAX_FRAMES:
            raise ImpossibleReadingError(f"a reading keeps 1 to {MAX_FRAMES} raw frames")
        if self.sequence is not None and self.sequence < 0:
            raise ImpossibleReadingError("a sequence number is not negative")
        expected = EXPECTED[self.kind]
        if not expected.issuperset(self.values):
            raise ImpossibleReadingError(f"a {self.kind.value} reading has another kind's value")
        if self.kind is Kind.BLOOD_PRESSURE and not PRESSURES.issubset(self.values):
            raise ImpossibleReadingError("a blood pressure needs systolic, diastolic and mean")
        if self.kind is Kind.GLUCOSE and len(self.values) > 1:
            raise ImpossibleReadingError("a glucose reading has one concentration")
        if not self.values and not self.flags:
            raise ImpossibleReadingError("a reading without a value needs a status that says why")
        for quantity, value in self.values.items():
            _check_possible(quantity, value)

    @property
    def has_number(self) -> bool:
        """Tell whether the device gave at least one number."""
        return any(value.known is not None for value in self.values.values())


def _check_possible(quantity: Quantity, value: Value) -> None:
    limits = quantity.term.possible.get(value.unit)
    if limits is None:
        raise ImpossibleReadingError(f"{quantity.value} is never given in {value.unit.ucum}")
    number = value.known
    if number is not None and not limits[0] <= number <= limits[1]:
        raise ImpossibleReadingError(f"{quantity.value} is outside what is physically possible")
