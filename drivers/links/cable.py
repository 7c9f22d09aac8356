"""Meters on cables: a visit when a port that the settings name is there, and again later."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from drivers.driver import Driver
from drivers.links import ports
from drivers.links.ports import Plug
from drivers.links.serial import CALL_LIMIT_S, PORT_FAULTS, SerialLine, opened
from drivers.links.talk import Sink, Talk, known
from drivers.sessions.session import SERIAL, Command, Finish, Introduced, Meeting, Outcome, Session
from vitals.errors import LinkError
from vitals.reading import HubTime, MeterIdentity

log = logging.getLogger(__name__)

LOOK_S = 2.0  # how often a port that is not there is looked for
ABSENT_S = 10.0  # a cable stays in the hub while the meter comes and goes at its other end
SETTLE_S = 60.0
LIVE_SETTLE_S = 3.0
SESSION_LIMIT_S = 900.0  # 500 records at 9600 baud take one minute
MAX_VAIN = 64 * 1024
MAX_VAIN_LIVE = 512 * 1024  # an oximeter sends 320 KiB in ten minutes, finger or none
_RETRY_DELAYS_S = (2.0, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable:
    """One meter on a cable, as the settings name it: a path or `ports.USB`, and its driver."""

    driver: Driver
    port: str
    name: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def meter(self) -> MeterIdentity:
        """Return who is at the other end before it said more."""
        return MeterIdentity(
            address=ports.address(self.driver.name, self.port),
            driver=self.driver.name,
            driver_version=self.driver.version,
            name=self.name,
        )

    def known(self, meter: MeterIdentity, said: Introduced) -> MeterIdentity:
        """Return the meter with what it said of itself; its serial number is its address."""
        if said.serial:
            address = ports.address(self.driver.name, self.port, said.serial)
            meter = replace(meter, address=address)
        return known(meter, said)


@dataclass(slots=True)
class _Known:
    """What the link remembers of one cable while it stays plugged in."""

    plug: Plug | None = None
    not_before: float = 0.0
    failures: int = 0

    def see(self, plug: Plug | None) -> None:
        """Forget everything when it was pulled, or pulled and plugged in again."""
        if plug != self.plug:
            self.plug, self.not_before, self.failures = plug, 0.0, 0


@dataclass(slots=True, kw_only=True)
class SerialLink:
    """Visits every cable the settings name, for ever; no other port is ever opened.

    `heartbeat` is the monotonic time of the last sign of life, `fault` says which port cannot be
    used, `lost` how many octets no session had room for.
    """

    cables: Sequence[Cable]
    sink: Sink
    now: Callable[[], HubTime]
    zone: tzinfo = UTC
    find: Callable[[str, Driver], Plug | None] = ports.find
    clock: Callable[[], float] = time.monotonic
    look_s: float = LOOK_S
    heartbeat: float = 0.0
    lost: int = 0
    _faults: dict[str, LinkError] = field(default_factory=dict)

    @property
    def fault(self) -> LinkError | None:
        """Return why a port that is there cannot be used."""
        return next(iter(self._faults.values()), None)

    async def run(self) -> None:
        """Watch every cable until cancelled."""
        async with asyncio.TaskGroup() as group:
            for cable in self.cables:
                group.create_task(self._watch(cable), name=f"cable {cable.driver.name}")
            while True:
                self.heartbeat = self.clock()
                await asyncio.sleep(self.look_s)

    async def _watch(self, cable: Cable) -> None:
        seen = _Known()
        while True:
            seen.see(self.find(cable.port, cable.driver))
            if seen.plug is None:
                self._faults.pop(cable.port, None)
            elif self.clock() >= seen.not_before:
                await self._guarded(cable, seen, seen.plug)
            await asyncio.sleep(self.look_s)

    async def _guarded(self, cable: Cable, seen: _Known, plug: Plug) -> None:
        """Visit; a session that breaks costs its own visit, not the other cables."""
        visit = asyncio.create_task(self._visit(cable, seen, plug))
        try:
            await asyncio.wait({visit})
        finally:
            if not visit.done():
                visit.cancel()
                await asyncio.wait({visit}, timeout=CALL_LIMIT_S)
        if not visit.cancelled() and (error := visit.exception()) is not None:
            # Only the type: a message might hold what a meter sent.
            log.error("visit broke driver=%s error=%s", cable.driver.name, type(error).__name__)

    async def _visit(self, cable: Cable, seen: _Known, plug: Plug) -> None:
        how = cable.driver.port
        if how is None or cable.driver.session is None:
            raise ValueError("a driver of a cable needs a port and a session")
        try:
            line = await opened(plug.path, how)
        except LinkError as error:
            self._faults[cable.port] = error
            log.warning("port not usable driver=%s code=%s", cable.driver.name, error.code)
            self._plan(cable, seen, Outcome.PARTIAL)
            return
        self._faults.pop(cable.port, None)
        visit = _Visit(cable=cable, line=line, sink=self.sink, now=self.now, zone=self.zone)
        finish = Finish(outcome=Outcome.PARTIAL, why="the visit was cut short")
        try:
            finish = await visit.run(cable.driver.session)
        finally:
            await line.close()
            self.lost += line.lost
            if visit.began:
                self._plan(cable, seen, finish.outcome)
                self.sink.ended(cable.driver, cable.meter, finish)
            else:
                seen.not_before = self.clock() + ABSENT_S

    def _plan(self, cable: Cable, seen: _Known, outcome: Outcome) -> None:
        """Decide when this port is visited again: soon after success, later after trouble."""
        if outcome is Outcome.COMPLETE:
            seen.failures = 0
            settle_s = LIVE_SETTLE_S if cable.driver.live else SETTLE_S
            pause_s = max(cable.driver.min_interval_s, settle_s)
        else:
            pause_s = _RETRY_DELAYS_S[min(seen.failures, len(_RETRY_DELAYS_S) - 1)]
            seen.failures += 1
        seen.not_before = self.clock() + pause_s


@dataclass(slots=True, kw_only=True)
class _Visit:
    """One conversation. It begins for the sink when the first octet is heard.

    The mark is kept under the cable's own identity, because it is wanted before the meter has
    said who it is; a session of a meter that has a serial number writes it into the mark.
    """

    cable: Cable
    line: SerialLine
    sink: Sink
    now: Callable[[], HubTime]
    zone: tzinfo
    began: bool = False

    async def run(self, make: Callable[[Meeting], Session]) -> Finish:
        """Follow the driver's session to its end, or to a time limit."""
        meter = self.cable.meter
        talk = Talk(
            driver=self.cable.driver,
            meter=meter,
            sink=self.sink,
            now=self.now,
            line=self.line,
            zone=self.zone,
            known=self.cable.known,
        )
        meeting = Meeting(
            mark=self.sink.mark(meter),
            may_set_clock=self.now().synchronised,
            is_off=talk.is_off,
            secrets=self.cable.secrets,
        )
        self.line.listen(lambda octets: self._heard(talk, octets), talk.gone)
        most_octets = MAX_VAIN_LIVE if self.cable.driver.live else MAX_VAIN
        session = _Counted(make(meeting), self.line, most_octets)
        try:
            async with asyncio.timeout(SESSION_LIMIT_S):
                return await talk.follow(session)
        except PORT_FAULTS as error:
            return Finish(outcome=Outcome.PARTIAL, why=f"port: {type(error).__name__}")

    def _heard(self, talk: Talk, octets: bytes) -> None:
        if not self.began:
            self.began = True
            self.sink.began(self.cable.driver, self.cable.meter)
        talk.heard(SERIAL, octets)


@dataclass(slots=True)
class _Counted:
    """A session that tells its line how much it took, so that the line can bound what waits.

    A line that goes on and on without the session finding anything in it carries no meter.
    """

    session: Session
    line: SerialLine
    most_octets: int
    _in_vain: int = 0

    @property
    def wait_s(self) -> float:
        return self.session.wait_s

    def begin(self) -> list[Command]:
        return self.session.begin()

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        self.line.taken(len(data))
        commands = self.session.frame(uuid, data)
        self._in_vain = 0 if commands else self._in_vain + len(data)
        if self._in_vain > self.most_octets:
            return [Finish(outcome=Outcome.REFUSED, why="the line carries something else")]
        return commands

    def failed(self, att_error: int) -> list[Command]:
        return self.session.failed(att_error)

    def silent(self) -> list[Command]:
        return self.session.silent()

    def gone(self) -> list[Command]:
        return self.session.gone()
