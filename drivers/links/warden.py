"""Keeps order at bluetoothd: our agent is registered, the adapter is on and not pairable.

bluetoothd may be stopped, killed and started at any time, and adapters come and go. Everything is
asked for anew whenever one of them comes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.links.adapters import choose
from drivers.links.bluez import ADAPTER, BlueZ, BlueZError, Changed, Daemon, Event
from drivers.pairing_agent import PATH, Agent, Doorkeeper, register

log = logging.getLogger(__name__)

_DELAYS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_MOST_NEWS = 256


@dataclass(slots=True, kw_only=True)
class Warden:
    """Runs beside the link, on the same event loop.

    `settled` is told, on the loop, whenever bluetoothd, adapter and agent are all in order.
    """

    bluez: BlueZ
    door: Doorkeeper
    adapter: str = ""
    settled: Callable[[], None] | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(_MOST_NEWS))

    async def run(self) -> None:
        """Keep order until cancelled; a bus that is gone is waited for."""
        failures = 0
        self.bluez.listeners.append(self._note)
        try:
            while True:
                try:
                    await self._serve()
                    failures = 0
                except BlueZError as error:
                    log.info("no order at the radio yet code=%s", error.code)
                self.ready.clear()
                self.bluez.close()
                await asyncio.sleep(_DELAYS_S[min(failures, len(_DELAYS_S) - 1)])
                failures += 1
        finally:
            self.bluez.listeners.remove(self._note)
            self.ready.clear()
            self.bluez.close()

    async def _serve(self) -> None:
        """Work on one connection to the bus, until it ends."""
        await self.bluez.open()
        self.bluez.export(PATH, Agent(self.door))
        ends = asyncio.ensure_future(self.bluez.closed())
        try:
            if await self.bluez.is_here():
                await self._settle()
            while not ends.done():
                news = asyncio.ensure_future(self._news.get())
                await asyncio.wait({news, ends}, return_when=asyncio.FIRST_COMPLETED)
                if not news.cancel():
                    await self._take(news.result())
        finally:
            ends.cancel()

    def _note(self, event: Event) -> None:
        """Keep what matters; with 256 untaken events the oldest goes, for its cure is the same."""
        came = isinstance(event, Daemon) or (
            isinstance(event, Changed) and event.new and event.interface == ADAPTER
        )
        if not came:
            return
        if self._news.full():
            self._news.get_nowait()
        self._news.put_nowait(event)

    async def _take(self, event: Event) -> None:
        if isinstance(event, Daemon) and not event.here:
            self.ready.clear()
            return
        try:
            await self._settle()
        except BlueZError as error:
            log.info("bluetoothd is not in order yet code=%s", error.code)

    async def _settle(self) -> None:
        await register(self.bluez)
        adapter = choose(await self.bluez.objects(), self.adapter)
        if adapter is not None:
            if self.door.expected is None:
                await self.bluez.put(adapter, ADAPTER, "Pairable", "b", value=False)
            await self._power(adapter)
        self.ready.set()
        if self.settled is not None:
            self.settled()

    async def _power(self, adapter: str) -> None:
        """Switch the adapter on; where rfkill forbids it, the doctor says so."""
        try:
            await self.bluez.put(adapter, ADAPTER, "Powered", "b", value=True)
        except BlueZError as error:
            log.warning("the adapter does not switch on code=%s", error.code)
