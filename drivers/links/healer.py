"""Looks after the radio: notices what is wrong, and does what the rules in `healing/` say.

It hears bluetoothd's own signals beside bleak, which (3.1) does not notice that bluetoothd was
killed, that an adapter went, or that a scan went deaf. Runs on the link's event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

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
    Objects,
    Removed,
    quietly,
)
from drivers.links.bonder import Bonder, Hands, address_of
from drivers.links.scan import Visited
from drivers.links.warden import Warden
from drivers.sessions.session import Outcome

log = logging.getLogger(__name__)

DEAF = "BLE-03"
LOOK_S = 0.5
PING_S = 5.0
_WAKE_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_FREE_S, _MOST_FREE_S = 30.0, 1800.0  # between two tries to end a scan that is in the way
_BUSY, _OFF = "org.bluez.Error.InProgress", "org.bluez.Error.NotReady"
_HANGS = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heals:
    """What is looked after; a test takes one away and sees that its fault stays."""

    daemon: bool = True
    adapter: bool = True
    silence: bool = True
    bonds: bool = True
    cache: bool = True
    connections: bool = True


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
    bonder: Bonder = field(init=False)
    _here: bool = True
    _wakes: int = 0
    _wake_at_s: float = 0.0
    _ping_at_s: float = 0.0
    _free_at_s: float = 0.0
    _free_s: float = _FREE_S
    _strays: dict[str, int] = field(default_factory=dict)  # looks since the visit, by path
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Have bonds looked after too, unless that is taken away."""
        self.bonder = Bonder(
            link=self.link,
            history=self.history,
            hands=self.hands,
            heals=self.heals.bonds,
            clock=self.clock,
        )

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
            if self.link.refusal == _BUSY and self.heals.daemon:
                self._soon(self._free())
            elif self.link.refusal == _OFF and self.heals.adapter:
                self._soon(self.warden.power_on())
            return
        self._free_s = _FREE_S
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
        if visited.outcome is Outcome.COMPLETE:
            self.history.healed(Fault.CACHE)
        if visited.lacks and self.heals.cache:
            self.history.noticed(Fault.CACHE, how="services forgotten")
            if not visited.bonded:
                self._soon(self._forget_services(visited.address))
        if (work := self.bonder.visited(visited)) is not None:
            self._soon(work)

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
                self.bonder.news(address_of(path), has.get("Connected"))
            case Dropped(path=path, reason=reason):
                self.bonder.dropped(address_of(path), reason)

    def _turned_away(self, path: str) -> None:
        """Take the news that a device was refused a pairing: a visit asked for one, unbonded."""
        self.bonder.refused(address_of(path))

    def _is_used(self, path: str) -> bool:
        return path.rpartition("/")[2] == self.link.adapter or not self.link.adapter

    def _switched_off(self) -> None:
        if self.warden.cycling:
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
        if self.link.is_busy:
            self.silence.busy(now_s)
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
            objects = await self.warden.bluez.objects()
        except BlueZError as error:
            if error.name != NO_ANSWER:
                return
            log.warning("bluetoothd gives no answer code=%s", error.code)
            self.history.noticed(Fault.DAEMON, how=_HANGS)
            self.hands.alarm(DEAF, "Bluetooth on this hub gives no answer.")
            return
        if self.heals.connections:
            self._look_at_connections(objects)
        if any(one.how == _HANGS and one.healed_s is None for one in self.history.episodes):
            self.history.healed(Fault.DAEMON)
            self.hands.alarm(DEAF, "")
            self.link.rescan()

    def _look_at_connections(self, objects: Objects) -> None:
        """Have meters visited that are connected without a visit; end what is of no use.

        Where ending it does not help it is tried after twice as many looks each time.
        """
        looks: dict[str, int] = {}
        for path, has in objects.items():
            device, before = has.get(DEVICE, {}), self._strays.get(path)
            if device.get("Connected") is not True or not self._is_used(path.rpartition("/")[0]):
                continue
            began = self.link.visit_connected(path, device, again=before is not None)
            if began is None and before is None:
                continue
            looks[path] = (before or 0) + (began is False)
            if began is False and looks[path].bit_count() == 1:
                log.info("a connection to a meter is ended that is of no use")
                self._soon(quietly(self.warden.bluez, path, DEVICE, "Disconnect"))
        self._strays = looks

    async def _cure(self, cure: Cure) -> None:
        log.warning("nothing is heard on the radio cure=%s", cure.name)
        if cure is Cure.RESTART_SCAN:
            self.link.rescan()
        elif cure is Cure.POWER_CYCLE:
            await self.warden.power_cycle()
            self.link.rescan()
        else:
            self.hands.alarm(DEAF, "The hub hears nothing at all by Bluetooth.")

    async def _free(self) -> None:
        """End a scan that nobody holds any more, and whatever else was left behind with it.

        bluetoothd says the same where the kernel refuses to scan for any other reason: the pause
        between two tries doubles, until a scan runs.
        """
        if self.link.is_busy or self.warden.cycling or self.clock() < self._free_at_s:
            return
        cure = Cure.POWER_CYCLE
        log.warning("the radio is busy with a scan that is not ours cure=%s", cure.name)
        if await self.warden.power_cycle():  # else it is tried with the next scan
            self._free_at_s = self.clock() + self._free_s
            self._free_s = min(2 * self._free_s, _MOST_FREE_S)
            self.link.rescan()

    async def _forget_services(self, address: str) -> None:
        if await self.warden.forget(address):
            self.link.visit_soon(address)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
