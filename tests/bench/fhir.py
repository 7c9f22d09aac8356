"""Measures how fast readings become FHIR resources, beside json.dumps of the very same dicts.

`python -m tests.bench.fhir` in the repository's root prints one JSON object:

readings, observations   what was mapped; a blood pressure with a pulse is two Observations
map_and_encode_ms        building and serialising one blood-pressure Observation each (the goal)
with_pulse_ms            the same with the pulse as an Observation of its own
encode_only_ms           serialising dicts that are ready
json_dumps_ms            the plain thing: json.dumps of the same dicts, decimals as strings

Each figure is the best of `rounds`: on a shared machine everything else only adds.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.virtual import frames
from sync.fhir import encode
from sync.record import Measured
from tests.fakes.fhir_cases import mapped, pressure
from vitals.quantity import Quantity

GOAL_MS = 15.0
_START = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)


def _records(count: int) -> list[Measured]:
    at = (_START + timedelta(minutes=number) for number in range(count))
    return [
        pressure(frames.blood_pressure(110 + number % 60, 70, 60 + number % 30, moment))
        for number, moment in enumerate(at)
    ]


def _without_pulse(record: Measured) -> Measured:
    values = dict(record.reading.values)
    del values[Quantity.PULSE_RATE]
    return replace(record, reading=replace(record.reading, values=values))


def _best_ms(work: Callable[[], object], rounds: int) -> float:
    best = float("inf")
    gc.disable()
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
        gc.collect()
    gc.enable()
    return round(best * 1e3, 2)


def _map_and_encode(records: list[Measured]) -> list[bytes]:
    return [encode(one) for record in records for one in mapped(record).observations]


def run(readings: int = 1000, rounds: int = 15) -> dict[str, Any]:
    """Map and serialise `readings` blood pressures; return milliseconds for all of them."""
    both = _records(readings)
    panels = [_without_pulse(record) for record in both]
    ready = [mapped(record).observations[0] for record in panels]
    octets = _map_and_encode(panels)
    took_ms = _best_ms(lambda: _map_and_encode(panels), rounds)
    return {
        "readings": readings,
        "bytes_per_observation": sum(map(len, octets)) // readings,
        "map_and_encode_ms": took_ms,
        "goal_ms": GOAL_MS * readings / 1000,
        "with_pulse_ms": _best_ms(lambda: _map_and_encode(both), rounds),
        "encode_only_ms": _best_ms(lambda: [encode(one) for one in ready], rounds),
        "json_dumps_ms": _best_ms(lambda: [json.dumps(one, default=str) for one in ready], rounds),
    }


def main() -> None:
    """Print the figures as JSON."""
    sys.stdout.write(json.dumps(run(), indent=2) + "\n")


if __name__ == "__main__":
    main()
