"""A virtual radio, a D-Bus of its own and a bluetoothd that tests start, kill and spoil."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from drivers.links.bluez import BlueZ
from drivers.links.warden import Warden
from drivers.pairing import Pairer, Progress
from drivers.pairing_agent import Doorkeeper
from drivers.virtual.bluez.air import Air
from drivers.virtual.bluez.daemon import FakeBlueZ
from tests.fakes.sink import MemorySink


class Home(Air):
    """Where the meters are, and what a link hands over there."""

    def __init__(self, bus_address: str) -> None:
        super().__init__(bus_address)
        self.sink = MemorySink()


@contextlib.asynccontextmanager
async def running(bluez: FakeBlueZ) -> AsyncIterator[FakeBlueZ]:
    await bluez.start()
    try:
        yield bluez
    finally:
        await bluez.stop()


class Desk:
    """Who pairs: the warden, the pairer, and everything they said."""

    def __init__(self) -> None:
        self.said: list[Progress] = []
        self.refused: list[str] = []
        self.changed = asyncio.Event()
        self.begun: list[str] = []
        bluez = BlueZ()
        self.door = Doorkeeper(refused=self._refused)
        self.pairer = Pairer(bluez=bluez, door=self.door, tell=self._tell, begins=self._begins)
        self.warden = Warden(bluez=bluez, door=self.door)

    def _tell(self, progress: Progress) -> None:
        self.said.append(progress)
        self.changed.set()

    async def _begins(self, address: str) -> None:
        self.begun.append(address)

    def _refused(self, why: str) -> None:
        self.refused.append(why)
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                self.changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), 0.05)


@contextlib.asynccontextmanager
async def at_desk() -> AsyncIterator[Desk]:
    desk = Desk()
    task = asyncio.create_task(desk.warden.run())
    try:
        yield desk
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
