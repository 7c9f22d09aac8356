"""Follows one session over any line: obeys its commands, stores what comes, feeds it events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Protocol

from drivers.driver import Driver
from drivers.frame import Frame
from drivers.sessions.session import (
    ClockRead,
    Command,
    Finish,
    Introduced,
    Outcome,
    Read,
    Record,
    Session,
    SetClock,
    Subscribe,
    Write,
)
from vitals.reading import ClockCheck, DeviceTime, HubTime, MeterIdentity

log = logging.getLogger(__name__)

MAX_EVENTS = 4096
STORED_LIMIT_S = 30.0
_A_SECOND_MS = 1000  # meters show whole seconds and cut the rest


class RefusedError(Exception):
    """The meter answered a call with an ATT error."""

    def __init__(self, att_error: int) -> None:
        """Keep the error's number."""
        super().__init__(f"ATT error 0x{att_error:02x}")
        self.att_error = att_error


class Line(Protocol):
    """What a session's commands need of a link. Every call has a time limit of its own."""

    async def subscribe(self, uuid: str, heard: Callable[[bytes], None]) -> None:
        """Turn on notifications; raises RefusedError."""

    async def write(self, uuid: str, data: bytes, *, response: bool) -> None:
        """Write octets; raises RefusedError."""

    async def read(self, uuid: str) -> bytes:
        """Read octets; raises RefusedError."""


