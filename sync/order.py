"""What goes up first: what the patient has just measured, then history, the oldest first. Pure.

A hub that was away for weeks has thousands of readings to send; the one from a minute ago is what
a nurse looks for. Within what was just measured, and within history, the order of the outbox holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta, tzinfo
from typing import Protocol

from sync.fhir.timing import corrected, effective
from sync.record import Entry, Measured
from vitals.reading import HubTime

JUST_NOW = timedelta(minutes=15)
SCAN = 256
"""How many rows are looked at for one request to find what was just measured."""

_JUST_NOW_NS = JUST_NOW // timedelta(microseconds=1) * 1000
_NO_OFFSETS: Mapping[str, int] = {}


class Waiting(Protocol):
    """What waits for the server."""

    def pending(self, limit: int, *, after: int = 0) -> list[Entry]:
        """Return the oldest readings above a number, at most `limit`."""

    def last(self) -> int:
        """Return the highest number there is."""


class Order:
    """Knows from which row on readings were just measured.

    Rows are numbered as they came, so what came lately stands at the end. Before what was just
    measured, a meter may have handed over its whole memory: those rows are history.

    Parameters
    ----------
    zone : tzinfo
        Where meters' clocks are.
    boot_offsets : mapping
        See `sync.fhir.corrected`.
    """

    def __init__(self, *, zone: tzinfo, boot_offsets: Mapping[str, int] = _NO_OFFSETS) -> None:
        """Start without having looked."""
        self._zone, self._boot_offsets = zone, boot_offsets
        self._before = 0  # what was just measured has a higher number than this

    def choose(
        self, waiting: Waiting, now: HubTime, *, limit: int, history: bool = True
    ) -> list[Entry]:
        """Return what to send next, the most urgent first.

        Parameters
        ----------
        waiting : Waiting
            The outbox.
        now : HubTime
            The hub's clock.
        limit : int
            How many readings of each of the two kinds.
        history : bool
            Whether anything but what was just measured may go.
        """
        old = waiting.pending(limit)
        urgent = self._just_measured(waiting, old, now, limit)
        chosen = {entry.seq for entry in urgent}
        return [*urgent, *(one for one in old if history and one.seq not in chosen)]

    def _just_measured(
        self, waiting: Waiting, old: list[Entry], now: HubTime, limit: int
    ) -> list[Entry]:
        # Each row must be unsealed to be looked at: none twice where nothing older waits.
        nothing_older = not old or old[0].seq > self._before
        rows = old if nothing_older else waiting.pending(limit, after=self._before)
        if rows and not self._came_lately(rows[0], now):
            self._before = self._boundary(waiting, rows[0].seq, now)
            rows = waiting.pending(limit, after=self._before)
        for _ in range(SCAN // limit + 1):
            found = [one for one in rows if self._is_urgent(one, now)]
            if found or not rows:
                return found
            self._before = rows[-1].seq
            rows = waiting.pending(limit, after=self._before)
        return []

    def _boundary(self, waiting: Waiting, low: int, now: HubTime) -> int:
        """Return the number after which rows came lately, by halving: they stand in order."""
        high = waiting.last()
        while low < high:
            middle = (low + high) // 2
            found = waiting.pending(1, after=middle)
            if found and not self._came_lately(found[0], now):
                low = found[0].seq
            else:
                high = middle
        return low

    def _came_lately(self, entry: Entry, now: HubTime) -> bool:
        record = entry.record
        at = record.reading.timing.received if isinstance(record, Measured) else record.received
        if at.boot_id == now.boot_id:  # a clock that jumps meanwhile turns nothing around
            return now.boottime_ns - at.boottime_ns <= _JUST_NOW_NS
        offsets = self._boot_offsets
        return corrected(now, offsets) - corrected(at, offsets) <= JUST_NOW

    def _is_urgent(self, entry: Entry, now: HubTime) -> bool:
        if not isinstance(entry.record, Measured) or not self._came_lately(entry, now):
            return False
        timing = entry.record.reading.timing
        when = effective(timing, self._zone, self._boot_offsets).at
        came = corrected(timing.received, self._boot_offsets)
        return when is not None and came - when <= JUST_NOW


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
