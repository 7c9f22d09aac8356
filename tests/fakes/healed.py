"""A whole hub on a simulated bluetoothd, and what its healer says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import hub
from config.schema import Config, Fhir, Hub, Patient, Radio
from drivers.healing.history import Fault
from drivers.links.healer import Heals
from drivers.virtual import frames
from drivers.virtual.bluez.daemon import FakeBlueZ
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.air import Home, running

MORNING = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)
LONG_S = 3.0
"""How long a control waits in vain: the healed one takes less."""


@contextlib.asynccontextmanager
async def healing_hub(
    folder: Path, heals: Heals | None = None, *, adapter: str = "", accept: str = "any"
) -> AsyncIterator[hub.Parts]:
    config = Config(
        hub=Hub(id="hub-h", state_dir=folder),
        patient=Patient(reference="Patient/p"),
        fhir=Fhir(base_url="https://127.0.0.1:9/r4"),
        radio=Radio(accept=accept, adapter=adapter),
    )
    async with hub.assembled(config, heals=heals) as parts:
        service = asyncio.create_task(hub.serve(parts))
        assert parts.radio is not None
        assert parts.pairing is not None
        async with asyncio.timeout(60):
            await parts.pairing.warden.ready.wait()  # it asks for a new scan, and then no more
            await parts.radio.scanning.wait()
        try:
            yield parts
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)


async def until(holds: Callable[[], bool], limit_s: float = 40.0) -> None:
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 - plain values of another part
            await asyncio.sleep(0.02)


async def never(holds: Callable[[], bool], for_s: float = LONG_S) -> None:
    with pytest.raises(TimeoutError):
        await until(holds, for_s)


def episodes(parts: hub.Parts, fault: Fault) -> list[bool]:
    """Return of each episode of this fault whether it is over."""
    assert parts.healer is not None
    return [one.healed_s is not None for one in parts.healer.history.episodes if one.fault is fault]


def stored(parts: hub.Parts) -> int:
    return parts.status.snapshot().stored


async def cuff_measures(cuff: VirtualBloodPressure, minute: int) -> None:
    at = MORNING.replace(minute=minute)
    await cuff.measure(frames.blood_pressure(128, 82, 71, at))


@contextlib.asynccontextmanager
async def with_cuff(
    home: Home, folder: Path, heals: Heals | None = None, *, adapter: str = ""
) -> AsyncIterator[tuple[VirtualBloodPressure, FakeBlueZ, hub.Parts]]:
    """A hub that runs, and a cuff within reach that has measured nothing yet."""
    cuff, bluez = VirtualBloodPressure(), home.bluetoothd()
    await home.add(cuff)
    async with running(bluez), healing_hub(folder, heals, adapter=adapter) as parts:
        yield cuff, bluez, parts
