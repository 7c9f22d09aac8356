"""What a trend and a score look back on: for each quantity its newest numbers, and one a day.

Kept are the last 40 numbers of the last two days, and of each day before the first one: the rules
of `trends` look at a day's first number, which for a weight is the one before breakfast. 62 days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from vitals.unit import Unit

MOST_DAYS = 62
_RECENT = timedelta(days=2)
_MOST_RECENT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number of one reading, as it was measured."""

    at: datetime
    number: Decimal
    unit: Unit
    reading: str


def extended(points: Iterable[Point], new: Iterable[Point], now: datetime) -> list[Point]:
    """Return the series with new points in it, in the order of their times; each reading once."""
    known = {point.reading: point for point in (*points, *new)}
    ordered = sorted(known.values(), key=lambda point: (point.at, point.reading))
    recent = [point for point in ordered if point.at > now - _RECENT][-_MOST_RECENT:]
    older = [point for point in ordered if now - _days(MOST_DAYS) <= point.at <= now - _RECENT]
    return [*firsts(older), *recent]


def firsts(points: Sequence[Point]) -> list[Point]:
    """Return the first point of each local day; points are in the order of their times."""
    found: dict[object, Point] = {}
    for point in points:
        found.setdefault(point.at.date(), point)
    return list(found.values())


def _days(count: int) -> timedelta:
    return timedelta(days=count)
