"""Pairing as the hub carries it out: asked at its desk, shown on its screen, noted in its trail.

One pairing at a time. It is a conversation: `begin`, then `look` as often as one likes, `answer`
where a person has to type or compare, `stop`. The same object serves the running hub and, where
none runs, the command itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from agent.adopted import AdoptedMeter, Meters
from agent.audit import Audit
from agent.pairing_session import Session
from agent.radio import chosen
from agent.refusals import Refusals
from drivers import registry
from drivers.driver import Driver
from drivers.links.ble import BleLink
from drivers.links.bluez import BlueZ
from drivers.links.warden import Warden
from drivers.pairing import Paired, Pairer, Progress, Stage
from drivers.pairing_agent import Doorkeeper
from drivers.pairing_gate import passkey
from drivers.pairing_refusals import busy, no_passkey, radio_missing, stopped
from drivers.pairing_search import Order
from sync.fhir.audit import HUB
from vitals.errors import HubError
from vitals.reading import HubTime

log = logging.getLogger(__name__)

READY_LIMIT_S = 15.0
RENEW_S = 20.0
_ASK_LIMIT_S = 20.0
_ENDED = frozenset({Stage.PAIRED, Stage.FAILED})
_ASKS = frozenset({Stage.TYPE_HERE, Stage.TYPE_THERE, Stage.COMPARE})

Shown = Callable[[Progress], None]


class Pairing:
    """Pairs meters with this hub. Make it on the event loop; `answer` is for other threads.

    `shown` is told each step, on the loop, for the screen.
    """

    def __init__(
        self, meters: Meters, audit: Audit, now: Callable[[], HubTime], *, adapter: str = ""
    ) -> None:
        """Join the parts; nothing is registered before `warden.run`."""
        self.meters, self._audit, self._now = meters, audit, now
        self._loop = asyncio.get_running_loop()
        self.refusals = Refusals(self._refused, time.monotonic)
        self._failures = Refusals(
            lambda why: self._audit.note(by=HUB, what="pair-failed", why=why), time.monotonic
        )
        self._bluez = BlueZ()
        self._door = Doorkeeper(refused=self.refusals.take)
        self._pairer = Pairer(
            bluez=self._bluez, door=self._door, tell=self._show, begins=self._begins
        )
        self.warden = Warden(
            bluez=self._bluez, door=self._door, adapter=adapter, settled=[self._tidy_soon]
        )
        self.link: BleLink | None = None
        self.shown: Shown = _nobody
        self.health: Callable[[], dict[str, Any]] = dict
        self._session: Session | None = None
        self._last = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """Carry out what is asked about meters; None for anything else. May block.

        Raises
        ------
        HubError
            PAIR-05 while another is being paired, PAIR-07 for digits that are none, RADIO-01 for a
            driver that does not exist.
        """
        if asked.get("do") == "meters":
            return {"meters": [asdict(one) for one in self.meters.adopted]}
        if asked.get("do") == "radio":
            return {"radio": self.health()}
        if asked.get("do") == "forget":
            return self._forget(str(asked.get("address") or ""), str(asked.get("by") or ""))
        if asked.get("do") != "pair":
            return None
        step = asked.get("step")
        if step == "begin":
            return self._begin(asked)
        if step == "answer":
            self._said(str(asked.get("digits") or ""), right=asked.get("right") is True)
        elif step == "stop":
            self._loop.call_soon_threadsafe(self._stop)
        return self._looked(asked.get("session"))

    # On any thread.

    def _begin(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        order = Order(
            drivers=registry.drivers(),
            address=str(asked.get("address") or ""),
            driver=chosen(str(asked.get("driver") or ""), registry.drivers()),
            adapter=self.warden.adapter,
        )
        by = str(asked.get("by") or "")
        begun = asyncio.run_coroutine_threadsafe(self._start(order, by), self._loop)
        return {"session": begun.result(_ASK_LIMIT_S)}

    def _looked(self, number: object) -> dict[str, Any]:
        """Tell how far it is; the screen, which shows only what goes on now, names no number."""
        session = self._session
        if session is None or number not in {self._last, None}:
            raise stopped()
        shows = session.shows
        found: dict[str, Any] = {
            "stage": shows.stage.value,
            "title": shows.title,
            "label": shows.label,
            "digits": shows.digits,
        }
        if session.error is not None:
            raise session.error
        if session.made is not None:
            found["meter"] = asdict(session.made)
        return found

    def _said(self, digits: str, *, right: bool) -> None:
        number = passkey(digits)
        typing = self._session is not None and self._session.shows.stage is Stage.TYPE_HERE
        if right and typing and number is None:
            raise no_passkey()
        self._loop.call_soon_threadsafe(lambda: self._door.say(number, right=right))

    def _forget(self, address: str, by: str) -> dict[str, Any]:
        gone = self.meters.forget(address)
        removed = asyncio.run_coroutine_threadsafe(self.warden.forget(address), self._loop)
        bond = removed.result(_ASK_LIMIT_S)
        if gone is not None or bond:
            self._audit.note(by=by, what="forget", why=gone.driver if gone else "a bond")
        return {"forgotten": gone is not None, "bond_removed": bond}

    # On the loop.

    async def _start(self, order: Order, by: str) -> int:
        if self._session is not None and self._session.shows.stage not in _ENDED:
            raise busy()
        session = self._session = Session(by=by, address=order.address.upper())
        self._last += 1
        if self.link is not None and session.address:
            self.link.held.add(session.address)
        session.task = asyncio.create_task(self._run(session, order), name="pairing")
        return self._last

    async def renew(self, address: str, driver: Driver) -> str:
        """Pair a meter of this home anew, because its bond is no longer any good; on the loop.

        Returns the code of what went wrong, empty when it worked.
        """
        order = Order(
            drivers=registry.drivers(),
            address=address,
            driver=driver,
            adapter=self.warden.adapter,
            search_s=RENEW_S,
        )
        try:
            await self._start(order, HUB)
        except HubError as error:
            return error.code
        session = self._session
        if session is None or session.task is None:
            return stopped().code
        await asyncio.wait({session.task})
        return session.error.code if session.error is not None else ""

    async def _run(self, session: Session, order: Order) -> None:
        """Pair, and say how it ended whatever happened."""
        try:
            async with asyncio.timeout(READY_LIMIT_S):
                await self.warden.ready.wait()
            made = await self._pairer.run(order)
            session.made = await asyncio.to_thread(self._adopt, made, session.by)
            if self.link is None:
                await self._pairer.leave(made.meter)
            else:
                self.link.visit_soon(made.meter.address)
                if made.connected:
                    self.link.take_over(made.meter)
            self._show(Progress(stage=Stage.PAIRED, title=made.meter.driver.title))
        except TimeoutError:
            self._failed(session, radio_missing())
        except HubError as error:
            self._failed(session, error)
        except asyncio.CancelledError:
            self._failed(session, stopped())
            raise
        finally:
            if self.link is not None:
                self.link.held.discard(session.address)
            if session.made is None and session.begun:
                await asyncio.to_thread(self._gave_up, session)

    async def _begins(self, address: str) -> None:
        if self._session is not None:
            self._session.address, self._session.begun = address.upper(), True
        if self.link is not None:
            self.link.held.add(address.upper())
        await asyncio.to_thread(self.meters.begun, address)

    def _failed(self, session: Session, error: HubError) -> None:
        session.error = error
        log.info("pairing ended code=%s", error.code)
        self._show(Progress(stage=Stage.FAILED, title=session.shows.title))

    def _stop(self) -> None:
        session = self._session
        if session is not None and session.task is not None:
            session.task.cancel()  # does nothing to one that ended

    async def end(self) -> None:
        """Stop a pairing that goes on, and wait until nothing of it is left."""
        session = self._session
        if session is not None and session.task is not None and not session.task.done():
            session.task.cancel()
            await asyncio.wait({session.task}, timeout=_ASK_LIMIT_S)

    def _show(self, progress: Progress) -> None:
        session = self._session
        if session is not None:
            session.shows = progress
            session.asked = session.asked or progress.stage in _ASKS
            if session.by == HUB and not session.asked:
                return  # the hub tries by itself: that it could not is no news for a patient
        self.shown(progress)

    def _tidy_soon(self) -> None:
        task = self._loop.create_task(self._tidy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tidy(self) -> None:
        """Remove the bond of a meter whose pairing a power cut or a kill broke off."""
        address = await asyncio.to_thread(self.meters.half_paired)
        live = self._session is not None and self._session.shows.stage not in _ENDED
        if not address or live:
            return
        if address not in {one.address for one in self.meters.adopted}:
            await self.warden.forget(address)
            log.warning("half a pairing was undone")
        await asyncio.to_thread(self.meters.begun, "")

    # On a worker's thread: these wait for the disk.

    def _adopt(self, made: Paired, by: str) -> AdoptedMeter:
        meter = AdoptedMeter(
            address=made.meter.address,
            name=made.meter.name,
            driver=made.meter.driver.name,
            bonded=made.bonded,
            at=self._now().at.isoformat(timespec="seconds"),
            by=by,
        )
        self.meters.adopt(meter)
        self._audit.note(by=by, what="pair", why=meter.driver)
        return meter

    def _gave_up(self, session: Session) -> None:
        self.meters.begun("")
        code = session.error.code if session.error is not None else ""
        if session.by == HUB:
            self._failures.take(code)  # the hub itself may try often
        else:
            self._audit.note(by=session.by, what="pair-failed", why=code)

    def _refused(self, why: str) -> None:
        log.warning("a pairing that nobody asked for was refused")
        self._note(why)

    def stranger(self, driver: Driver) -> None:
        """Note that a meter was turned away: after a renewed bond it is not the one it was."""
        log.warning("another meter in the place of a known one was refused")
        self._note(f"{driver.name}: another serial number than before")

    def _note(self, why: str) -> None:
        def note() -> None:
            self._audit.note(by=HUB, what="pair-refused", why=why)

        self._loop.run_in_executor(None, note)


def _nobody(progress: Progress) -> None:
    """Show a step to nobody: a hub without a screen."""
