"""Bluetooth LE: one scanner for the process, a visit to each meter that advertises."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from bleak import BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

from drivers import registry
from drivers.driver import Advertisement, Driver
from drivers.frame import short_uuid
from drivers.links.gatt import CALL_LIMIT_S, RADIO_FAULTS
from drivers.links.meter import MeterSession, Sink, Visit
from drivers.links.turns import Queue, Turns
from drivers.pairing_search import Candidate
from drivers.sessions.session import Finish, Outcome
from vitals.errors import LinkError
from vitals.reading import HubTime, MeterIdentity

log = logging.getLogger(__name__)

TICK_S = 5.0
START_LIMIT_S = 20.0
MAX_SESSIONS = 4  # BlueZ and cheap adapters hold few links; the next meter advertises again
_SCAN_DELAYS_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_RETRY_DELAYS_S = (2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_PERSON_S = 6 * 3600.0
_SETTLE_S = 3.0  # a meter goes on advertising for a moment after its session
_KNOWN_METERS = 64
_NAME_WAIT_S = 1.0
_BARE_SERVICE = 1  # `Match.specificity` of a driver that looks at nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Which bleak backend to use: BlueZ on `adapter`, unless classes are given."""

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None
    adapter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the care team said of one meter: its driver, where guessing fails, name and secrets."""

    driver: Driver | None = None
    name: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)


_NOTHING_TOLD = Told()


@dataclass(slots=True)
class _Known:
    """What the link remembers of one meter while the process lives."""

    meter: MeterIdentity
    not_before: float = 0.0
    failures: int = 0
    busy: bool = False


@dataclass(slots=True, kw_only=True)
class BleLink:
    """Scans for ever and visits every accepted meter when it advertises.

    `heartbeat` is the monotonic time of the last sign of life, `scanning` is set while the
    adapter scans, `fault` says why it does not.
    """

    drivers: Sequence[Driver]
    sink: Sink
    now: Callable[[], HubTime]
    accepts: Callable[[Advertisement], bool]
    told: Mapping[str, Told] = field(default_factory=dict)  # by address, in capitals
    zone: tzinfo = UTC
    backend: Backend = field(default_factory=Backend)
    clock: Callable[[], float] = time.monotonic
    turns: Turns = field(default_factory=Turns)
    scanning: asyncio.Event = field(default_factory=asyncio.Event)
    fault: LinkError | None = None
    heartbeat: float = 0.0
    held: set[str] = field(default_factory=set)  # addresses that are being paired: left alone
    _known: dict[str, _Known] = field(default_factory=dict)
    _nameless: dict[str, float] = field(default_factory=dict)
    _visits: set[asyncio.Task[None]] = field(default_factory=set)
    _queue: Queue = field(init=False)

    def __post_init__(self) -> None:
        """Give the queue the link's clock."""
        self._queue = Queue(clock=self.clock)

    async def run(self) -> None:
        """Scan until cancelled; an adapter that is missing is waited for, with a back-off."""
        failures = 0
        try:
            while True:
                self.heartbeat = self.clock()
                fault = await self._scan()
                failures = 0 if self.scanning.is_set() else failures
                self.scanning.clear()
                self.fault = fault
                delay_s = _SCAN_DELAYS_S[min(failures, len(_SCAN_DELAYS_S) - 1)]
                failures += 1
                log.warning("radio not scanning code=%s again_in_s=%s", fault.code, delay_s)
                await asyncio.sleep(delay_s)
        finally:
            await self._end_visits()

    async def _scan(self) -> LinkError:
        scanner = self._scanner()
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await scanner.start()
        except RADIO_FAULTS as error:
            return _no_radio(error)
        self.scanning.set()
        self.fault = None
        try:
            while True:
                self.heartbeat = self.clock()
                await asyncio.sleep(TICK_S)
        finally:
            await _quietly_stop(scanner)

    def _scanner(self) -> BleakScanner:
        if self.backend.scanner is not None:
            return BleakScanner(self._heard, backend=self.backend.scanner)
        if self.backend.adapter:
            return BleakScanner(self._heard, bluez={"adapter": self.backend.adapter})
        return BleakScanner(self._heard)

    def _heard(self, device: BLEDevice, data: AdvertisementData) -> None:
        seen = Advertisement(
            address=device.address,
            local_name=data.local_name or device.name or "",
            services=frozenset(short_uuid(uuid) for uuid in data.service_uuids),
            company_ids=frozenset(data.manufacturer_data),
        )
        told = self.told.get(seen.address.upper(), _NOTHING_TOLD)
        driver = told.driver or registry.find(seen, self.drivers)
        if driver is None or seen.address.upper() in self.held or not self.accepts(seen):
            return
        if told.driver is None and self._may_say_more(seen, driver):
            return
        known = self._remember(seen, driver)
        if known.busy or self.clock() < known.not_before:
            return
        if not self._queue.admits(seen.address, MAX_SESSIONS - len(self._visits)):
            return
        self._begin(known, driver, device)

    def take_over(self, meter: Candidate) -> None:
        """Visit a meter that was just paired and is still connected: many send at once then."""
        seen = Advertisement(address=meter.address, local_name=meter.name)
        known = self._remember(seen, meter.driver)
        if known.busy or self.backend.client is not None:
            return
        properties = {"Adapter": meter.adapter, "Paired": True, "Alias": meter.name}
        details = {"path": meter.path, "props": properties}
        self._begin(known, meter.driver, BLEDevice(meter.address, meter.name, details))

    def _begin(self, known: _Known, driver: Driver, device: BLEDevice) -> None:
        known.busy = True
        task = asyncio.get_running_loop().create_task(
            self._visit(known, driver, device), name=f"visit {driver.name}"
        )
        self._visits.add(task)
        task.add_done_callback(self._visited)

    def _may_say_more(self, seen: Advertisement, driver: Driver) -> bool:
        """Tell whether to wait for the name: it often comes apart, in the scan response.

        Until then a device looks like any other of its service, and its own driver does not fit.
        """
        if seen.local_name or driver.match is None or driver.match.specificity > _BARE_SERVICE:
            self._nameless.pop(seen.address, None)
            return False
        first_s = self._nameless.setdefault(seen.address, self.clock())
        while len(self._nameless) > _KNOWN_METERS:
            del self._nameless[next(iter(self._nameless))]
        return self.clock() - first_s < _NAME_WAIT_S

    def _remember(self, seen: Advertisement, driver: Driver) -> _Known:
        known = self._known.get(seen.address)
        if known is None:
            meter = MeterIdentity(
                address=seen.address,
                driver=driver.name,
                driver_version=driver.version,
                name=self.told.get(seen.address.upper(), _NOTHING_TOLD).name or seen.local_name,
            )
            known = self._known[seen.address] = _Known(meter=meter)
            idle = [address for address, other in self._known.items() if not other.busy]
            if len(self._known) > _KNOWN_METERS and idle:
                del self._known[idle[0]]
        return known

    async def _visit(self, known: _Known, driver: Driver, device: BLEDevice) -> None:
        finish = Finish(outcome=Outcome.PARTIAL, why="the visit was cut short")
        reached = False
        try:
            session = MeterSession(
                Visit(
                    driver=driver,
                    device=device,
                    meter=known.meter,
                    sink=self.sink,
                    now=self.now,
                    zone=self.zone,
                    client=self.backend.client,
                    secrets=self.told.get(device.address.upper(), _NOTHING_TOLD).secrets,
                )
            )
            finish = await session.run(self.turns)
            known.meter, reached = session.meter, session.reached
        finally:
            self._plan(known, driver, finish, reached=reached)
            known.busy = False
            self.sink.ended(driver, known.meter, finish)

    def _visited(self, task: asyncio.Task[None]) -> None:
        self._visits.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Only the type: a message might hold what a meter sent.
            log.error("%s broke error=%s", task.get_name(), type(error).__name__)

    def _plan(self, known: _Known, driver: Driver, finish: Finish, *, reached: bool) -> None:
        """Decide when this meter may be visited again: soon after success, later after trouble."""
        if finish.outcome is Outcome.COMPLETE:
            known.failures = 0
            pause_s = max(driver.min_interval_s, _SETTLE_S)
        elif finish.outcome is Outcome.NEEDS_PERSON:
            # A scale drops its bond after a wrong code: asking again does harm.
            pause_s = _PERSON_S
            log.warning("meter needs a person driver=%s", driver.name)
        else:
            pause_s = _RETRY_DELAYS_S[min(known.failures, len(_RETRY_DELAYS_S) - 1)]
            known.failures += 1
            if reached:
                # A Medisana shows E4 when asked again at once, however the last visit ended.
                pause_s = max(pause_s, driver.min_interval_s)
            log.info("session ended outcome=%s driver=%s", finish.outcome.value, driver.name)
        known.not_before = self.clock() + pause_s

    async def _end_visits(self) -> None:
        for task in self._visits:
            task.cancel()
        if self._visits:
            await asyncio.wait(self._visits, timeout=CALL_LIMIT_S)


def _no_radio(error: BaseException) -> LinkError:
    return LinkError(
        f"The hub's Bluetooth is not working ({type(error).__name__}).",
        fix="Check that the adapter is plugged in and that bluetoothd runs; Hearth tries again.",
        code="BLE-01",
    )


async def _quietly_stop(scanner: BleakScanner) -> None:
    try:
        async with asyncio.timeout(CALL_LIMIT_S):
            await scanner.stop()
    except RADIO_FAULTS as error:
        log.info("scan did not stop cleanly error=%s", type(error).__name__)
