"""One scan that runs for ever, started anew when it broke or is asked to.

bleak's backends are kept apart from what is done about an advertisement (`ble.py`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bleak import BleakScanner
from bleak.args.bluez import BlueZDiscoveryFilters, BlueZScannerArgs
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakDBusError

from drivers.driver import Driver
from drivers.links.bluez import WEAKEST_DBM
from drivers.links.gatt import RADIO_FAULTS
from drivers.links.limits import Limits
from drivers.sessions.session import Outcome
from vitals.errors import LinkError

log = logging.getLogger(__name__)

TICK_S = 5.0
SCAN_DELAYS_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_EVERY_STRENGTH: BlueZDiscoveryFilters = {"RSSI": WEAKEST_DBM}
"""Be told of every call. Left out is only what an adapter hears without saying how strongly.

Without such a filter bluetoothd scans for ten seconds and rests for five, and tells of a thing it
knows only when its strength has changed by 8 dB (doc/org.bluez.Adapter.rst, SetDiscoveryFilter).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Which bleak backend to use: BlueZ on `adapter`, unless classes are given."""

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None
    adapter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """How a visit ended, for whoever looks after bonds. `bonded` None: the radio does not say."""

    address: str
    driver: Driver
    outcome: Outcome
    reached: bool
    bonded: bool | None
    answered: bool = True  # whether the meter answered anything at all
    frames: int = 0
    lacks: bool = False  # connected, and none of the services was there
    stranger: bool = False  # it says another serial number than it has to


class Watcher(Protocol):
    """Who looks after the radio: hears every sign of life. None may raise."""

    def scan(self, *, runs: bool) -> None:
        """Take the news that a scan runs, or does not."""

    def heard(self, *, meter: bool) -> None:
        """Take the news that something is on air, a meter or anything else."""

    def visited(self, visited: Visited) -> None:
        """Take the news how a visit ended."""


@dataclass(slots=True, kw_only=True)
class Scanning(ABC):
    """Scans for ever and hands on what it hears.

    `heartbeat` is the monotonic time of the last sign of life, `scanning` is set while the
    adapter scans, `fault` says why it does not, and `refusal` what D-Bus calls that, if anything.
    """

    backend: Backend = field(default_factory=Backend)
    clock: Callable[[], float] = time.monotonic
    scanning: asyncio.Event = field(default_factory=asyncio.Event)
    fault: LinkError | None = None
    refusal: str = ""
    heartbeat: float = 0.0
    watcher: Watcher | None = None
    adapter: str = ""  # as it is called at the moment; empty: what `backend` says
    limits: Limits = field(default_factory=Limits)
    again_s: Sequence[float] = SCAN_DELAYS_S  # how long to wait after each scan that did not start
    _again: asyncio.Event = field(default_factory=asyncio.Event)

    @abstractmethod
    def _heard(self, device: BLEDevice, data: AdvertisementData) -> None:
        """Take one advertisement."""

    async def scan_for_ever(self) -> None:
        """Scan until cancelled; an adapter that is missing is waited for, with a back-off."""
        failures = 0
        while True:
            self.heartbeat = self.clock()
            fault = await self._scan()
            failures = 0 if self.scanning.is_set() else failures
            self.scanning.clear()
            self.fault = fault
            self._tell_scan(runs=False)
            if fault is None:  # a new scan was asked for
                continue
            delay_s = self.again_s[min(failures, len(self.again_s) - 1)]
            failures += 1
            log.warning(
                "radio not scanning code=%s why=%s again_in_s=%s",
                fault.code,
                self.refusal,
                delay_s,
            )
            await self._pause(delay_s)

    def rescan(self) -> None:
        """Scan anew: at once, or sooner than planned."""
        self._again.set()

    async def _pause(self, limit_s: float) -> bool:
        """Wait; tell whether a new scan was asked for meanwhile."""
        try:
            async with asyncio.timeout(limit_s):
                await self._again.wait()
        except TimeoutError:
            return False
        self._again.clear()
        return True

    async def _scan(self) -> LinkError | None:
        """Scan; return why it did not start, None when a new scan was asked for."""
        scanner = self._scanner()
        self._again.clear()
        try:
            async with asyncio.timeout(self.limits.start_s):
                await scanner.start()
        except RADIO_FAULTS as error:
            self.refusal = _name(error)
            return _no_radio(error)
        self.scanning.set()
        self.fault, self.refusal = None, ""
        self._tell_scan(runs=True)
        try:
            while True:
                self.heartbeat = self.clock()
                if await self._pause(TICK_S):
                    return None
        finally:
            await self._quietly_stop(scanner)

    async def _quietly_stop(self, scanner: BleakScanner) -> None:
        try:
            async with asyncio.timeout(self.limits.call_s):
                await scanner.stop()
        except RADIO_FAULTS as error:
            log.info("scan did not stop cleanly error=%s", _name(error))

    def _tell_scan(self, *, runs: bool) -> None:
        if self.watcher is not None:
            self.watcher.scan(runs=runs)

    def _scanner(self) -> BleakScanner:
        if self.backend.scanner is not None:
            return BleakScanner(self._heard, backend=self.backend.scanner)
        if adapter := self.adapter or self.backend.adapter:
            bluez: BlueZScannerArgs = {"adapter": adapter, "filters": _EVERY_STRENGTH}
        else:
            bluez = {"filters": _EVERY_STRENGTH}
        return BleakScanner(self._heard, bluez=bluez)


def _no_radio(error: BaseException) -> LinkError:
    return LinkError(
        f"The hub's Bluetooth is not working ({_name(error)}).",
        fix="Check that the adapter is plugged in and that bluetoothd runs; Hearth tries again.",
        code="BLE-01",
    )


def _name(error: BaseException) -> str:
    """Return what D-Bus calls an error, and otherwise what Python does: never its text."""
    return error.dbus_error if isinstance(error, BleakDBusError) else type(error).__name__
