"""The home that `hearth bench radio` measures: a hub, a simulated bluetoothd, three things."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent import hub
from agent.adopted import adopted_in
from config.schema import Config, Fhir, Hub, Patient, Radio
from drivers.virtual import frames
from drivers.virtual.bluez.air import Air
from drivers.virtual.bluez.daemon import FakeBlueZ, private_bus
from drivers.virtual.bonding import Bonding
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.peripheral import VirtualMeter
from drivers.virtual.sender import VirtualBloodPressure

GOAL_NOTICE_S, GOAL_RECOVER_S = 5.0, 15.0
CUFF, BONDED, THING = "C1:00:00:00:00:01", "C1:00:00:00:00:02", "C9:00:00:00:00:01"
_LIMIT_S = 90.0
_MORNING = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
_BUS = "DBUS_SYSTEM_BUS_ADDRESS"


class Thing(VirtualMeter):
    """Something that is always on air, as in every home: what silence is measured against."""

    def __init__(self) -> None:
        """Be no meter."""
        super().__init__("Thing", THING, {"180F": []})

    def has_something(self) -> bool:
        """Tell that it never stops calling."""
        return True


@dataclass(slots=True)
class Home:
    """One hub, its bluetoothd and its meters."""

    parts: hub.Parts
    bluez: FakeBlueZ
    cuff: VirtualBloodPressure
    bonded: VirtualGlucose
    taken: int = 0
    given_up: int = 0  # readings that did not come in the time there is

    async def measure(self) -> None:
        """Have the cuff take a reading that no other reading is like."""
        self.taken += 1
        at = _MORNING + timedelta(minutes=self.taken)
        await self.cuff.measure(frames.blood_pressure(120, 80, 60, at))

    async def measure_bonded(self) -> None:
        """Have the meter that talks only to a bonded hub take one."""
        self.taken += 1
        await self.bonded.measure(frames.glucose(self.taken, 100, _MORNING))

    @property
    def stored(self) -> int:
        """Return how many readings are on disk."""
        return self.parts.status.snapshot().stored

    async def all_stored(self) -> None:
        """Wait until every reading that was taken is on disk, and no visit goes on."""
        radio = self.parts.radio
        await until(
            lambda: self.stored >= self.taken - self.given_up and not (radio and radio.is_visiting)
        )

    async def all_stored_but_missed(self) -> None:
        """Wait so; what does not come in the time there is counts as missed, and is told."""
        try:
            await self.all_stored()
        except TimeoutError:
            self.given_up = self.taken - self.stored


@contextlib.asynccontextmanager
async def home() -> AsyncIterator[Home]:
    """Run a hub that reads one meter as it comes and one that it is bonded with."""
    cuff = VirtualBloodPressure("Cuff", CUFF)
    bonded = VirtualGlucose("Bonded", BONDED, bonding=Bonding())
    meters: tuple[VirtualMeter, ...] = (cuff, bonded, Thing())
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        config = Config(
            hub=Hub(id="bench", state_dir=Path(folder)),
            patient=Patient(reference="Patient/bench"),
            fhir=Fhir(base_url="https://127.0.0.1:9/r4"),
            radio=Radio(accept="any"),
        )
        async with private_bus() as bus:
            os.environ[_BUS] = bus
            air = Air(bus)
            bluez = air.bluetoothd()
            await bluez.start()
            for meter in meters:
                await air.add(meter)
            async with hub.assembled(config) as parts:
                service = asyncio.create_task(hub.serve(parts))
                try:
                    yield await _settled(Home(parts, bluez, cuff, bonded))
                finally:
                    service.cancel()
                    await asyncio.gather(service, return_exceptions=True)
                    await air.clear()
                    await bluez.stop()
                    del os.environ[_BUS]


async def _settled(home: Home) -> Home:
    """Wait until the hub scans, knows what silence is, and is bonded with the second meter."""
    healer, pairing = home.parts.healer, home.parts.pairing
    if healer is None or pairing is None:
        raise AssertionError
    await home.measure_bonded()
    begin = {"do": "pair", "step": "begin", "by": "bench", "address": BONDED}
    await asyncio.to_thread(pairing.answer, begin)
    await until(lambda: bool(adopted_in(home.parts.outbox)))
    await home.all_stored()
    await until(lambda: healer.silence.patience_s <= GOAL_NOTICE_S)
    return home


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that nobody tells; raises TimeoutError after 90 s."""
    async with asyncio.timeout(_LIMIT_S):
        while not holds():  # noqa: ASYNC110 - the hub counts; nobody is told of each row
            await asyncio.sleep(0.01)
