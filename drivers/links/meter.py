"""One visit to one meter: connect, learn who it is, run its session, leave; all with limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import partial
from typing import Any, Protocol

from bleak import BleakClient
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.exc import BleakGATTProtocolError

from drivers.codecs import date_time
from drivers.driver import Clock, Driver, Procedure
from drivers.frame import Frame
from drivers.links.gatt import CALL_LIMIT_S, RADIO_FAULTS, Gatt
from drivers.sessions.indications import IndicationsSession
from drivers.sessions.racp import RacpSession
from drivers.sessions.session import Command, Finish, Outcome, Session, Subscribe, Write
from vitals.errors import DecodeError
from vitals.reading import ClockCheck, DeviceTime, HubTime, MeterIdentity

log = logging.getLogger(__name__)

CONNECT_LIMIT_S = 30.0  # bleak's own default since 2.1
SESSION_LIMIT_S = 600.0
STORED_LIMIT_S = 30.0
MAX_EVENTS = 4096
_DATE_TIME_OCTETS = 7

_INFORMATION = {  # Device Information Service 180A
    "2a29": "maker",
    "2a24": "model",
    "2a25": "serial",
    "2a26": "firmware",
    "2a27": "hardware",
    "2a28": "software",
}
_SYSTEM_ID = "2a23"
_CURRENT_TIME = "2a2b"
_CONTEXT = "2a34"


class Sink(Protocol):
    """Where a link hands everything over. Every call returns at once."""

    def began(self, driver: Driver, meter: MeterIdentity) -> None:
        """Take the news that a session began."""

    def frame(self, driver: Driver, frame: Frame) -> Future[Any]:
        """Take a frame; the future ends when it is on disk, or says why it is not."""

    def mark(self, meter: MeterIdentity) -> bytes | None:
        """Return what was remembered of this meter's last complete session."""

    def ended(self, driver: Driver, meter: MeterIdentity, finish: Finish) -> None:
        """Take the news how a session ended; `finish.mark` is given only when all is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a connection to one meter needs."""

    driver: Driver
    device: BLEDevice
    meter: MeterIdentity
    sink: Sink
    now: Callable[[], HubTime]
    zone: tzinfo = UTC  # what a meter's clock is set to
    client: type[BaseBleakClient] | None = None


