"""Bluetooth LE: one scanner for the process, a visit to each meter that advertises."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from drivers import registry
from drivers.driver import Advertisement, Driver
from drivers.frame import short_uuid
from drivers.links.bluez import Properties
from drivers.links.device import as_now, bonded, connected, described, device_at, on_air
from drivers.links.meter import MeterSession, Sink, Visit
from drivers.links.plan import Pauses
from drivers.links.scan import Backend, Scanning, Visited, Watcher
from drivers.links.turns import Queue, Turns
from drivers.pairing_search import Candidate
from drivers.sessions.session import Finish, Outcome
from vitals.reading import HubTime, MeterIdentity

__all__ = ["Backend", "BleLink", "Told", "Visited", "Watcher"]

log = logging.getLogger(__name__)

MAX_SESSIONS = 4  # BlueZ and cheap adapters hold few links; the next meter advertises again
_KNOWN_METERS = 64
_NAME_WAIT_S = 1.0
_BARE_SERVICE = 1  # `Match.specificity` of a driver that looks at nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of one meter: its driver, where guessing fails, its name and secrets.

    `serial` is the serial number that it has to say before anything of it is taken; empty: any.
    """

    driver: Driver | None = None
    name: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    serial: str = ""


_NOTHING_TOLD = Told()


@dataclass(slots=True)
class _Known:
    """What the link remembers of one meter while the process lives."""

    meter: MeterIdentity
    pauses: Pauses
    not_before: float = 0.0
    busy: bool = False


