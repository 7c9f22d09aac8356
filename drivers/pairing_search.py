"""Finds the meter to be paired among all that call, and none that is not meant."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from drivers import registry
from drivers.driver import Advertisement, Driver
from drivers.frame import short_uuid
from drivers.links.bluez import (
    ADAPTER,
    DEVICE,
    BlueZ,
    BlueZError,
    Changed,
    Event,
    Properties,
    Removed,
    quietly,
)
from drivers.pairing_refusals import gone, nothing_heard, several

log = logging.getLogger(__name__)

SEARCH_LIMIT_S = 60.0
_ASK_AGAIN_S = 1.0
SETTLE_S = 3.0  # how long to listen for a second meter before the first one is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A meter on air that a driver fits."""

    path: str
    adapter: str
    address: str
    name: str
    driver: Driver
    paired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which meter to pair: any that a driver fits, or the one of this address."""

    drivers: Sequence[Driver]
    address: str = ""
    driver: Driver | None = None
    adapter: str = ""
    search_s: float = SEARCH_LIMIT_S
    settle_s: float = SETTLE_S


@dataclass(slots=True, kw_only=True)
class Search:
    """Listens for as long as `on` is entered."""

    bluez: BlueZ
    order: Order
    _heard: dict[str, Candidate] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @contextlib.asynccontextmanager
    async def on(self, adapter: str) -> AsyncIterator[None]:
        """Listen on an adapter while the block runs."""
        self.bluez.listeners.append(self._take)
        try:
            for path, has in (await self.bluez.objects()).items():
                if DEVICE in has and "RSSI" in has[DEVICE]:
                    self._note(path, has[DEVICE])
            asking = None
            if not await self._discover(adapter):
                asking = asyncio.create_task(self._ask_on(adapter))
            try:
                yield
            finally:
                if asking is not None:
                    asking.cancel()
        finally:
            self.bluez.listeners.remove(self._take)
            await quietly(self.bluez, adapter, ADAPTER, "StopDiscovery")

    async def _discover(self, adapter: str) -> bool:
        """Ask bluetoothd to scan; False where it is busy."""
        try:
            await self.bluez.discover(adapter)
        except BlueZError as error:
            if not error.name.endswith(".InProgress"):
                raise
            return False
        return True

    async def _ask_on(self, adapter: str) -> None:
        """Ask again: the kernel scans on for ten seconds for a bluetoothd that was killed."""
        with contextlib.suppress(BlueZError):  # whoever waits for the meter hears that none comes
            scans = False
            while not scans:
                await asyncio.sleep(_ASK_AGAIN_S)
                scans = await self._discover(adapter)

    def _take(self, event: Event) -> None:
        """Follow what is on air; what is lost wakes whoever waits."""
        if isinstance(event, Changed) and event.interface == DEVICE:
            self._note(event.path, event.properties)
        elif isinstance(event, Removed) and event.interface == DEVICE:
            self._heard.pop(event.path, None)
        self._news.set()

    def _note(self, path: str, said: Properties) -> None:
        known = self._heard.get(path)
        if known is not None:
            paired = bool(said.get("Paired", known.paired))
            self._heard[path] = replace(known, paired=paired)
            return
        address = str(said.get("Address", ""))
        order = self.order
        if not address or (order.address and address.upper() != order.address.upper()):
            return
        name = str(said.get("Name", ""))
        seen = Advertisement(
            address=address,
            local_name=name,
            services=frozenset(short_uuid(str(uuid)) for uuid in said.get("UUIDs", ())),
            company_ids=frozenset(said.get("ManufacturerData", {})),
        )
        driver = order.driver or registry.find(seen, order.drivers)
        if driver is not None:
            self._heard[path] = Candidate(
                path=path,
                adapter=str(said.get("Adapter", path.rpartition("/")[0])),
                address=address,
                name=name,
                driver=driver,
                paired=bool(said.get("Paired", False)),
            )

    async def find(self) -> Candidate:
        """Wait for the meter; without an address, for a moment, whether it is the only one.

        Raises
        ------
        HubError
            PAIR-01 nothing is heard, PAIR-02 several are, PAIR-04 it went away again.
        """
        order = self.order
        try:
            async with asyncio.timeout(order.search_s):
                while not self._wanted():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise nothing_heard() from None
        if not order.address:
            await asyncio.sleep(order.settle_s)
        found = self._wanted()
        if len(found) > 1:
            raise several([f"{one.name or one.driver.title} {one.address}" for one in found])
        if not found:
            raise gone()
        return found[0]

    def _wanted(self) -> list[Candidate]:
        """Return who may be meant; unasked, a meter that is paired is nobody new."""
        found = list(self._heard.values())
        return found if self.order.address else [one for one in found if not one.paired]

    def forget(self, path: str) -> None:
        """Hear a meter anew, of which BlueZ was told to know nothing any more."""
        self._heard.pop(path, None)
