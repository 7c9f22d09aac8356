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
from drivers.links.bluez import ADAPTER, DEVICE, BlueZ, BlueZError, Changed, Daemon, Event, Removed
from drivers.pairing_agent import PATH, Agent, Doorkeeper, register

log = logging.getLogger(__name__)

_DELAYS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_MOST_NEWS = 256
_AGAIN_S = 3.0


@dataclass(slots=True, kw_only=True)
class Warden:
    """Runs beside the link, on the same event loop.

    Each of `settled` is called, on the loop, whenever bluetoothd, adapter and agent are in order;
    `chosen` is then what the adapter is called (hci0), empty where there is none.
    """

    bluez: BlueZ
    door: Doorkeeper
    adapter: str = ""
    settled: list[Callable[[], None]] = field(default_factory=list)
    chosen: str = ""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    cycling: bool = False  # the adapter is off because it is being switched off and on
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
                await self.settle_again()
            while not ends.done():
                news = asyncio.ensure_future(self._news.get())
                try:
                    await asyncio.wait(
                        {news, ends}, timeout=_AGAIN_S, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    waits = news.cancel()
                if not waits:
                    await self._take(news.result())
                elif not self.ready.is_set() and await self.bluez.is_here():
                    await self.settle_again()
        finally:
            ends.cancel()

    def _note(self, event: Event) -> None:
        """Keep what matters; with 256 untaken events the oldest goes, for its cure is the same."""
        match event:
            case Daemon():
                pass
            case Changed(interface=kind, new=True) | Removed(interface=kind) if kind == ADAPTER:
                pass
            case _:
                return
        if self._news.full():
            self._news.get_nowait()
        self._news.put_nowait(event)

    async def _take(self, event: Event) -> None:
        if isinstance(event, Daemon) and not event.here:
            self.ready.clear()
            return
        await self.settle_again()

    async def _settle(self) -> None:
        await register(self.bluez)
        adapter = choose(await self.bluez.objects(), self.adapter)
        self.chosen = adapter.rpartition("/")[2] if adapter else ""
        if adapter is not None:
            if self.door.expected is None:
                await self.bluez.put(adapter, ADAPTER, "Pairable", "b", value=False)
            await self._power(adapter)
        self.ready.set()
        for told in list(self.settled):
            told()

    async def settle_again(self) -> None:
        """Put everything in order once more; what does not work is tried when something comes."""
        try:
            await self._settle()
        except BlueZError as error:
            log.info("bluetoothd is not in order yet code=%s", error.code)

    async def power_cycle(self) -> bool:
        """Switch the adapter off and on again: that ends what bluetoothd wrongly believes.

        Tells whether it worked.
        """
        path = f"/org/bluez/{self.chosen}"
        self.cycling = True
        try:
            await self.bluez.put(path, ADAPTER, "Powered", "b", value=False)
            await self.bluez.put(path, ADAPTER, "Powered", "b", value=True)
        except BlueZError as error:
            log.warning("the adapter does not switch off and on code=%s", error.code)
            return False
        finally:
            self.cycling = False
        return True

    async def power_on(self) -> None:
        """Switch the adapter on: it may have gone off unseen, or refused to come on again."""
        if self.chosen:
            await self._power(f"/org/bluez/{self.chosen}")

    async def forget(self, address: str) -> bool:
        """Remove what BlueZ knows of a device; tell whether there was anything."""
        try:
            objects = await self.bluez.objects()
            paths = [
                path
                for path, has in objects.items()
                if str(has.get(DEVICE, {}).get("Address", "")).upper() == address.upper()
            ]
            for path in paths:
                await self.bluez.call(path.rpartition("/")[0], ADAPTER, "RemoveDevice", "o", path)
        except BlueZError as error:
            log.info("no device removed code=%s", error.code)
            return False
        return bool(paths)

    async def _power(self, adapter: str) -> None:
        """Switch the adapter on; where rfkill forbids it, the doctor says so."""
        try:
            await self.bluez.put(adapter, ADAPTER, "Powered", "b", value=True)
        except BlueZError as error:
            log.warning("the adapter does not switch on code=%s", error.code)
