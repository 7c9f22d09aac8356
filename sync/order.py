"""What goes up first: what the patient has just measured, then history, the oldest first. Pure.

A hub that was away for weeks has thousands of readings to send; the one from a minute ago is what
a nurse looks for. Within what was just measured, and within history, the order of the outbox holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from sync.fhir.timing import corrected, effective
from sync.record import Entry, Measured
from vitals.reading import HubTime

JUST_NOW = timedelta(minutes=15)
LOOK_AT = 16
"""How many of the newest rows are looked at. A meter that hands over its whole memory ends with
what was measured last."""

_NO_OFFSETS: Mapping[str, int] = {}


class Order:
    """Remembers which readings were just measured until they are done with.

    Parameters
    ----------
    zone : tzinfo
        Where meters' clocks are.
    boot_offsets : mapping
        See `sync.fhir.corrected`.
    """

    def __init__(self, *, zone: tzinfo, boot_offsets: Mapping[str, int] = _NO_OFFSETS) -> None:
        """Start with nothing that is urgent."""
        self._zone, self._boot_offsets = zone, boot_offsets
        self._urgent: dict[int, Entry] = {}
        self.seen = 0
        """The highest number looked at so far."""

    def saw(self, entries: Iterable[Entry], now: HubTime) -> None:
        """Take rows that are new since the last look."""
        at = corrected(now, self._boot_offsets)
        for entry in entries:
            self.seen = max(self.seen, entry.seq)
            if self._just_measured(entry, at):
                self._urgent[entry.seq] = entry
        while len(self._urgent) > LOOK_AT:
            del self._urgent[min(self._urgent)]

    def done(self, seqs: Iterable[int]) -> None:
        """Forget what the server has, or refused."""
        for seq in seqs:
            self._urgent.pop(seq, None)

    def choose(self, history: Sequence[Entry], now: HubTime) -> list[Entry]:
        """Return what is just measured, then history, each reading once."""
        at = corrected(now, self._boot_offsets)
        urgent = {
            seq: entry
            for seq, entry in sorted(self._urgent.items())
            if self._just_measured(entry, at)
        }
        self._urgent = urgent
        return [*urgent.values(), *(one for one in history if one.seq not in urgent)]

    def _just_measured(self, entry: Entry, now: datetime) -> bool:
        record = entry.record
        if not isinstance(record, Measured):
            return False
        timing = record.reading.timing
        if now - corrected(timing.received, self._boot_offsets) > JUST_NOW:
            return False
        when = effective(timing, self._zone, self._boot_offsets).at
        return when is not None and now - when <= JUST_NOW


DAY_S = 86_400.0
SAVES_A_DAY = 100


class Budget:
    """How much may go over a line that is paid by volume: so much a day, a day's worth at most.

    What was just measured goes all the same; history waits. Counted are the octets of requests and
    answers, not what TLS and TCP add.

    Parameters
    ----------
    daily_octets : int
        0 for a line that costs nothing.
    now_s : callable
        The hub's time of day, seconds. A clock that jumps ahead can refill no more than a day.
    """

    def __init__(self, daily_octets: int, *, now_s: Callable[[], float]) -> None:
        """Start with a day's worth."""
        self._daily, self._now_s = daily_octets, now_s
        self._left, self._at_s = float(daily_octets), now_s()
        self._unsaved = 0

    def allows_history(self) -> bool:
        """Tell whether there is anything left."""
        if not self._daily:
            return True
        now_s = self._now_s()
        passed_s = min(max(now_s - self._at_s, 0.0), DAY_S)
        self._left = min(self._left + passed_s * self._daily / DAY_S, float(self._daily))
        self._at_s = now_s
        return self._left > 0

    def spend(self, octets: int) -> None:
        """Note what went over the line."""
        self._left -= octets
        self._unsaved += octets

    def is_due(self) -> bool:
        """Tell whether so much went over the line that a restart must not forget it."""
        return bool(self._daily) and self._unsaved * SAVES_A_DAY >= self._daily

    def octets(self) -> bytes:
        """Return what a restart must not forget."""
        self._unsaved = 0
        return f"{self._left:.0f} {self._at_s:.0f}".encode("ascii")

    def resume(self, octets: bytes | None) -> None:
        """Take over from before a restart; what makes no sense is passed over."""
        try:
            left, at_s = (float(word) for word in (octets or b"").split())
        except ValueError:
            return
        if left <= self._daily:
            self._left, self._at_s = left, at_s
