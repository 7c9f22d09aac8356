"""Readings as a home takes them, at a moment of the test's choosing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sync.record import Measured, measured
from tests.fakes.records import BOOT, CUFF
from vitals.quantity import Quantity, Unit
from vitals.reading import (
    Flag,
    HubTime,
    Kind,
    MeterIdentity,
    RawFrame,
    Reading,
    Timing,
    Value,
)

PATIENT = "Patient/p"
SCALE = replace(CUFF, address="C0:26:DA:11:22:44", driver="and-uc352ble", name="scale")


def reading(
    kind: Kind,
    values: Mapping[Quantity, tuple[str, Unit]],
    at: datetime,
    *,
    meter: MeterIdentity = CUFF,
    flags: frozenset[Flag] = frozenset(),
) -> Reading:
    """Return a reading that a hub with a right clock heard at this moment, live."""
    heard = HubTime(at=at, boot_id=BOOT, boottime_ns=int(at.timestamp() * 1e9), synchronised=True)
    return Reading(
        kind=kind,
        values={
            one: Value(number=Decimal(text), unit=unit) for one, (text, unit) in values.items()
        },
        timing=Timing(received=heard, live=True),
        meter=meter,
        frames=(RawFrame(source="2a35", data=at.isoformat().encode()),),
        flags=flags,
    )


def pressure(  # noqa: PLR0913 - what a test may choose
    systolic: str,
    diastolic: str,
    at: datetime,
    *,
    patient: str = PATIENT,
    unit: Unit = Unit.MMHG,
    flags: frozenset[Flag] = frozenset(),
) -> Measured:
    """Return a blood pressure."""
    values = {
        Quantity.SYSTOLIC: (systolic, unit),
        Quantity.DIASTOLIC: (diastolic, unit),
        Quantity.MEAN_ARTERIAL: ("0", unit),
    }
    return measured(reading(Kind.BLOOD_PRESSURE, values, at, flags=flags), patient)


def weight(
    number: str,
    at: datetime,
    *,
    patient: str = PATIENT,
    unit: Unit = Unit.KILOGRAM,
    flags: frozenset[Flag] = frozenset(),
) -> Measured:
    """Return a weight."""
    made = reading(
        Kind.BODY_WEIGHT, {Quantity.BODY_WEIGHT: (number, unit)}, at, meter=SCALE, flags=flags
    )
    return measured(made, patient)


def camera(pulse: str, at: datetime, *, patient: str = PATIENT) -> Measured:
    """Return an estimate by camera."""
    values = {Quantity.CAMERA_PULSE_RATE: (pulse, Unit.PER_MINUTE)}
    return measured(reading(Kind.CAMERA, values, at), patient)
