"""Measures reading meters: codecs, visits, a crowded room and an hour of advertisements.

Radio, meters and hub share one process on Bumble's virtual air, so this is software time only.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.clock import HubClock
from agent.ingest import Ingest
from agent.persons import Owners
from agent.radio import RadioSink
from agent.status import Status
from drivers import registry
from drivers.decode import fields
from drivers.links.ble import Backend, BleLink
from drivers.virtual import flood, frames
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.script import Script
from drivers.virtual.sender import VirtualBloodPressure
from sync.outbox import FILE_NAME, Outbox

RECORDS = (1, 100, 1000)
ROOM = 30
CALLS_FOR_S = 30.0  # how long a meter in the room advertises before it gives up
_VISIT_LIMIT_S = 120.0
_DECODES = 20_000
_ADVERTISEMENTS_PER_S = 10  # of each device in the street, as BlueZ reports them
_STREET = 30
_HOUR_S = 3600
_MORNING = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


def run() -> dict[str, Any]:
    """Run every measurement; returns one JSON object."""
    return {
        "decodes_per_s": decoding(),
        "connect_to_stored": {str(n): asyncio.run(visit(n)) for n in RECORDS},
        "room": asyncio.run(room()),
        "hour_of_advertisements": asyncio.run(hour()),
    }


def in_words(found: Mapping[str, Any]) -> list[str]:
    """Say the result of `run` in one line each."""
    lines = [
        f"decoding {uuid}: {speed:,} frames/s" for uuid, speed in found["decodes_per_s"].items()
    ]
    lines += [
        f"a visit to a meter with {count} records: {visited['seconds']} s until all are stored"
        for count, visited in found["connect_to_stored"].items()
    ]
    crowd, street = found["room"], found["hour_of_advertisements"]
    lines.append(
        f"{crowd['meters']} meters calling at once: {crowd['missed']} missed, "
        f"all done after {crowd['seconds']} s"
    )
    lines.append(
        f"an hour of {street['advertisements']:,} advertisements: {street['cpu_s']} s of processor "
        f"time, {street['percent_of_a_core']} % of a core"
    )
    return lines


def decoding() -> Mapping[str, int]:
    """Return for each characteristic how many frames a second become named fields."""
    speeds = {}
    for uuid, octets in EXAMPLES.items():
        began = time.process_time()
        for _ in range(_DECODES):
            fields(uuid, octets)
        speeds[uuid] = round(_DECODES / (time.process_time() - began))
    return speeds


async def visit(records: int) -> dict[str, float]:
    """Return how long a visit to a glucose meter with so many records takes, all stored."""
    meter = VirtualGlucose()
    for number in range(records - 1):
        meter.records.append(frames.glucose(number, 100, _MORNING + timedelta(minutes=number)))
    async with _hub(VirtualRadio()) as (radio, link, status):
        await link.scanning.wait()
        await radio.add(meter)
        began = time.perf_counter()
        await meter.measure(frames.glucose(records - 1, 100, _MORNING))
        await _until(lambda: status.snapshot().stored >= records)
        took_s = time.perf_counter() - began
    return {"seconds": round(took_s, 3), "ms_per_record": round(took_s * 1e3 / records, 3)}


async def room() -> dict[str, float]:
    """Return how many of 30 meters that call at once are not read before they give up."""
    script = Script(calls_for_s=CALLS_FOR_S)
    cuffs = [
        VirtualBloodPressure(f"Cuff {number}", f"C5:00:00:00:00:{number:02X}", script=script)
        for number in range(ROOM // 2)
    ]
    meters = [
        VirtualGlucose(f"Meter {number}", f"C5:00:00:00:00:{number:02X}", script=script)
        for number in range(ROOM // 2, ROOM)
    ]
    async with _hub(VirtualRadio()) as (radio, link, status):
        await link.scanning.wait()
        for one in (*cuffs, *meters):
            await radio.add(one)
        began = time.perf_counter()
        await asyncio.gather(
            *(cuff.measure(frames.blood_pressure(120, 80, 60, _MORNING)) for cuff in cuffs),
            *(meter.measure(frames.glucose(1, 100, _MORNING)) for meter in meters),
        )
        with contextlib.suppress(TimeoutError):
            await _until(lambda: status.snapshot().stored >= ROOM, CALLS_FOR_S + 10)
        took_s = time.perf_counter() - began
        stored = status.snapshot().stored
    return {"meters": ROOM, "missed": ROOM - stored, "seconds": round(took_s, 2)}


async def hour() -> dict[str, float]:
    """Return the processor time that an hour of a street's advertisements costs the hub."""
    devices = [
        flood.Heard(address=f"C6:00:00:00:00:{n:02X}", name=f"Thing {n}", services=("180f",))
        for n in range(_STREET)
    ]
    scanner, done = flood.street(devices, _ADVERTISEMENTS_PER_S * _HOUR_S)
    began = time.process_time()
    async with _listening(Backend(scanner=scanner)):
        await asyncio.wait_for(done.wait(), _VISIT_LIMIT_S)
    cpu_s = time.process_time() - began
    heard = len(devices) * _ADVERTISEMENTS_PER_S * _HOUR_S
    return {
        "advertisements": heard,
        "cpu_s": round(cpu_s, 2),
        "percent_of_a_core": round(100 * cpu_s / _HOUR_S, 3),
    }


@contextlib.asynccontextmanager
async def _hub(radio: VirtualRadio) -> AsyncIterator[tuple[VirtualRadio, BleLink, Status]]:
    async with radio, _listening(radio.backend) as (link, status):
        yield radio, link, status


@contextlib.asynccontextmanager
async def _listening(backend: Backend) -> AsyncIterator[tuple[BleLink, Status]]:
    clock, status = HubClock(), Status()
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        outbox = Outbox.open(
            Path(folder) / FILE_NAME,
            key=bytes(32),
            tenant="bench",
            hub_id="bench",
            max_bytes=2**30,
            max_evidence=1,
            now=clock,
        )
        ingest = Ingest(outbox, Owners(patient="Patient/bench", slots={}), status, lambda: None)
        link = BleLink(
            drivers=registry.drivers(),
            sink=RadioSink(ingest, outbox, status),
            now=clock,
            accepts=lambda _: True,
            backend=backend,
        )
        task = asyncio.create_task(link.run())
        try:
            yield link, status
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            outbox.close()


async def _until(holds: Callable[[], bool], limit_s: float = _VISIT_LIMIT_S) -> None:
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 - the hub counts; nobody is told of each row
            await asyncio.sleep(0.002)


EXAMPLES: Mapping[str, bytes] = {
    "2a08": frames.date_time_octets(_MORNING),
    "2a18": frames.glucose(6, 104, _MORNING),
    "2a34": frames.meal_context(6, 2),
    "2a35": frames.blood_pressure(128, 82, 71, _MORNING),
    "2a52": bytes.fromhex("010301e803"),
}