@dataclass(slots=True, kw_only=True)
class BleLink(Scanning):
    """Scans for ever and visits every accepted meter when it advertises.

    `heartbeat`, `scanning` and `fault` say how the radio is.
    """

    drivers: Sequence[Driver]
    sink: Sink
    now: Callable[[], HubTime]
    accepts: Callable[[Advertisement], bool]
    told: Mapping[str, Told] = field(default_factory=dict)  # by address, in capitals
    zone: tzinfo = UTC
    turns: Turns = field(default_factory=Turns)
    pauses: Callable[[], Pauses] = Pauses  # made for each meter
    held: set[str] = field(default_factory=set)  # addresses that are being paired: left alone
    _known: dict[str, _Known] = field(default_factory=dict)
    _nameless: dict[str, float] = field(default_factory=dict)
    _visits: set[asyncio.Task[None]] = field(default_factory=set)
    _sessions: set[MeterSession] = field(default_factory=set)
    _queue: Queue = field(init=False)

    def __post_init__(self) -> None:
        """Give the queue the link's clock."""
        self._queue = Queue(clock=self.clock)

    async def run(self) -> None:
        """Scan and visit until cancelled."""
        try:
            await self.scan_for_ever()
        finally:
            await self._end_visits()

    def lost(self) -> None:
        """Take the news that bluetoothd or the adapter is gone: bleak (3.1) hears of neither."""
        for session in list(self._sessions):
            session.lost()
        self.rescan()

    def cut(self, address: str) -> None:
        """End the visit to one meter: it cannot come to anything."""
        for task in [one for one in self._visits if one.get_name() == _visit_name(address)]:
            task.cancel()

    def visiting(self, address: str) -> MeterSession | None:
        """Return the visit to this meter, None where there is none now."""
        wanted = address.upper()
        return next((one for one in self._sessions if one.meter.address.upper() == wanted), None)

    @property
    def is_busy(self) -> bool:
        """Tell whether a meter is being read, or paired: a radio that talks hears less."""
        return bool(self._sessions or self.held)

    @property
    def is_visiting(self) -> bool:
        """Tell whether a meter is being read."""
        return bool(self._sessions)

    def _heard(self, device: BLEDevice, data: AdvertisementData) -> None:
        now = as_now(device, data)
        if not on_air(data) or connected(now):
            return
        seen = Advertisement(
            address=device.address,
            local_name=data.local_name or device.name or "",
            services=frozenset(short_uuid(uuid) for uuid in data.service_uuids),
            company_ids=frozenset(data.manufacturer_data),
        )
        told = self.told.get(seen.address.upper(), _NOTHING_TOLD)
        driver = told.driver or registry.find(seen, self.drivers)
        if self.watcher is not None:
            self.watcher.heard(meter=driver is not None)
        if driver is None or not self._is_wanted(seen):
            return
        if told.driver is None and self._may_say_more(seen, driver):
            return
        known = self._remember(seen, driver)
        if known.busy or self.clock() < known.not_before:
            return
        if self._queue.admits(seen.address, MAX_SESSIONS - len(self._visits)):
            self._begin(known, driver, now)

    def visit_connected(self, path: str, properties: Properties, *, again: bool) -> bool | None:
        """Visit a meter that is connected already: it does not call, and may not need to any more.

        True when a visit begins, False when the connection is of no use (`again`: it had a visit),
        None when it is to be left alone: not ours, visited at this moment, or no place is free.
        """
        seen = described(properties)
        told = self.told.get(seen.address.upper(), _NOTHING_TOLD)
        driver = told.driver or registry.find(seen, self.drivers)
        if driver is None or not seen.address or not self._is_wanted(seen):
            return None
        known = self._remember(seen, driver)
        if known.busy or (not again and len(self._visits) >= MAX_SESSIONS):
            return None
        useless = again or (driver.bond_before_connect and properties.get("Paired") is not True)
        if useless or self.clock() < known.not_before:
            return False
        log.info("a meter is connected already driver=%s", driver.name)
        self._begin(known, driver, device_at(path, properties))
        return True

    def _is_wanted(self, seen: Advertisement) -> bool:
        return seen.address.upper() not in self.held and self.accepts(seen)

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
        visit, name = self._visit(known, driver, device), _visit_name(device.address)
        task = asyncio.get_running_loop().create_task(visit, name=name)
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
            known = self._known[seen.address] = _Known(meter=meter, pauses=self.pauses())
            idle = [address for address, other in self._known.items() if not other.busy]
            if len(self._known) > _KNOWN_METERS and idle:
                del self._known[idle[0]]
        return known

    async def _visit(self, known: _Known, driver: Driver, device: BLEDevice) -> None:
        finish = Finish(outcome=Outcome.PARTIAL, why="the visit was cut short")
        session = None
        try:
            session = MeterSession(self._planned(known, driver, device))
            self._sessions.add(session)
            finish = await session.run(self.turns)
            if not session.stranger:
                known.meter = session.meter
        finally:
            ended = Visited(
                address=device.address,
                driver=driver,
                outcome=finish.outcome,
                reached=session is not None and session.reached,
                answered=session is not None and session.answered,
                bonded=bonded(device),
                frames=0 if session is None else session.frames,
                lacks=session is not None and session.lacks,
                stranger=session is not None and session.stranger,
            )
            if session is not None:
                self._sessions.discard(session)
            self._plan(known, ended)
            known.busy = False
            self.sink.ended(driver, known.meter, finish)
            if self.watcher is not None:
                self.watcher.visited(ended)

    def _planned(self, known: _Known, driver: Driver, device: BLEDevice) -> Visit:
        told = self.told.get(device.address.upper(), _NOTHING_TOLD)
        return Visit(
            driver=driver,
            device=device,
            meter=known.meter,
            sink=self.sink,
            now=self.now,
            zone=self.zone,
            client=self.backend.client,
            limits=self.limits,
            inherited=connected(device),
            secrets=told.secrets,
            serial=told.serial,
        )

    def _visited(self, task: asyncio.Task[None]) -> None:
        self._visits.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Only the type: a message might hold what a meter sent.
            log.error("a visit broke error=%s", type(error).__name__)

    def _plan(self, known: _Known, ended: Visited) -> None:
        """Decide when this meter may be visited again: soon after success, later after trouble."""
        if ended.outcome is Outcome.NEEDS_PERSON:
            log.warning("meter needs a person driver=%s", ended.driver.name)
        elif ended.outcome is not Outcome.COMPLETE:
            log.info("session ended outcome=%s driver=%s", ended.outcome.value, ended.driver.name)
        known.not_before = self.clock() + known.pauses.after(
            ended.outcome,
            frames=ended.frames,
            reached=ended.reached,
            min_interval_s=ended.driver.min_interval_s,
        )

    def visit_soon(self, address: str) -> None:
        """Visit a meter as soon as it calls: what kept it away is mended."""
        for known in self._known.values():
            if known.meter.address.upper() == address.upper():
                known.not_before, known.pauses = 0.0, self.pauses()

    def visit_within(self, address: str, limit_s: float) -> None:
        """Leave a meter alone for no longer than this: a person may be helping it now."""
        for known in self._known.values():
            if known.meter.address.upper() == address.upper():
                known.not_before = min(known.not_before, self.clock() + limit_s)

    async def _end_visits(self) -> None:
        for task in self._visits:
            task.cancel()
        if self._visits:
            await asyncio.wait(self._visits, timeout=2 * self.limits.call_s + 1.0)


def _visit_name(address: str) -> str:
    """Name a visit's task; it is never logged."""
    return f"visit {address.upper()}"
