"""A BLE link that listens on a virtual radio while a test goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections import UserDict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, tzinfo

from drivers import registry
from drivers.driver import Advertisement, Driver
from drivers.links.ble import Backend, BleLink, Told
from drivers.virtual.radio import VirtualRadio
from tests.fakes.sink import NOON, MemorySink
from vitals.reading import HubTime


class Everybody(UserDict[str, Told]):
    """What was told of one meter, told of every one."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told

    def __missing__(self, _: str) -> Told:
        return self._told

    def get(self, key: str, default: object = None) -> Told:
        del key, default
        return self._told


@contextlib.asynccontextmanager
async def listening(  # noqa: PLR0913 - each test sets one or two
    radio: VirtualRadio,
    sink: MemorySink,
    *,
    only: str | None = None,
    drivers: Sequence[Driver] | None = None,
    now: HubTime = NOON,
    zone: tzinfo = UTC,
    secrets: Mapping[str, str] | None = None,
    backend: Backend | None = None,
) -> AsyncIterator[BleLink]:
    """Run the link on a virtual radio for as long as the block lasts."""

    def accepts(seen: Advertisement) -> bool:
        return only is None or seen.address == only

    link = BleLink(
        drivers=drivers or registry.drivers(),
        sink=sink,
        now=lambda: now,
        zone=zone,
        accepts=accepts,
        backend=backend or radio.backend,
        told=Everybody(Told(secrets=secrets or {})),
    )
    task = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(60):
            await link.scanning.wait()
        yield link
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
