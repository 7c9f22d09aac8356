"""The device-day ledger: on which days there are readings by a device, with the evidence for each.

It counts facts and bills nobody. A day is a local date in the patient's zone on which a device of
this home measured this patient, and of which the care team's server has a reading. Two readings of
one day are one day. Counted apart, and never as a day, are what a camera estimated, what tests a
device, what the patient typed, and a reading that nobody can date.

Windows are 30 days long and follow one another from a first day that the care team chooses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from agent.care.taken import Apart

WINDOW_DAYS = 30
_BUCKETS = ((1, "0-1"), (15, "2-15"), (WINDOW_DAYS, "16-30"))
_MOST_WINDOWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One reading as evidence; no value is in it.

    `sent` is when the hub learned that the server has it: at the latest then. None: it waits.
    """

    reading: str
    kind: str
    measured: datetime
    heard: datetime
    sent: datetime | None = None
    apart: Apart | None = None
    dated: bool = True

    @property
    def counts(self) -> bool:
        """Tell whether its day is one with a device's reading."""
        return self.apart is None and self.dated


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The lines of one local date; `more` readings of a busy day are counted without a line."""

    date: date
    lines: tuple[Line, ...]
    more: int = 0

    @property
    def is_measured(self) -> bool:
        """Tell whether a device measured on this day."""
        return any(line.counts for line in self.lines)

    @property
    def is_sent(self) -> bool:
        """Tell whether the server has a device's reading of this day."""
        return any(line.counts and line.sent is not None for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Thirty days: which have readings, and what was counted apart."""

    first: date
    days: tuple[Day, ...]
    apart: Mapping[str, int] = field(default_factory=dict)

    @property
    def last(self) -> date:
        """Return the last day that belongs to it."""
        return self.first + timedelta(days=WINDOW_DAYS - 1)

    @property
    def measured(self) -> int:
        """Return on how many days a device measured."""
        return sum(day.is_measured for day in self.days)

    @property
    def sent(self) -> int:
        """Return of how many days the server has a device's reading."""
        return sum(day.is_sent for day in self.days)

    @property
    def bucket(self) -> str:
        """Return which of "0-1", "2-15" and "16-30" the days sent fall into."""
        return next(name for most, name in _BUCKETS if self.sent <= most)


def windows(days: Iterable[Day], *, start: date | None, today: date) -> list[Window]:
    """Return the windows from `start` (or the first day there is) to today, at most 40.

    Of more, the newest are returned: their first days stay those that `start` makes them.
    """
    known = sorted(days, key=lambda day: day.date)
    first = start or next((day.date for day in known if day.is_measured), today)
    count = (today - first).days // WINDOW_DAYS + 1
    begins = (first + timedelta(days=WINDOW_DAYS * at) for at in range(max(count, 0)))
    return [_window(begin, known) for begin in list(begins)[-_MOST_WINDOWS:]]


def _window(first: date, days: Sequence[Day]) -> Window:
    last = first + timedelta(days=WINDOW_DAYS - 1)
    within = tuple(day for day in days if first <= day.date <= last)
    return Window(first=first, days=within, apart=dict(_apart(within)))


def _apart(days: Iterable[Day]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in lines_of(days):
        if line.apart is not None:
            found[line.apart.value] += 1
        elif not line.dated:
            found["undated"] += 1
    return found


def lines_of(days: Iterable[Day]) -> Iterator[Line]:
    """Yield every line of evidence, in the order of the days."""
    for day in days:
        yield from day.lines
