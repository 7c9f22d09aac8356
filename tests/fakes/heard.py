"""Frames as a test writes them, and what the standard drivers make of them.

Layouts: Bluetooth GATT Specification Supplement, Blood Pressure Measurement and Glucose
Measurement.
"""

from __future__ import annotations

from datetime import UTC, datetime

from drivers.frame import Frame
from drivers.readings import blood_pressure_reading, glucose_reading
from vitals.quantity import Quantity
from vitals.reading import (
    HubTime,
    MeterIdentity,
    Reading,
)

NOON = HubTime(
    at=datetime(2026, 5, 19, 12, tzinfo=UTC), boot_id="boot", boottime_ns=1, synchronised=True
)
METER = MeterIdentity(address="C0:26:DA:00:00:01", driver="test")

# react-native-ble-plx issue 652, a capture; the meter's display showed 120.
ROCHE_120 = "030600e407040d10260a000078b0f1"


def frame(uuid: str, octets: str | bytes) -> Frame:
    data = octets if isinstance(octets, bytes) else bytes.fromhex(octets)
    return Frame(uuid=uuid, data=data, received=NOON, meter=METER)


def cuff(octets: str | bytes) -> Reading:
    return blood_pressure_reading(frame("2a35", octets))


def meter(octets: str | bytes) -> Reading:
    return glucose_reading(frame("2a18", octets))


def numbers(reading: Reading) -> dict[Quantity, str]:
    return {quantity: str(value.number) for quantity, value in reading.values.items()}
