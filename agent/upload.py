"""Carries the outbox to the care team's server: asks the engine, does what it says, tells it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from agent.status import Status
from sync.engine import Engine
from sync.exchange import Acknowledge, Alarm, Answer, ClearAlarm, Effect, Park, Request, Send
from sync.order import Budget, Order
from sync.outbox import Outbox
from sync.record import Entry
from vitals.reading import HubTime

log = logging.getLogger(__name__)

_LONGEST_NAP_S = 15.0
_STORE_LIMIT_S = 30.0
_ERRAND_TURN_S = 20.0  # the longest that readings keep everything else waiting
BUDGET = "budget"
"""Under which name the store keeps what is left of the line's budget."""


class Link(Protocol):
    """A way to talk to the server. Never raises for the network: an unknown outcome is a value."""

    def exchange(self, request: Request) -> Answer:
        """Send one request and wait, within its own time limit, for the answer."""


class Errand(Protocol):
    """Something else that is asked of the server, while no reading waits."""

    def next(self, now_s: float) -> Request | None:
        """Return the next request, None when there is none. Called in the upload's thread."""

    def answer(self, request: Request, answer: Answer, now_s: float) -> list[Effect]:
        """Take the answer. Called in the upload's thread; may wait for the disk."""


class Watch(Protocol):
    """Who looks at every reading before it leaves the hub, and hears what became of it."""

    def look(self) -> None:
        """Look at what is new. Called in the upload's thread; may wait for the disk."""

    def sent(self, seqs: Sequence[int]) -> None:
        """Take the news that the server has these rows. Returns at once."""


class _Nobody:
    """Nobody looks."""

    def look(self) -> None:
        """Look at nothing."""

    def sent(self, seqs: Sequence[int]) -> None:
        """Note nothing."""


NOBODY = _Nobody()


class Uploader:
    """One writer for the patient's stream: at most one request is ever under way."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        *,
        engine: Engine,
        outbox: Outbox,
        link: Link,
        status: Status,
        batch: int,
        errands: Sequence[Errand] = (),
        order: Order,
        budget: Budget,
        now: Callable[[], HubTime],
        clock: Callable[[], float] = time.monotonic,
        watch: Watch = NOBODY,
    ) -> None:
        """Keep the parts; nothing runs before `run`.

        `batch` is how much history is looked at for one request, `now` the hub's time of day,
        `clock` one that never jumps, and `watch` who looks at readings before they leave.
        """
        self._engine = engine
        self._outbox = outbox
        self._link = link
        self._status = status
        self._batch = batch
        self._errands, self._order, self._budget = errands, order, budget
        self._errand_s = clock()
        self._clock, self._now, self._watch = clock, now, watch
        self._nudged = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="upload")
        self.heartbeat = clock()

    def nudge(self) -> None:
        """Say that something new waits. Call it on the event loop's thread."""
        self._nudged.set()

    def reachable(self) -> None:
        """Say that a way to the server is open again. Call it on the event loop's thread."""
        self._engine.pace.reachable()
        self._nudged.set()

    async def run(self) -> None:
        """Upload for ever. Cancel it to stop; an unanswered request is sent again next time."""
        loop = asyncio.get_running_loop()
        while True:
            self.heartbeat = self._clock()
            self._nudged.clear()
            pending = await loop.run_in_executor(self._thread, self._pending)
            step = self._engine.next(self._clock(), pending)
            if isinstance(step, Send) and self._clock() - self._errand_s < _ERRAND_TURN_S:
                answer = await loop.run_in_executor(self._thread, self._exchange, step.request)
                wall_s = self._now().at.timestamp()
                effects = self._engine.answer(step.request, answer, self._clock(), wall_s=wall_s)
                await self._apply(effects)
                continue
            # A backlog of weeks must not keep a new care plan, or a visit, waiting.
            done = await loop.run_in_executor(self._thread, self._errand)
            if done is not None:
                await self._apply(done)
            elif not isinstance(step, Send):
                await self._nap(step.until_s - self._clock())

    def _errand(self) -> list[Effect] | None:
        """Run one errand, if there is one."""
        self._errand_s = self._clock()
        for errand in self._errands:
            if (request := errand.next(self._clock())) is not None:
                return errand.answer(request, self._exchange(request), self._clock())
        return None

    def _pending(self) -> list[Entry]:
        self._watch.look()
        history = self._budget.allows_history()
        return self._order.choose(self._outbox, self._now(), limit=self._batch, history=history)

    def _exchange(self, request: Request) -> Answer:
        answer = self._link.exchange(request)
        self._budget.spend(len(request.body) + len(answer.body))
        if self._budget.is_due():
            self._outbox.remember(BUDGET, self._budget.octets())
        return answer

    async def _nap(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(min(max(seconds, 0.0), _LONGEST_NAP_S)):
                await self._nudged.wait()
        except TimeoutError:
            return

    async def _apply(self, effects: Sequence[Effect]) -> None:
        # All at once: each write of its own would cost the card a sync and several pages.
        done = [seq for one in effects if isinstance(one, Acknowledge) for seq in one.seqs]
        if done:
            future = self._outbox.acknowledge(done)
            await asyncio.wait_for(asyncio.wrap_future(future), _STORE_LIMIT_S)
            self._status.count("acknowledged", len(done))
            self._watch.sent(done)
        for effect in effects:
            match effect:
                case Park(seqs=seqs, code=code, reason=reason):
                    for seq in seqs:
                        parked = self._outbox.park(seq, code=code, reason=reason)
                        await asyncio.wait_for(asyncio.wrap_future(parked), _STORE_LIMIT_S)
                    self._status.count("parked", len(seqs))
                    log.warning("server refused readings=%d code=%s", len(seqs), code)
                case Alarm(code=code, sentence=sentence):
                    if self._status.alarm(code, sentence):
                        log.warning("upload alarm code=%s", code)
                case ClearAlarm(code=code):
                    if self._status.clear(code):
                        log.info("upload alarm over code=%s", code)
                case Acknowledge():
                    continue

    def close(self) -> None:
        """Let the worker thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class Bell:
    """Rings for the uploader from any thread; before there is one, nobody waits.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        The uploader's.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hang it up; `uploader`, and what looks for news, are set once they are there."""
        self._loop = loop
        self.uploader: Uploader | None = None
        self.look: Callable[[], object] = lambda: None
        self.watch: Callable[[], object] = lambda: None

    def nudge(self) -> None:
        """Say that something new waits."""
        self._loop.call_soon_threadsafe(self.watch)
        if self.uploader is not None:
            self._loop.call_soon_threadsafe(self.uploader.nudge)

    def called(self) -> None:
        """Say that the care team has something for this home."""
        self.look()
        self.nudge()

    def reachable(self) -> None:
        """Say that a way to the server is open again."""
        if self.uploader is not None:
            self._loop.call_soon_threadsafe(self.uploader.reachable)
