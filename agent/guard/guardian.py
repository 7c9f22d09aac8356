"""Looks at every reading once, by the care team's rules, before it leaves the hub. Also offline.

What a look finds (flags and messages for the care team, a word for the patient, a line in the
ledger) is written in one piece with how far it looked: a power cut repeats a look or none of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal

import msgspec

from agent.care.taken import taken
from agent.display.answers import Answers
from agent.display.shown import DOING
from agent.guard.chores import Chores, path_of
from agent.guard.daybook import Daybook, line_of, typed_line
from agent.guard.kept import STATE, Meter, state_of
from agent.guard.own import Own
from agent.guard.work import Work
from agent.persons import QUESTIONS
from agent.screen.values import Doing, Note
from agent.status import Status
from sync.fhir.timing import corrected
from sync.messages import Message, NotUnderstood
from sync.outbox import Outbox
from sync.outbox import State as Row
from sync.record import Measured
from vitals.errors import HubError
from vitals.reading import HubTime, MeterIdentity

log = logging.getLogger(__name__)

_AT_ONCE = 200
_MOST = 1000  # of answers waiting, the patient's among them: beyond it nothing more can be told
_EVERY_S, _NAP_S = 60.0, 15.0
_FULL, _UNTOLD = "CARE-01", "CARE-02"
_LIMIT_S = 20.0


class Guardian:
    """The care rules of one hub. Thread-safe; may block.

    Parameters
    ----------
    messages : callable
        Returns what the care team sent.
    now, boot_offsets : callable, mapping
        The hub's clock, and what is known of its boots: a clock that jumps moves nothing.
    clock : callable
        Seconds, never jumping.
    """

    def __init__(  # noqa: PLR0913 - each is a part of the hub
        self,
        outbox: Outbox,
        answers: Answers,
        messages: Callable[[], Iterable[Message | NotUnderstood]],
        *,
        hub_id: str,
        patient: str,
        status: Status,
        now: Callable[[], HubTime],
        boot_offsets: Mapping[str, int],
        zone: tzinfo,
        clock: Callable[[], float],
    ) -> None:
        """Go on where the last process stopped."""
        self.answers = answers
        self._outbox, self._messages = outbox, messages
        self._hub_id, self._patient, self._status = hub_id, patient, status
        self._now, self._offsets, self._zone, self._clock = now, boot_offsets, zone, clock
        self._lock = threading.Lock()
        self._own = Own(outbox, patient)
        self._state = state_of(self._own)
        self._daybook = Daybook(self._own)
        self._sent: deque[tuple[Sequence[int], datetime]] = deque()
        self._rules: list[Message] | None = None
        self._nudged = asyncio.Event()
        self._tick_s = -1e9
        self._begun = self._is_stale = False
        self._news: deque[Callable[[Chores], None]] = deque(maxlen=_MOST)
        answers.stored = self._arrived
        self.changed: Callable[[], object] = lambda: None

    async def run(self) -> None:
        """Look at what is new as it comes, also while no server can be reached. Cancel to stop."""
        while True:
            self._nudged.clear()
            await asyncio.to_thread(self.look)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_NAP_S):
                    await self._nudged.wait()

    def nudge(self) -> None:
        """Say that something is new. Call it on the event loop's thread."""
        self._nudged.set()

    def look(self) -> None:
        """Look at what is new. Never raises for the disk: readings go on without us."""
        with self._lock:
            try:
                if self._is_stale:
                    self._daybook.again()
                    self._is_stale = False
                changed = self._begin() if not self._begun else False
                while self._batch():
                    changed = True
                changed = self._chores() or changed
                self._status.clear(_FULL)
            except HubError as error:
                self._is_stale, self._begun = True, False  # what was sent meanwhile is found anew
                self._sent.clear()
                if self._status.alarm(_FULL, _SENTENCE):
                    log.error("care rules cannot be kept code=%s", error.code)  # noqa: TRY400 - no traceback
                return
        if changed:
            self.changed()

    def sent(self, seqs: Sequence[int]) -> None:
        """Note that the server has these rows. Returns at once."""
        self._sent.append((tuple(seqs), self._local()))

    def met(self, address: str, outcome: str) -> None:
        """Note that a meter was heard, and how that ended. Returns at once."""
        at = self._local()
        self._news.append(lambda chores: chores.met(address.upper(), outcome, at))

    def unpaired(self, address: str) -> None:
        """Note that a meter must be paired again, and that only a person can do it."""
        at = self._local()
        self._news.append(lambda chores: chores.unpaired(address.upper(), at))

    def powered(self, meter: MeterIdentity, percent: int) -> None:
        """Note how full a meter's battery is. Returns at once."""
        self._news.append(lambda chores: chores.powered(meter.address.upper(), percent))

    def forget(self) -> None:
        """Read the care team's rules anew at the next look."""
        self._rules = None

    def typed(self, about: str, numbers: Mapping[str, Decimal]) -> None:
        """Note that the patient typed numbers into a form. Returns at once.

        They are counted apart in the ledger; what a score asks for by its code is kept for it.
        """
        line = typed_line(about, self._local())

        def noted(chores: Chores) -> None:
            self._daybook.add(line, 0)
            chores.typed(numbers, line.measured)

        self._news.append(noted)

    def declined(self, doing: Doing) -> None:
        """Note that the patient said "not today": the care team knows. Returns at once."""
        at = self._local()
        self._news.append(lambda chores: chores.declined(doing, at))

    def _arrived(self, path: str, version: str = "") -> None:
        self._news.append(lambda chores: chores.told(path, version))

    def notes(self) -> list[Note]:
        """Return what the patient has not looked at yet."""
        return list(self._state.notes)

    def meters(self) -> Mapping[str, Meter]:
        """Return what is known of each meter, by its address in capitals."""
        return dict(self._state.meters)

    def noticed(self, note: str) -> bool:
        """Take a note away that was looked at; tell whether there was one."""
        with self._lock:
            left = [one for one in self._state.notes if one.id != note]
            if len(left) == len(self._state.notes):
                return False
            state = copy.deepcopy(self._state)
            state.notes = left
            octets = msgspec.json.encode(state)
            self._outbox.remember(self._own.name(STATE), octets).result(_LIMIT_S)
            self._state = state
            return True

    def _begin(self) -> bool:
        """Note what was sent while nobody looked: what no longer waits has arrived."""
        gone = [seq for seq in self._daybook.waiting if self._outbox.entry(seq) is None]
        self._daybook.sent(gone, self._local())
        untold = {path_of(note) for note in self._state.notes if not note.told}
        for path in untold.difference(self.answers.paths()) if untold else ():
            self._arrived(path)
        self._begun = True
        return bool(gone)

    def _batch(self) -> bool:
        """Look at some rows; tell whether there may be more."""
        state = self._state
        late = self._ripe(state.late)
        if self._outbox.last() <= state.cursor and not late:
            return False
        rows, skipped = self._outbox.beyond(state.cursor, _AT_ONCE)
        if not rows and not skipped and not late:
            return False
        work = self._work()
        for seq, record in [*late, *((row.seq, row.record) for row in rows)]:
            if isinstance(record, Measured) and record.patient == self._patient:
                self._one(seq, record, work)
        done = {seq for seq, _ in late}
        work.state.late = [*(seq for seq in state.late if seq not in done), *skipped]
        work.state.cursor = max([state.cursor, *(row.seq for row in rows), *skipped])
        self._keep(work)
        return len(rows) == _AT_ONCE

    def _ripe(self, late: Sequence[int]) -> list[tuple[int, object]]:
        """Return the rows that were passed over and have become somebody's, or nobody's."""
        found: list[tuple[int, object]] = []
        for seq in late:
            if self._outbox.is_on_hold(seq):
                continue
            row = self._outbox.entry(seq)
            asked = row is not None and row.refusal is not None and row.refusal.code in QUESTIONS
            if row is None or not asked:
                waits = row is not None and row.state is Row.PENDING
                found.append((seq, row.record if row is not None and waits else None))
        return found

    def _one(self, seq: int, record: Measured, work: Work) -> None:
        one = taken(record, self._zone, self._offsets)
        clock = None if one.vouched else record.reading.timing.received
        self._daybook.add(line_of(one), seq, clock)
        work.look_at(one, DOING.get(one.kind))

    def _chores(self) -> bool:
        """Do what no reading brings: sent rows, heard meters, and what time alone brings."""
        while self._sent:
            seqs, at = self._sent.popleft()
            self._daybook.sent(seqs, at)
        self._daybook.mend(self._offsets)
        due = self._clock() - self._tick_s >= _EVERY_S
        if not (due or self._news or self._daybook.writes()):
            return False
        work = self._work()
        chores = Chores(work, vouched=self._is_vouched())
        news = list(self._news)
        for one in news:
            one(chores)
        if due:
            chores.tick()
            self._tick_s = self._clock()
        kept = self._keep(work) if work.is_changed or self._daybook.writes() else False
        for one in news:  # not before it is on disk; at the bound the oldest went by themselves
            if self._news and self._news[0] is one:
                self._news.popleft()
        return kept

    def _keep(self, work: Work) -> bool:
        also = {STATE: msgspec.json.encode(work.state.bounded()), **work.series_writes()}
        raised = work.raised
        if raised and self.answers.waiting + len(raised) > _MOST:
            # The server has taken nothing for long. Readings and ledger go on; a person is told.
            raised = []
            if self._status.alarm(_UNTOLD, _UNTOLD_SENTENCE):
                log.error("care rules cannot tell anybody code=CARE-02")
        kept = self._own.named({**also, **self._daybook.writes()})
        self.answers.put_all(raised, kept, most=_MOST)
        self._daybook.kept()
        self._state = work.state
        return True

    def _work(self) -> Work:
        if self._rules is None:
            self._rules = [one for one in self._messages() if not isinstance(one, NotUnderstood)]
        return Work(
            copy.deepcopy(self._state),
            self._own,
            self._rules,
            hub_id=self._hub_id,
            patient=self._patient,
            now=self._local(),
        )

    def _local(self) -> datetime:
        return corrected(self._now(), self._offsets).astimezone(self._zone)

    def _is_vouched(self) -> bool:
        moment = self._now()
        return moment.synchronised or moment.boot_id in self._offsets


_SENTENCE = "What the care rules found cannot be kept; readings go on to the care team."

_UNTOLD_SENTENCE = "What the care rules found cannot be told: 1,000 messages wait for the server."
