"""A bleak scanner that hears a street full of devices as fast as the hub can listen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

from drivers.frame import full_uuid

_BREATH = 1000  # advertisements between two turns of the event loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One device of the street: what its advertisement says."""

    address: str
    name: str
    services: tuple[str, ...] = ()


def street(devices: Sequence[Heard], rounds: int) -> tuple[type[BaseBleakScanner], asyncio.Event]:
    """Make a scanner class that hears each device so many times, and the event of its last word."""
    done = asyncio.Event()

    class Scanner(_Flood):
        heard, times, finished = devices, rounds, done

    return Scanner, done


class _Flood(BaseBleakScanner):
    """Calls back for every advertisement, the way a backend does."""

    heard: Sequence[Heard]
    times: int
    finished: asyncio.Event

    def __init__(
        self,
        detection_callback: Callable[[BLEDevice, AdvertisementData], Any] | None,
        service_uuids: list[str] | None,
        scanning_mode: str = "active",
        **_: object,
    ) -> None:
        """Take what bleak hands to every scanner backend."""
        super().__init__(detection_callback, service_uuids)
        del scanning_mode
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to hear."""
        self.seen_devices = {}
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Hear no more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        said = [
            AdvertisementData(
                local_name=one.name,
                manufacturer_data={},
                service_data={},
                service_uuids=[full_uuid(uuid) for uuid in one.services],
                tx_power=None,
                rssi=-60,
                platform_data=(),
            )
            for one in self.heard
        ]
        told = 0
        for _ in range(self.times):
            for one, data in zip(self.heard, said, strict=True):
                device = self.create_or_update_device(
                    one.address, one.address, one.name, None, data
                )
                self.call_detection_callbacks(device, data)
                told += 1
                if told % _BREATH == 0:
                    await asyncio.sleep(0)
        self.finished.set()
