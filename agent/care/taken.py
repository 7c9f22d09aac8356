"""A reading as the rules see it: who and what it is, when it was taken, and whether it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum

from sync.fhir.mapper import DOUBTFUL
from sync.fhir.timing import corrected, effective
from sync.record import Measured
from vitals.quantity import Quantity
from vitals.reading import Flag, Kind, Value

_TESTS = frozenset({Flag.DEMO, Flag.TESTING})


class Apart(Enum):
    """Why something measured is no measurement by a device: it is counted apart."""

    CAMERA = "camera"
    TEST = "test"
    TYPED = "typed"  # a number that the patient typed into a form


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One reading.

    `at` is the best estimate of when, in the home's zone; where nobody can know (`dated` false), it
    is when the hub heard of it. `vouched` tells whether somebody had set the clock that dates it.
    """

    id: str
    kind: Kind
    meter: str
    values: Mapping[Quantity, Value]
    at: datetime
    heard: datetime
    dated: bool = True
    vouched: bool = True
    doubted: bool = False
    battery_low: bool = False
    apart: Apart | None = None


def taken(record: Measured, zone: tzinfo, boot_offsets: Mapping[str, int]) -> Taken:
    """Return a stored reading as the rules see it."""
    reading = record.reading
    when = effective(reading.timing, zone, boot_offsets)
    heard = corrected(reading.timing.received, boot_offsets).astimezone(zone)
    return Taken(
        id=record.id,
        kind=reading.kind,
        meter=reading.meter.address.upper(),
        values=reading.values,
        at=heard if when.at is None else when.at.astimezone(zone),
        heard=heard,
        dated=when.at is not None,
        vouched=when.vouched,
        doubted=bool(reading.flags & DOUBTFUL),
        battery_low=Flag.BATTERY_LOW in reading.flags,
        apart=_apart(reading.kind, reading.flags),
    )


def _apart(kind: Kind, flags: frozenset[Flag]) -> Apart | None:
    if kind is Kind.CAMERA:
        return Apart.CAMERA
    return Apart.TEST if flags & _TESTS else None
