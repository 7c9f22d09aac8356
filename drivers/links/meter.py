"""One visit to one meter: connect, learn who it is, run its session, leave; all with limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any

from bleak import BleakClient
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice

from drivers.codecs import battery
from drivers.driver import Clock, ClockWrite, Driver, History, Procedure
from drivers.links.device import bonded
from drivers.links.gatt import RADIO_FAULTS, Gatt
from drivers.links.limits import Limits, ending
from drivers.links.meter_clock import command_of, shown_by
from drivers.links.talk import RefusedError, Sink, Talk
from drivers.links.turns import CONNECT_LIMIT_S, Turns
from drivers.sessions.indications import IndicationsSession
from drivers.sessions.resuming import ResumingSession
from drivers.sessions.reversed import ReversedSession
from drivers.sessions.session import Finish, Meeting, Outcome, Session
from vitals.errors import DecodeError
from vitals.reading import HubTime, MeterIdentity

__all__ = ["SESSION_LIMIT_S", "MeterSession", "Sink", "Visit"]

log = logging.getLogger(__name__)

SESSION_LIMIT_S = 600.0

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
_BATTERY_LEVEL = "2a19"
_CONTEXT = "2a34"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a connection to one meter needs."""

    driver: Driver
    device: BLEDevice
    meter: MeterIdentity
    sink: Sink
    now: Callable[[], HubTime]
    zone: tzinfo = UTC  # what a meter's clock is set to
    secrets: Mapping[str, str] = field(default_factory=dict)
    serial: str = ""  # which it has to say first; empty: whichever
    client: type[BaseBleakClient] | None = None
    limits: Limits = field(default_factory=Limits)
    inherited: bool = False  # over a connection that another program made


