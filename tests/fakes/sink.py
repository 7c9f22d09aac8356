"""A sink that keeps frames in memory: what a link hands over, in the order it did."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from drivers.driver import Driver
from drivers.frame import Frame
from drivers.sessions.session import Finish
from vitals.reading import ClockCheck, DeviceTime, HubTime, MeterIdentity

NOON = HubTime(
    at=datetime(2026, 11, 23, 12, 0, tzinfo=UTC), boot_id="boot", boottime_ns=1, synchronised=True
)


class MemorySink:
    """Stores at once; can be told to fail."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.marks: dict[str, bytes] = {}
        self.finishes: list[Finish] = []
        self.meters: list[MeterIdentity] = []
        self.clocks: list[tuple[ClockCheck | None, DeviceTime | None]] = []
        self.batteries: list[int] = []
        self.sessions = 0
        self.failing = False
        self._ended = asyncio.Event()

    def began(self, driver: Driver, meter: MeterIdentity) -> None:
        del driver, meter
        self.sessions += 1

    def frame(self, driver: Driver, frame: Frame) -> Future[Any]:
        del driver
        future: Future[Any] = Future()
        if self.failing:
            future.set_exception(OSError("disk full"))
        else:
            self.frames.append(frame)
            future.set_result(None)
        return future

    def mark(self, meter: MeterIdentity) -> bytes | None:
        return self.marks.get(meter.address)

    def clock_set(
        self,
        driver: Driver,
        meter: MeterIdentity,
        before: ClockCheck | None,
        after: DeviceTime | None,
    ) -> None:
        del driver, meter
        self.clocks.append((before, after))

    def battery(self, driver: Driver, meter: MeterIdentity, percent: int) -> None:
        del driver, meter
        self.batteries.append(percent)

    def ended(self, driver: Driver, meter: MeterIdentity, finish: Finish) -> None:
        del driver
        self.finishes.append(finish)
        self.meters.append(meter)
        if finish.mark is not None:
            self.marks[meter.address] = finish.mark
        self._ended.set()

    async def wait_for_end(self, limit_s: float = 60.0) -> Finish:
        async with asyncio.timeout(limit_s):
            await self._ended.wait()
        self._ended.clear()
        return self.finishes[-1]

    def hexes(self, uuid: str) -> list[str]:
        return [frame.data.hex() for frame in self.frames if frame.uuid == uuid]