class Sink(Protocol):
    """Where a link hands everything over. Every call returns at once."""

    def began(self, driver: Driver, meter: MeterIdentity) -> None:
        """Take the news that a session began."""

    def frame(self, driver: Driver, frame: Frame) -> Future[Any]:
        """Take a frame; the future ends when it is on disk, or says why it is not."""

    def mark(self, meter: MeterIdentity) -> bytes | None:
        """Return what was remembered of this meter's last complete session."""

    def clock_set(
        self,
        driver: Driver,
        meter: MeterIdentity,
        before: ClockCheck | None,
        after: DeviceTime | None,
    ) -> None:
        """Take the news that the meter's clock was set: what it said before, and says now."""

    def battery(self, driver: Driver, meter: MeterIdentity, percent: int) -> None:
        """Take the news how full the meter's battery is, 0 to 100."""

    def ended(self, driver: Driver, meter: MeterIdentity, finish: Finish) -> None:
        """Take the news how a session ended; `finish.mark` is given only when all is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """One event: what came, when, and when the meter was last asked for anything."""

    uuid: str
    octets: bytes
    asked: HubTime | None
    at: HubTime


def known(meter: MeterIdentity, said: Introduced) -> MeterIdentity:
    """Return the meter with what it said of itself; what it left out stays as it was."""
    return replace(meter, **{name: text for name, text in asdict(said).items() if text})


@dataclass(slots=True, kw_only=True)
class Talk:
    """One conversation with one meter, the same over radio and wire.

    `heard` and `gone` are for the link's callbacks. `meter` may be replaced while it goes on,
    when more of the meter becomes known; later frames carry what is known then.
    """

    driver: Driver
    meter: MeterIdentity
    sink: Sink
    now: Callable[[], HubTime]
    line: Line
    zone: tzinfo = UTC  # what a meter's clock is set to
    check: ClockCheck | None = None
    known: Callable[[MeterIdentity, Introduced], MeterIdentity] = known
    _events: asyncio.Queue[_Heard | None] = field(default_factory=lambda: asyncio.Queue(MAX_EVENTS))
    _storing: list[Future[Any]] = field(default_factory=list)
    _asked: HubTime | None = None
    _taken: _Heard | None = None  # what the session was told last
    _unconfirmed: bool = False  # the clock was set and not read back yet
    _before: ClockCheck | None = None  # what the clock said before it was set

    @property
    def count(self) -> int:
        """Return how many frames were handed over."""
        return len(self._storing)

    async def follow(self, session: Session) -> Finish:
        """Run the session to its end; its mark is kept only when all its frames are on disk."""
        try:
            commands = session.begin()
            while True:
                finish = await self._obey(session, commands)
                if finish is not None:
                    return await self._confirmed(finish)
                commands = await self._next(session)
        finally:
            self._confirm(None)

    def heard(self, uuid: str, octets: bytes) -> None:
        """Take octets from the meter: store them first, if they are a reading's, then tell."""
        # A send-once meter deletes its copy when the stack confirms (A&D): nothing comes before.
        self._store(uuid, octets)
        if self._events.full():
            # The frame is safe; only the procedure no longer hears of it and ends by time.
            log.warning("too many frames at once driver=%s", self.driver.name)
        else:
            self._events.put_nowait(
                _Heard(uuid=uuid, octets=octets, asked=self._asked, at=self.now())
            )

    def gone(self) -> None:
        """Take the news that the meter ended the link."""
        if not self._events.full():
            self._events.put_nowait(None)

    def noted(
        self, device: DeviceTime, asked: HubTime | None = None, heard: HubTime | None = None
    ) -> None:
        """Keep what the meter's clock says, beside the hub's at that instant.

        It was asked for at `asked` and the answer came at `heard`, now if left out: the meter
        looked at its clock somewhere in between, and the middle is taken.
        """
        at = heard or self.now()
        uncertainty_ms = None
        if asked is not None:
            half = timedelta(microseconds=(at.boottime_ns - asked.boottime_ns) // 2000)
            half_ns = (at.boottime_ns - asked.boottime_ns) // 2
            at = replace(at, at=at.at - half, boottime_ns=at.boottime_ns - half_ns)
            uncertainty_ms = half_ns // 1_000_000 + _A_SECOND_MS
        self.check = ClockCheck(device=device, hub=at, uncertainty_ms=uncertainty_ms)

    async def set_clock(self, command: SetClock) -> None:
        """Write the hub's time at this instant; raises RefusedError."""
        at = self.now().at
        local = at.astimezone(self.zone)
        shown = _shown(local)
        if command.zoned and (offset := local.utcoffset()) is not None:
            minutes = int(offset.total_seconds()) // 60
            shown = replace(_shown(at.astimezone(UTC)), offset_min=minutes)
        await self.line.write(command.uuid, command.encode(shown), response=True)

    def is_off(self, device: DeviceTime, noted: HubTime | None = None) -> bool:
        """Tell whether a meter's clock was further from the hub's than its driver allows.

        `noted` is when it said `device`; left out, it is now. What the hub's clock was then is
        counted back from what it is now: a visit may begin before the hub knows the time.
        """
        now = self.now()
        since_ns = 0 if noted is None else now.boottime_ns - noted.boottime_ns
        right = (now.at - timedelta(microseconds=since_ns // 1000)).astimezone(self.zone)
        if (shown := device.local) is None:
            return True
        return abs((right.replace(tzinfo=None) - shown).total_seconds()) > self.driver.max_skew_s

    def _store(self, uuid: str, octets: bytes) -> None:
        if uuid in self.driver.notify or uuid in self.driver.context:  # not an answer
            frame = Frame(
                uuid=uuid,
                data=octets,
                received=self.now(),
                meter=self.meter,
                clock_check=self.check,
            )
            self._storing.append(self.sink.frame(self.driver, frame))

    async def _obey(self, session: Session, commands: Sequence[Command]) -> Finish | None:
        waiting = list(commands)
        while waiting:
            command = waiting.pop(0)
            if isinstance(command, Finish):
                return command
            try:
                await self._do(command)
            except RefusedError as error:
                waiting = list(session.failed(error.att_error))
        return None

    async def _do(self, command: Command) -> None:
        match command:
            case Subscribe(uuid=uuid):
                self._asked = self.now()
                await self.line.subscribe(uuid, partial(self.heard, uuid))
            case Write(uuid=uuid, data=data, response=response):
                self._asked = self.now()
                await self.line.write(uuid, data, response=response)
            case Read(uuid=uuid):
                self._asked = self.now()
                self.heard(uuid, await self.line.read(uuid))
            case Record(source=source, data=data):
                self._store(source, data)
            case ClockRead(device=device):
                self._told_time(device)
            case Introduced():
                self.meter = self.known(self.meter, command)
            case SetClock():
                before = self.check
                await self.set_clock(command)
                self._confirm(None)
                self._unconfirmed, self._before = True, before

    def _told_time(self, device: DeviceTime) -> None:
        if (answer := self._taken) is None:
            self.noted(device)
        else:
            self.noted(device, answer.asked, answer.at)
        self._confirm(device)

    def _confirm(self, after: DeviceTime | None) -> None:
        """Tell the sink of a clock that was set, once it was read back or nothing more comes."""
        if self._unconfirmed:
            self._unconfirmed = False
            self.sink.clock_set(self.driver, self.meter, self._before, after)

    async def _next(self, session: Session) -> list[Command]:
        try:
            async with asyncio.timeout(session.wait_s):
                event = await self._events.get()
        except TimeoutError:
            return session.silent()
        if event is None:
            return session.gone()
        self._taken = event
        return session.frame(event.uuid, event.octets)

    async def _confirmed(self, finish: Finish) -> Finish:
        if not self._storing:
            return finish
        # `wait`, never `gather`: giving up must not cancel a row on its way to the disk.
        done, late = await asyncio.wait(
            [asyncio.wrap_future(future) for future in self._storing], timeout=STORED_LIMIT_S
        )
        if not late and all(future.exception() is None for future in done):
            return finish
        return Finish(outcome=Outcome.PARTIAL, why="a frame was not stored")


def _shown(at: datetime) -> DeviceTime:
    """Return a time as a meter's clock would show it: whole seconds and no zone."""
    return DeviceTime(
        year=at.year,
        month=at.month,
        day=at.day,
        hour=at.hour,
        minute=at.minute,
        second=at.second,
    )