class MeterSession:
    """One visit, from connecting to the last stored frame.

    `reached` tells of a connection, `lacks` that none of the driver's services was there, and
    `stranger` that it says another serial number than the one it has to.
    """

    def __init__(self, visit: Visit) -> None:
        """Keep the visit; nothing is connected yet."""
        self._visit = visit
        self._client = BleakClient(
            visit.device,
            disconnected_callback=lambda _: self._talk.gone(),
            timeout=CONNECT_LIMIT_S,
            backend=visit.client,
        )
        match = visit.driver.match
        own = match.services if match else frozenset[str]()
        self._gatt = Gatt(self._client, own, visit.limits.call_s)
        self._talk = Talk(
            driver=visit.driver,
            meter=visit.meter,
            sink=visit.sink,
            now=visit.now,
            line=self._gatt,
            zone=visit.zone,
        )

        self.reached = False
        self.lacks = False
        self.stranger = False
        self._connecting: asyncio.Timeout | None = None

    @property
    def frames(self) -> int:
        """Return how many frames came so far."""
        return self._talk.count

    @property
    def answered(self) -> bool:
        """Tell whether the meter answered anything at all."""
        return self._gatt.answered

    @property
    def driver(self) -> Driver:
        """Return the driver that it is read by."""
        return self._visit.driver

    @property
    def bonded(self) -> bool | None:
        """Tell whether the hub held a bond as the visit began; None if the radio does not say."""
        return bonded(self._visit.device)

    def lost(self) -> None:
        """Take the news that bluetoothd is gone: the visit ends now, with what came."""
        self._talk.gone()
        if self._connecting is not None and not self._connecting.expired():
            self._connecting.reschedule(asyncio.get_running_loop().time())

    @property
    def meter(self) -> MeterIdentity:
        """Return who the meter is, as far as this visit learned it."""
        return self._talk.meter

    async def run(self, turns: Turns) -> Finish:
        """Visit the meter. Only one connection is being made at a time (BlueZ: InProgress)."""
        if self._visit.driver.bond_before_connect and bonded(self._visit.device) is False:
            # Unasked it is left alone: a Beurer BM48 switches itself off when a stranger connects.
            return Finish(outcome=Outcome.NEEDS_PAIRING, why="the meter wants to be paired first")
        try:
            await self._connect(turns)
            self.reached = True
            async with asyncio.timeout(SESSION_LIMIT_S):
                return await self._converse()
        except RADIO_FAULTS as error:
            return Finish(outcome=Outcome.PARTIAL, why=f"radio: {type(error).__name__}")
        finally:
            await self._leave()

    async def _connect(self, turns: Turns) -> None:
        async with turns.take(), asyncio.timeout(CONNECT_LIMIT_S) as limit:
            self._connecting = limit
            try:
                await ending(self._client.connect(), self._visit.limits.call_s)
            finally:
                self._connecting = None

    async def _converse(self) -> Finish:
        driver = self._visit.driver
        if driver.procedure is not Procedure.VENDOR and not any(map(self._gatt.has, driver.notify)):
            # BlueZ's own memory of a meter's services can be wrong, and outlives a new connection.
            self.lacks = True
            return Finish(outcome=Outcome.PARTIAL, why="none of its services was found")
        patient_meter = driver.procedure is Procedure.RACP  # it waits until it is asked
        if self._visit.serial:
            if (ends := await self._prove(self._visit.serial)) is not None:
                return ends
        elif patient_meter:
            await self._introduce()
        await self._read_clock()
        self._visit.sink.began(driver, self.meter)
        finish = await self._talk.follow(self._session())
        if self._visit.inherited:
            # An answer to what that program asked may have been taken for one to us: what came is
            # kept, and next time the meter is asked for all of it again.
            finish = replace(finish, mark=None)
        try:
            if finish.outcome is Outcome.COMPLETE and self._client.is_connected:
                await self._set_clock()
            if not patient_meter and self._client.is_connected:
                await self._introduce()
            if self._client.is_connected:
                await self._read_battery()
        except RADIO_FAULTS as error:
            # What is good to know may not change how the visit ended.
            log.info("after the visit: radio error=%s", type(error).__name__)
        return finish

    def _session(self) -> Session:
        driver = self._visit.driver
        meeting = Meeting(
            mark=self._visit.sink.mark(self.meter),
            has=self._gatt.has,
            may_set_clock=self._visit.now().synchronised
            and (not self._visit.inherited or driver.clock_write is ClockWrite.BEFORE_READ),
            is_off=self._talk.is_off,
            secrets=self._visit.secrets,
        )
        if driver.session is not None:
            return driver.session(meeting)
        if driver.history is History.REVERSED:
            return ReversedSession(meeting.mark, idle_s=driver.idle_timeout_s)
        if driver.procedure is Procedure.RACP:
            return ResumingSession(
                meeting.mark,
                has_context=_CONTEXT in driver.context and meeting.has(_CONTEXT),
                idle_s=driver.idle_timeout_s,
            )
        there = tuple(uuid for uuid in driver.notify if meeting.has(uuid))
        return IndicationsSession(there or tuple(driver.notify), idle_s=driver.idle_timeout_s)

    async def _prove(self, serial: str) -> Finish | None:
        """Have the meter say its serial number anew; None if that is the one it has to say."""
        self._talk.meter = replace(self.meter, model="", serial="")
        await self._introduce()
        if self.meter.serial == serial:
            return None
        if not self.meter.serial:
            return Finish(outcome=Outcome.PARTIAL, why="it did not say its serial number")
        self.stranger = True
        return Finish(outcome=Outcome.NEEDS_PERSON, why="another serial number than before")

    async def _introduce(self) -> None:
        """Read Device Information once; a meter that will not tell is still read."""
        if self.meter.model or self.meter.serial:
            return
        known: dict[str, Any] = {}
        for uuid, name in _INFORMATION.items():
            if (octets := await self._gatt.look(uuid)) is not None:
                known[name] = octets.split(b"\0")[0].decode("utf-8", "replace").strip()
        system_id = await self._gatt.look(_SYSTEM_ID)
        self._talk.meter = replace(self.meter, **known, system_id=system_id or b"")

    async def _read_battery(self) -> None:
        """Hand on what the meter says of its battery, where it has a Battery Service (180F)."""
        octets = await self._gatt.look(_BATTERY_LEVEL)
        if octets is None:
            return
        try:
            percent = battery.decode_level(octets)
        except DecodeError as error:
            log.info("battery level unreadable code=%s", error.code)
            return
        self._visit.sink.battery(self._visit.driver, self.meter, percent)

    async def _read_clock(self) -> None:
        clock = self._visit.driver.clock
        asked, octets = self._visit.now(), None
        if clock in {Clock.CURRENT_TIME, Clock.DATE_TIME}:
            octets = await self._gatt.look(clock.value)
        elif self._visit.driver.procedure is Procedure.RACP:
            octets = await self._gatt.look(_CURRENT_TIME)
        if octets is None:
            return
        shown = shown_by(octets)
        if shown is None:
            log.warning("meter clock unreadable driver=%s", self._visit.driver.name)
        else:
            self._talk.noted(shown, asked)

    async def _set_clock(self) -> None:
        """Set a clock that is off, now that every record is stored, and read it back."""
        driver, check = self._visit.driver, self._talk.check
        command = command_of(driver)
        if (
            command is None
            or self._visit.inherited
            or not self._visit.now().synchronised
            or not self._gatt.has(command.uuid)
        ):
            return
        readable = driver.clock is not Clock.VENDOR
        if readable and (check is None or not self._talk.is_off(check.device, check.hub)):
            return
        refused = False
        try:
            await self._talk.set_clock(command)
        except RefusedError as error:
            refused = True
            log.info("meter clock refused driver=%s code=%d", driver.name, error.att_error)
        octets = await self._gatt.look(command.uuid) if readable else None
        after = None if octets is None else shown_by(octets)
        # Some answer "data field ignored" (0x80) and mean that they took the rest.
        if not refused or (after is not None and not self._talk.is_off(after)):
            self._visit.sink.clock_set(driver, self.meter, check, after)

    async def _leave(self) -> None:
        try:
            async with asyncio.timeout(self._visit.limits.call_s):
                await self._client.disconnect()
        except RADIO_FAULTS as error:
            log.info("disconnect failed error=%s", type(error).__name__)
