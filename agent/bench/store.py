"""Measures the hub's own parts on the machine it runs on, with made-up readings."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.clock import HubClock
from sync.fhir import HubFacts, encode, resources
from sync.outbox import Outbox
from sync.record import Measured, measured
from vitals.quantity import Quantity, Unit
from vitals.reading import (
    Absent,
    DeviceTime,
    Kind,
    MeterIdentity,
    RawFrame,
    Reading,
    Timing,
    Value,
)

_METER = MeterIdentity(address="C1:00:00:00:00:01", driver="standard-blood-pressure")
_START = datetime(2026, 1, 1, tzinfo=UTC)
_GROUP = 100


def made_up(count: int) -> Iterator[Measured]:
    """Yield blood-pressure readings, one a minute, no two alike."""
    clock = HubClock()
    for number in range(count):
        at = _START + timedelta(minutes=number)
        pressures = {
            Quantity.SYSTOLIC: Decimal(110 + number % 50),
            Quantity.DIASTOLIC: Decimal(60 + number % 30),
        }
        values = {q: Value(number=n, unit=Unit.MMHG) for q, n in pressures.items()}
        values[Quantity.MEAN_ARTERIAL] = Value(number=Absent.NAN, unit=Unit.MMHG)
        values[Quantity.PULSE_RATE] = Value(number=Decimal(60), unit=Unit.PER_MINUTE)
        time_sent = DeviceTime(
            year=at.year,
            month=at.month,
            day=at.day,
            hour=at.hour,
            minute=at.minute,
            second=at.second,
        )
        reading = Reading(
            kind=Kind.BLOOD_PRESSURE,
            values=values,
            timing=Timing(received=clock(), device_time=time_sent),
            meter=_METER,
            frames=(RawFrame(source="2a35", data=number.to_bytes(18, "little")),),
        )
        yield measured(reading, "Patient/bench")


def store(count: int, directory: Path | None) -> dict[str, Any]:
    """Seal readings onto the medium under `directory`, one a commit and 100 a commit."""
    with tempfile.TemporaryDirectory(dir=directory) as name:
        outbox = Outbox.open(
            Path(name) / "outbox.db",
            key=bytes(32),
            tenant="bench",
            hub_id="bench",
            max_bytes=2**30,
            max_evidence=1,
            now=HubClock(),
        )
        records = list(made_up(2 * count))
        single: list[float] = []
        for record in records[:count]:
            began = time.perf_counter()
            outbox.put(record).result()
            single.append(time.perf_counter() - began)
        began = time.perf_counter()
        for first in range(count, 2 * count, _GROUP):
            outbox.put_all(records[first : first + _GROUP]).result()
        grouped_s = time.perf_counter() - began
        outbox.close()
    return {
        "readings": count,
        "one_per_commit": {**_spread_ms(single), "per_s": round(count / sum(single))},
        "hundred_per_commit": {"per_s": round(count / grouped_s)},
    }


def fhir(count: int) -> dict[str, Any]:
    """Turn readings into FHIR resources and serialise them."""
    hub = HubFacts(id="bench", software="0")
    records = list(made_up(count))
    began = time.perf_counter()
    octets = sum(
        len(encode(observation))
        for record in records
        for observation in resources(record, hub=hub, zone=UTC).observations
    )
    took_s = time.perf_counter() - began
    return {"readings": count, "ms": round(took_s * 1e3, 1), "bytes_per_reading": octets // count}


def _spread_ms(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49] * 1e3, 3), "p99_ms": round(cuts[98] * 1e3, 3)}
