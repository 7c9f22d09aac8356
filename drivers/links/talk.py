"""Follows one session over any line: obeys its commands, stores what comes, feeds it events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, tzinfo
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
_HALF_A_SECOND_MS = 500  # meters show whole seconds


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

    def ended(self, driver: Driver, meter: MeterIdentity, finish: Finish) -> None:
        """Take the news how a session ended; `finish.mark` is given only when all is stored."""


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
    _events: asyncio.Queue[tuple[str, bytes] | None] = field(
        default_factory=lambda: asyncio.Queue(MAX_EVENTS)
    )
    _storing: list[Future[Any]] = field(default_factory=list)

    async def follow(self, session: Session) -> Finish:
        """Run the session to its end; its mark is kept only when all its frames are on disk."""
        commands = session.begin()
        while True:
            finish = await self._obey(session, commands)
            if finish is not None:
                return await self._confirmed(finish)
            commands = await self._next(session)

    def heard(self, uuid: str, octets: bytes) -> None:
        """Take octets from the meter: store them first, if they are a reading's, then tell."""
        # A send-once meter deletes its copy when the stack confirms (A&D): nothing comes before.
        self._store(uuid, octets)
        if self._events.full():
            # The frame is safe; only the procedure no longer hears of it and ends by time.
            log.warning("too many frames at once driver=%s", self.driver.name)
        else:
            self._events.put_nowait((uuid, octets))

    def gone(self) -> None:
        """Take the news that the meter ended the link."""
        if not self._events.full():
            self._events.put_nowait(None)

    def noted(self, device: DeviceTime, asked: HubTime | None = None) -> None:
        """Keep what the meter's clock says now, beside the hub's; `asked` is when it was asked."""
        heard = self.now()
        uncertainty_ms = None
        if asked is not None:
            took_ms = (heard.boottime_ns - asked.boottime_ns) // 1_000_000
            uncertainty_ms = took_ms // 2 + _HALF_A_SECOND_MS
        self.check = ClockCheck(device=device, hub=heard, uncertainty_ms=uncertainty_ms)

    def local(self) -> DeviceTime:
        """Return the hub's local time at this instant, as a meter's clock would show it."""
        at = self.now().at.astimezone(self.zone)
        return DeviceTime(
            year=at.year,
            month=at.month,
            day=at.day,
            hour=at.hour,
            minute=at.minute,
            second=at.second,
        )

    async def set_clock(self, command: SetClock) -> None:
        """Write the hub's time at this instant; raises RefusedError."""
        at = self.now().at.astimezone(self.zone)
        shown = self.local()
        if command.zoned:
            utc, offset = at.astimezone(UTC), at.utcoffset()
            shown = DeviceTime(
                year=utc.year,
                month=utc.month,
                day=utc.day,
                hour=utc.hour,
                minute=utc.minute,
                second=utc.second,
                offset_min=0 if offset is None else int(offset.total_seconds()) // 60,
            )
        await self.line.write(command.uuid, command.encode(shown), response=True)

    def is_off(self, device: DeviceTime) -> bool:
        """Tell whether a meter's clock is further from the hub's than its driver allows."""
        shown, right = device.local, self.local().local
        if shown is None or right is None:
            return True
        return abs((right - shown).total_seconds()) > self.driver.max_skew_s

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
                await self.line.subscribe(uuid, partial(self.heard, uuid))
            case Write(uuid=uuid, data=data, response=response):
                await self.line.write(uuid, data, response=response)
            case Read(uuid=uuid):
                self.heard(uuid, await self.line.read(uuid))
            case Record(source=source, data=data):
                self._store(source, data)
            case ClockRead(device=device):
                self.noted(device)
            case Introduced():
                self.meter = self.known(self.meter, command)
            case SetClock():
                await self.set_clock(command)

    async def _next(self, session: Session) -> list[Command]:
        try:
            async with asyncio.timeout(session.wait_s):
                event = await self._events.get()
        except TimeoutError:
            return session.silent()
        return session.gone() if event is None else session.frame(*event)

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
