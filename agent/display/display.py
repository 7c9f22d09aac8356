"""The patient's screen as one part of the hub: its desk, its book, and who hears the answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from agent.clock import HubClock
from agent.display.book import Book, is_new
from agent.display.care import Care
from agent.display.desk import ScreenDesk
from agent.display.heard import Decide, Ear
from agent.display.proof import Proofs
from agent.screen.messages import SOCKET, Arrived, FromHub, FromScreen
from agent.screen.values import Doing, MeterSeen, Topic
from agent.status import Status
from config.schema import Config
from sync.outbox import Outbox
from sync.record import Measured
from vitals.errors import HubError, LinkError

log = logging.getLogger(__name__)

_LOOK_S = 0.5
_MOST_ANSWERS = 64

Answer = tuple[FromScreen, Callable[[], None]]


class Visits(Protocol):
    """What video visits want of the screen. Each may be called from any thread."""

    def hear(self, message: FromScreen) -> bool:
        """Take a word of the screen's, if it is about a visit; tell whether it was."""

    def screens(self, count: int) -> None:
        """Note how many screens there are."""

    def stored(self, doing: Doing) -> None:
        """Note that a new reading is on disk."""


class NoVisits:
    """A hub that nobody visits."""

    def hear(self, message: FromScreen) -> bool:
        """Leave it to others."""
        del message
        return False

    def screens(self, count: int) -> None:
        """Nothing to note."""

    def stored(self, doing: Doing) -> None:
        """Nothing to note."""


class Display:
    """Tells the screens what is new, and takes what they say. Make it on the event loop."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        config: Config,
        *,
        outbox: Outbox,
        status: Status,
        care: Care,
        decide: Decide,
        clock: HubClock,
        meters: Callable[[], list[MeterSeen]] = list,
    ) -> None:
        """Join the parts; nothing is listened to before `run`."""
        self._patient, self._status, self._now = config.patient.reference, status, clock
        self._loop = asyncio.get_running_loop()
        self._answers: asyncio.Queue[Answer] = asyncio.Queue(_MOST_ANSWERS)
        self._book = Book(
            outbox=outbox,
            status=status,
            care=care,
            settings=config.screen,
            zone=ZoneInfo(config.hub.timezone),
            now=clock,
            boot_offsets=clock.boot_offsets,
            hub=config.hub.id,
            meters=meters,
        )
        self._book.resume()
        self.path: Path = config.hub.state_dir / SOCKET
        self.visits: Visits = NoVisits()
        self._desk = ScreenDesk(self.path, self._book.home, self._take, self._present)
        self._proofs = Proofs(outbox)
        self._ear = Ear(
            self._book,
            care,
            decide,
            proofs=self._proofs,
            tell=self._tell,
            visit=self._visit,
        )

    @property
    def book(self) -> Book:
        """Return what the home set and allows."""
        return self._book

    def taken(self) -> Mapping[Doing, datetime]:
        """Return when the last reading of each kind was taken. Any thread."""
        return self._book.taken()

    def allows(self, topic: Topic) -> bool:
        """Tell whether the patient allows this at the moment. Any thread."""
        return topic in self._book.consents

    async def run(self) -> None:
        """Serve the screens until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._desk.run(), name="screen desk")
            group.create_task(self._hear(), name="screen answers")
            group.create_task(self._look(), name="screen news")

    def shown(self, record: Measured, seq: int, held: bool) -> None:  # noqa: FBT001 - a callback
        """Show a reading that is on disk. Any thread; other patients' readings stay unseen."""
        if record.patient not in {self._patient, ""}:
            return
        one = None if held else self._book.stored(record.reading, seq)
        if held:
            self._loop.call_soon_threadsafe(self._desk.changed)
        elif one is not None:
            self._proofs.keep(record, seq)
            if is_new(one, self._now()):
                self._tell(Arrived(reading=one))
                self.visits.stored(one.doing)
            self._loop.call_soon_threadsafe(self._desk.changed)

    def changed(self) -> None:
        """Say that the home is not what it was. Any thread."""
        self._loop.call_soon_threadsafe(self._desk.changed)

    def tell(self, message: FromHub) -> None:
        """Tell the screens something of this very minute: a passkey, a call. Any thread."""
        self._tell(message)

    def _tell(self, message: FromHub) -> None:
        self._loop.call_soon_threadsafe(self._desk.tell, message)

    # `visits` is joined later than these are handed on.
    def _present(self, count: int) -> None:
        self.visits.screens(count)

    def _visit(self, message: FromScreen) -> bool:
        return self.visits.hear(message)

    def _take(self, message: FromScreen, done: Callable[[], None]) -> None:
        if self._answers.full():
            raise LinkError("A screen says more than can be heard.", code="SCR-06")
        self._answers.put_nowait((message, done))

    async def _hear(self) -> None:
        while True:
            message, done = await self._answers.get()
            try:
                await asyncio.to_thread(self._ear.hear, message, self._patient)
            except HubError as error:
                log.warning("an answer came to nothing code=%s", error.code)
            done()
            self._desk.changed()

    async def _look(self) -> None:
        """Notice what only counts tell: the server has a reading, an alarm began or ended."""
        before = self._status.snapshot()
        while True:
            await asyncio.sleep(_LOOK_S)
            if (found := self._status.snapshot()) != before:
                before = found
                self._desk.changed()
