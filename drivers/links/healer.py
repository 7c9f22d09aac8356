"""Looks after the radio: notices what is wrong, and does what the rules in `healing/` say.

It hears bluetoothd's own signals beside bleak, which (3.1) does not notice that bluetoothd was
killed, that an adapter went, or that a scan went deaf. Runs on the link's event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from drivers.driver import Driver
from drivers.healing.bonds import Bonds, End, Step
from drivers.healing.history import Fault, History
from drivers.healing.silence import Cure, Silence
from drivers.links.ble import BleLink
from drivers.links.bluez import (
    ADAPTER,
    DEVICE,
    NO_ANSWER,
    BlueZError,
    Changed,
    Daemon,
    Dropped,
    Event,
    Removed,
)
from drivers.links.scan import Visited
from drivers.links.warden import Warden
from drivers.sessions.session import Outcome

log = logging.getLogger(__name__)

DEAF, UNPAIRED, STRANGER = "BLE-03", "BLE-04", "BLE-05"
LOOK_S = 0.5
PING_S = 5.0
MET = 2
"""So many connections in one visit, each gone before its services were known: the key is no good.
bluetoothd 5.82 of Debian 13 does not say so (`Disconnected` with its reason came later)."""
AGAIN_S = 30.0
"""How long a meter is left alone that a person must put into pairing mode: many blink a minute."""
_WAKE_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_MOST_RESCANS = 16  # the latest are dropped
_AUTHENTICATION = ".Authentication"
_HANGS = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heals:
    """What is looked after; a test takes one away and sees that its fault stays."""

    daemon: bool = True
    adapter: bool = True
    silence: bool = True
    bonds: bool = True
    cache: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What the healer may ask of the hub.

    `ours` tells whether a meter is one of this home that has a bond, `renew` pairs it anew and
    tells whether that worked, `alarm` raises one by its code, or ends it where it says nothing,
    `stranger` takes the news that a meter whose bond was renewed is not the one that it was,
    `unpaired` the address of a meter that only a person can pair again, once.
    """

    ours: Callable[[str, Driver], bool]
    renew: Callable[[str, Driver], Awaitable[bool]]
    alarm: Callable[[str, str], None]
    stranger: Callable[[Driver], None]
    unpaired: Callable[[str], object]