class MeterSession:
    """One visit, from connecting to the last stored frame."""

    def __init__(self, visit: Visit) -> None:
        """Keep the visit; nothing is connected yet."""
        self._visit = visit
        self._meter = visit.meter
        self._check: ClockCheck | None = None
        self._events: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue(MAX_EVENTS)
        self._storing: list[Future[Any]] = []
        self._client = BleakClient(
            visit.device,
            disconnected_callback=self._gone,
            timeout=CONNECT_LIMIT_S,
            backend=visit.client,
        )
        self._gatt = Gatt(self._client, visit.driver.match.services)

    @property
    def meter(self) -> MeterIdentity:
        """Return who the meter is, as far as this visit learned it."""
        return self._meter

    async def run(self, connecting: asyncio.Lock) -> Finish:
        """Visit the meter. Only one connection is being made at a time (BlueZ: InProgress)."""
        try:
            async with connecting, asyncio.timeout(CONNECT_LIMIT_S):
                await self._client.connect()
            async with asyncio.timeout(SESSION_LIMIT_S):
                return await self._talk()
        except RADIO_FAULTS as error:
            return Finish(outcome=Outcome.PARTIAL, why=f"radio: {type(error).__name__}")
        finally:
            await self._leave()

    async def _talk(self) -> Finish:
        driver = self._visit.driver
        patient_meter = driver.procedure is Procedure.RACP  # it waits until it is asked
        if patient_meter:
            await self._introduce()
        await self._read_clock()
        self._visit.sink.began(driver, self._meter)
        finish = await self._follow(self._session())
        if not patient_meter and self._client.is_connected:
            await self._introduce()
        return await self._confirmed(finish)

    def _session(self) -> Session:
        driver = self._visit.driver
        if driver.procedure is Procedure.RACP:
            return RacpSession(
                self._visit.sink.mark(self._meter),
                has_context=_CONTEXT in driver.context and self._gatt.has(_CONTEXT),
                idle_s=driver.idle_timeout_s,
            )
        return IndicationsSession(
            tuple(driver.notify), idle_s=driver.idle_timeout_s, clock=self._clock_write()
        )

    def _clock_write(self) -> Write | None:
        """Return the hub's local time for a meter that wants it, if the hub's own is right."""
        driver, now = self._visit.driver, self._visit.now()
        if (
            not driver.writes_clock
            or not now.synchronised
            or not self._gatt.has(driver.clock.value)
        ):
            return None
        local = now.at.astimezone(self._visit.zone)
        time = DeviceTime(
            year=local.year,
            month=local.month,
            day=local.day,
            hour=local.hour,
            minute=local.minute,
            second=local.second,
        )
        return Write(uuid=driver.clock.value, data=date_time.encode(time))

    async def _follow(self, session: Session) -> Finish:
        commands = session.begin()
        while True:
            finish = await self._obey(session, commands)
            if finish is not None:
                return finish
            commands = await self._next(session)

    async def _obey(self, session: Session, commands: Sequence[Command]) -> Finish | None:
        waiting = list(commands)
        while waiting:
            command = waiting.pop(0)
            try:
                match command:
                    case Finish():
                        return command
                    case Subscribe(uuid=uuid):
                        await self._gatt.subscribe(uuid, partial(self._heard, uuid))
                    case Write(uuid=uuid, data=data):
                        await self._gatt.write(uuid, data)
            except BleakGATTProtocolError as error:
                waiting = list(session.failed(int(error.code)))
        return None

    async def _next(self, session: Session) -> list[Command]:
        try:
            async with asyncio.timeout(session.wait_s):
                event = await self._events.get()
        except TimeoutError:
            return session.silent()
        return session.gone() if event is None else session.frame(*event)

    def _heard(self, uuid: str, octets: bytes) -> None:
        # Store first: a send-once meter deletes its copy when the stack confirms (A&D).
        driver = self._visit.driver
        if uuid in driver.notify or uuid in driver.context:  # not a control point's answers
            frame = Frame(
                uuid=uuid,
                data=octets,
                received=self._visit.now(),
                meter=self._meter,
                clock_check=self._check,
            )
            self._storing.append(self._visit.sink.frame(driver, frame))
        if self._events.full():
            # The frame is safe; only the procedure no longer hears of it and ends by time.
            log.warning("too many frames at once driver=%s", driver.name)
        else:
            self._events.put_nowait((uuid, octets))

    def _gone(self, _: BleakClient) -> None:
        if not self._events.full():
            self._events.put_nowait(None)

    async def _confirmed(self, finish: Finish) -> Finish:
        """Keep the session's mark only when every frame of it is on disk."""
        if not self._storing:
            return finish
        # `wait`, never `gather`: giving up must not cancel a row on its way to the disk.
        done, late = await asyncio.wait(
            [asyncio.wrap_future(future) for future in self._storing], timeout=STORED_LIMIT_S
        )
        if not late and all(future.exception() is None for future in done):
            return finish
        return Finish(outcome=Outcome.PARTIAL, why="a frame was not stored")

    async def _introduce(self) -> None:
        """Read Device Information once; a meter that will not tell is still read."""
        if self._meter.model or self._meter.serial:
            return
        known: dict[str, Any] = {}
        for uuid, name in _INFORMATION.items():
            if (octets := await self._gatt.read(uuid)) is not None:
                known[name] = octets.split(b"\0")[0].decode("utf-8", "replace").strip()
        system_id = await self._gatt.read(_SYSTEM_ID)
        self._meter = replace(self._meter, **known, system_id=system_id or b"")

    async def _read_clock(self) -> None:
        clock = self._visit.driver.clock
        octets = None
        if clock is not Clock.NONE:
            octets = await self._gatt.read(clock.value)
        elif self._visit.driver.procedure is Procedure.RACP:
            octets = await self._gatt.read(_CURRENT_TIME)
        if octets is None:
            return
        try:
            device = date_time.decode(octets[:_DATE_TIME_OCTETS])
        except DecodeError:
            log.warning("meter clock unreadable driver=%s", self._visit.driver.name)
            return
        self._check = ClockCheck(device=device, hub=self._visit.now())

    async def _leave(self) -> None:
        try:
            async with asyncio.timeout(CALL_LIMIT_S):
                await self._client.disconnect()
        except RADIO_FAULTS as error:
            log.info("disconnect failed error=%s", type(error).__name__)
