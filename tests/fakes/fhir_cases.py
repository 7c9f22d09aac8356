"""Readings to be mapped to FHIR, made of frames, and how they look on the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from drivers.frame import Frame
from drivers.readings import blood_pressure_reading, glucose_reading, with_context
from drivers.virtual import frames
from sync.fhir import HubFacts, Resources, encode, resources
from sync.record import Measured, measured
from vitals import plausibility
from vitals.reading import ClockCheck, DeviceTime, HubTime, MeterIdentity, Reading

Json = dict[str, Any]
HUB = HubFacts(id="hub-1", software="0.1.0")
NEW_YORK = ZoneInfo("America/New_York")
RECEIVED = HubTime(
    at=datetime(2026, 11, 23, 13, 16, 2, 120000, tzinfo=UTC),
    boot_id="boot-1",
    boottime_ns=90_000_000_000,
    synchronised=True,
)
CUFF = MeterIdentity(address="00:22:09:4B:1A:7C", driver="standard-blood-pressure")
METER = MeterIdentity(
    address="00:60:19:0E:92:34",
    driver="standard-glucose",
    maker="Example Medical",
    model="GX-1",
    serial="5200300123",
    firmware="1.04",
    system_id=bytes.fromhex("34920e0100196000"),
)
DISPLAY = datetime(2026, 11, 23, 8, 9, 30)  # noqa: DTZ001 - what the meter shows has no zone


def pressure(data: bytes, check: ClockCheck | None = None) -> Measured:
    frame = Frame(uuid="2a35", data=data, received=RECEIVED, meter=CUFF, clock_check=check)
    return measured(plausibility.check(blood_pressure_reading(frame)), "Patient/pat-1")


def glucose(data: bytes, context: bytes | None = None) -> Measured:
    reading: Reading = glucose_reading(
        Frame(uuid="2a18", data=data, received=RECEIVED, meter=METER)
    )
    if context is not None:
        reading = with_context(
            reading, Frame(uuid="2a34", data=context, received=RECEIVED, meter=METER)
        )
    return measured(reading, "Patient/pat-1")


def mapped(
    record: Measured, *, zone: tzinfo = NEW_YORK, boot_offsets: Mapping[str, int] | None = None
) -> Resources:
    return resources(record, hub=HUB, zone=zone, boot_offsets=boot_offsets or {})


def as_sent(resource: Json) -> Json:
    found: Json = json.loads(encode(resource), parse_float=Decimal)
    return found


CUFF_CLOCK = ClockCheck(  # the cuff is six minutes slow
    device=DeviceTime(year=2026, month=11, day=23, hour=8, minute=10, second=2), hub=RECEIVED
)
BP = frames.blood_pressure(128, 82, 71, DISPLAY)
