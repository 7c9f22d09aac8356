"""A hub for `kill9`: the real parts of `hearth run`, and meters that measure ten times a second.

Run by that proof: python -m tests.proofs.kill9_hub SETTINGS START RATE NUMBER...

START is a time, seconds since 1970, from which the meters' clocks count; NUMBER is the next number
of each meter; RATE is readings a second of each. Says, each in one line and one write,
`C METER NUMBER ID` when a reading is confirmed to be on disk, and `P COUNT` of what still waits.
"""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from agent import hub
from agent.clock import HubClock
from config.load import load
from sync.outbox import Stored
from sync.record import Measured, measured
from tests.fakes.records import CUFF, blood_pressure
from vitals.reading import ClockCheck, DeviceTime

PATIENT = "Patient/kill9"
ADDRESS = "C0:26:DA:00:00:{:02X}"
PER_SECOND = 10


def reading(meter: int, number: int, start_s: float, clock: HubClock) -> Measured:
    """Return a meter's measurement number so-and-so: the same whenever the meter is asked."""
    at = datetime.fromtimestamp(start_s, UTC) + timedelta(seconds=number // PER_SECOND)
    model = blood_pressure().reading
    device_time = DeviceTime(
        year=at.year, month=at.month, day=at.day, hour=at.hour, minute=at.minute, second=at.second
    )
    now = clock()
    check = ClockCheck(device=device_time, hub=now)
    timing = replace(model.timing, received=now, device_time=device_time, clock_check=check)
    cuff = replace(CUFF, address=ADDRESS.format(meter))
    return measured(replace(model, meter=cuff, sequence=number, timing=timing), PATIENT)


def say(line: str) -> None:
    """Say a line in one write, so that a kill cannot leave half of it."""
    os.write(1, f"{line}\n".encode("ascii"))


def confirmed(meter: int, number: int, record: Measured, stored: Future[Stored]) -> None:
    """Say that a reading is on disk; of a store that failed, why, on stderr."""
    error = stored.exception()
    if error is None:
        say(f"C {meter} {number} {record.id}")
    else:
        sys.stderr.write(f"not stored code={getattr(error, 'code', type(error).__name__)}\n")


async def run(settings: Path, start_s: float, rate: float, numbers: list[int]) -> None:
    """Run the hub and its meters until killed."""
    clock = HubClock()
    async with hub.assembled(load(settings)) as parts:
        service = asyncio.create_task(hub.serve(parts))
        measuring = asyncio.create_task(_measure(parts, clock, start_s, rate, numbers))
        while not service.done() and not measuring.done():
            say(f"P {parts.outbox.counts().pending}")
            await asyncio.sleep(0.5)


async def _measure(
    parts: hub.Parts, clock: HubClock, start_s: float, rate: float, numbers: list[int]
) -> None:
    while True:
        await asyncio.sleep(1 / rate if rate else 3600)
        for meter, number in enumerate(numbers):
            record = reading(meter, number, start_s, clock)
            parts.outbox.put(record).add_done_callback(partial(confirmed, meter, number, record))
            numbers[meter] += 1
        parts.uploader.nudge()


if __name__ == "__main__":
    asyncio.run(
        run(
            Path(sys.argv[1]),
            float(sys.argv[2]),
            float(sys.argv[3]),
            [int(word) for word in sys.argv[4:]],
        )
    )