@dataclass(slots=True, kw_only=True)
class Healer:
    """Watches one link and the bluetoothd below it."""

    link: BleLink
    warden: Warden
    history: History
    hands: Hands
    heals: Heals = field(default_factory=Heals)
    clock: Callable[[], float]
    silence: Silence = field(default_factory=Silence)
    bonds: Bonds = field(default_factory=Bonds)
    _here: bool = True
    _wakes: int = 0
    _wake_at_s: float = 0.0
    _ping_at_s: float = 0.0
    _rescans_s: list[float] = field(default_factory=list)
    _met: Counter[str] = field(default_factory=Counter)
    _refused: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)
    _strangers: set[str] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Look after the radio until cancelled."""
        self.link.watcher = self
        self.warden.bluez.listeners.append(self._take)
        self.warden.settled.append(self._settled)
        self.warden.door.turned_away.append(self._turned_away)
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                await self._look(self.clock())
        finally:
            self.warden.door.turned_away.remove(self._turned_away)
            self.warden.settled.remove(self._settled)
            self.warden.bluez.listeners.remove(self._take)
            self.link.watcher = None
            for task in self._tasks:
                task.cancel()

    # What the link says.

    def scan(self, *, runs: bool) -> None:
        """Take the news that a scan runs, or does not."""
        if not runs:
            self.silence.stopped()
            if self.link.fault is not None and not self.history.open():
                self.history.noticed(Fault.SCAN)
            return
        self.silence.started(self.clock())
        for fault in (Fault.DAEMON, Fault.ADAPTER, Fault.SCAN):
            self.history.healed(fault)
        if Fault.SILENCE not in self.history.open():
            self.hands.alarm(DEAF, "")

    def heard(self, *, meter: bool) -> None:
        """Take the news that something is on air."""
        if self.silence.heard(self.clock(), meter=meter):
            self.history.healed(Fault.SILENCE)
            self.hands.alarm(DEAF, "")

    def visited(self, visited: Visited) -> None:
        """Take the news how a visit ended."""
        # After a connection bluetoothd (5.82) scans on without our filter, and tells of a meter
        # that it keeps, a bonded one, only when its strength has changed by 8 dB: seldom at home.
        if visited.bonded and self.heals.silence:
            again_s = self.clock() + visited.pause_s  # sooner, what it tells would be passed over
            self._rescans_s = sorted([*self._rescans_s, again_s])[:_MOST_RESCANS]
        end = self._end(visited)
        if end is End.WELL:
            self.history.healed(Fault.CACHE)
            self.hands.alarm(UNPAIRED, "")
            self._asked.discard(visited.address)
        self._look_at_stranger(visited)
        if visited.lacks and self.heals.cache:
            self.history.noticed(Fault.CACHE, how="services forgotten")
            if not visited.bonded:
                self._soon(self._forget_services(visited.address))
        if not self.heals.bonds or not self.hands.ours(visited.address, visited.driver):
            return
        step = self.bonds.visited(visited.address, end, bonded=visited.bonded, at_s=self.clock())
        if step is Step.TELL:
            self._unpaired(visited.address)
        elif step is not None:
            self.history.noticed(Fault.BOND, how=step.value)
            self._soon(self._renew(visited))

    def _look_at_stranger(self, visited: Visited) -> None:
        if visited.stranger:
            self._strangers.add(visited.address)
            self.hands.stranger(visited.driver)
        elif visited.outcome is Outcome.COMPLETE and visited.address in self._strangers:
            self._strangers.discard(visited.address)
            if not self._strangers:
                self.hands.alarm(STRANGER, "")

    def _end(self, visited: Visited) -> End:
        address = visited.address.upper()
        refused, met = address in self._refused, self._met.pop(address, 0)
        self._refused.discard(address)
        if visited.outcome is Outcome.COMPLETE:
            return End.WELL
        if visited.outcome is Outcome.NEEDS_PAIRING or refused:
            return End.KEY
        if visited.bonded and met >= MET and not visited.reached:
            return End.KEY  # bleak tries again and again, the bond's key ends each connection
        return End.EARLY if (met and not visited.reached) or visited.lacks else End.OTHER

    # What bluetoothd says.

    def _take(self, event: Event) -> None:
        match event:
            case Daemon(here=False) if self.heals.daemon:
                self._here, self._wakes = False, 0
                self._wake_at_s = self.clock() + _WAKE_S[0]
                self.history.noticed(Fault.DAEMON)
                self.link.lost()
            case Daemon(here=True):
                self._here = True
            case Removed(path=path, interface=kind) if kind == ADAPTER and self.heals.adapter:
                if self._is_used(path):
                    self.history.noticed(Fault.ADAPTER)
                    self.link.lost()
            case Changed(path=path, interface=kind, properties=has, new=False) if kind == ADAPTER:
                if has.get("Powered") is False and self.heals.adapter and self._is_used(path):
                    self._switched_off()
            case Changed(path=path, interface=kind, properties=has) if kind == DEVICE:
                if has.get("Connected") is True:
                    self._met[_address(path)] += 1
            case Dropped(path=path, reason=reason) if reason.endswith(_AUTHENTICATION):
                _note(self._refused, path)

    def _turned_away(self, path: str) -> None:
        """Take the news that a device was refused a pairing: a visit asked for one, unbonded."""
        _note(self._refused, path)
        if self.heals.bonds:
            self.link.cut(_address(path))  # bluetoothd may take minutes to say so

    def _is_used(self, path: str) -> bool:
        return path.rpartition("/")[2] == self.link.adapter or not self.link.adapter

    def _switched_off(self) -> None:
        if Cure.POWER_CYCLE.value in {one.how for one in self.history.episodes[-1:]}:
            return  # that is us
        self.history.noticed(Fault.ADAPTER)
        self.link.lost()
        self._soon(self.warden.settle_again())

    def _settled(self) -> None:
        """Use the adapter that is there now, whatever its number."""
        moved = self.warden.chosen != self.link.adapter
        self.link.adapter = self.warden.chosen
        if self.heals.adapter and (moved or not self.link.scanning.is_set()):
            self.link.rescan()

    # What time says.

    async def _look(self, now_s: float) -> None:
        if not self._here and self.heals.daemon and now_s >= self._wake_at_s:
            self._wakes += 1
            self._wake_at_s = now_s + _WAKE_S[min(self._wakes, len(_WAKE_S) - 1)]
            await self._wake()
        if self._here and self.heals.daemon and now_s >= self._ping_at_s:
            self._ping_at_s = now_s + PING_S
            await self._ping()
        if self.link.is_visiting:
            self.silence.busy(now_s)
        elif self._rescans_s and now_s >= self._rescans_s[0]:
            del self._rescans_s[0]
            self.link.rescan()
        elif self.heals.silence:
            since_s = self.silence.since()
            if (cure := self.silence.look(now_s)) is not None:
                self.history.noticed(Fault.SILENCE, since_s=since_s, how=cure.value)
                await self._cure(cure)

    async def _wake(self) -> None:
        try:
            await self.warden.bluez.wake()
        except BlueZError as error:
            log.info("nobody starts bluetoothd code=%s", error.code)

    async def _ping(self) -> None:
        """Ask bluetoothd whether it lives; one that hangs keeps its name on the bus."""
        try:
            await self.warden.bluez.objects()
        except BlueZError as error:
            if error.name != NO_ANSWER:
                return
            log.warning("bluetoothd gives no answer code=%s", error.code)
            self.history.noticed(Fault.DAEMON, how=_HANGS)
            self.hands.alarm(DEAF, "Bluetooth on this hub gives no answer.")
            return
        if any(one.how == _HANGS and one.healed_s is None for one in self.history.episodes):
            self.history.healed(Fault.DAEMON)
            self.hands.alarm(DEAF, "")
            self.link.rescan()

    async def _cure(self, cure: Cure) -> None:
        log.warning("nothing is heard on the radio cure=%s", cure.name)
        if cure is Cure.RESTART_SCAN:
            self.link.rescan()
        elif cure is Cure.POWER_CYCLE:
            await self.warden.power_cycle()
            self.link.rescan()
        else:
            self.hands.alarm(DEAF, "The hub hears nothing at all by Bluetooth.")

    async def _renew(self, visited: Visited) -> None:
        if await self.hands.renew(visited.address, visited.driver):
            self.history.healed(Fault.BOND, how="paired anew")
            self.hands.alarm(UNPAIRED, "")
            self.link.visit_soon(visited.address)
        else:
            self._unpaired(visited.address)

    def _unpaired(self, address: str) -> None:
        self.hands.alarm(UNPAIRED, "A meter of this home must be paired again.")
        self.link.visit_within(address, AGAIN_S)
        if address not in self._asked:
            self._asked.add(address)
            self.hands.unpaired(address)

    async def _forget_services(self, address: str) -> None:
        if await self.warden.forget(address):
            self.link.visit_soon(address)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _note(among: set[str], path: str) -> None:
    """Note a device's address; nothing is kept for ever."""
    if len(among) >= 256:  # noqa: PLR2004 - more than any home has
        among.clear()
    among.add(_address(path))


def _address(path: str) -> str:
    return path.rpartition("/dev_")[2].replace("_", ":").upper()
