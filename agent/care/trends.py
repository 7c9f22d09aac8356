"""Trends, by stated rules over a day's first number. Nothing is smoothed, guessed or filled in.

**Rise**: the newest day's number less the lowest of the days before it that lie within the rule's
days. Heart failure: tell the care team of more than 2 kg in 3 days (European Society of Cardiology,
heartfailurematters.org, "Weight gain"; ESC Guidelines 2021, self-care). Numbers of two days at
least, the newest among them; a day without one is missing and nothing stands in for it.

**Drift**: the mean of the last so many days less the mean of as many days before. Each half needs
numbers of at least half of its days, and of three. Home blood pressure is judged by means over days
too (ESH guidelines 2023: three days at least, best seven).

A reading that its device or the hub doubts is in no trend. A trend is raised when it begins, and
again only after it was over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from agent.care.series import Point, firsts
from sync.messages import Target
from vitals.convert import in_unit
from vitals.unit import Unit

LEAST_RISE, LEAST_DRIFT = 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How far a number has gone; `points` are the readings it was worked out from."""

    by: Decimal
    unit: Unit
    days: Decimal
    points: tuple[Point, ...]
    is_beyond: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFew:
    """Why there is no trend: on so many days there are numbers, and so many are needed."""

    found: int
    needed: int


def rise(points: Sequence[Point], target: Target) -> Change | TooFew:
    """Return how far the newest day's number is above the lowest within the rule's days."""
    days = _days(points, target)
    if not days:
        return TooFew(found=0, needed=LEAST_RISE)
    newest, number = days[-1]
    first = newest.at.date() - timedelta(days=_span(target))
    before = [one for one in days[:-1] if one[0].at.date() >= first]
    if not before:
        return TooFew(found=1, needed=LEAST_RISE)
    lowest, least = min(before, key=lambda one: one[1])
    by = number - least
    return _change(by, target, (lowest, newest), is_beyond=_exceeds(by, target))


def drift(points: Sequence[Point], target: Target) -> Change | TooFew:
    """Return by how much the mean of the last days differs from that of as many days before."""
    days, span = _days(points, target), _span(target)
    needed = max(LEAST_DRIFT, (span + 1) // 2)
    if not days:
        return TooFew(found=0, needed=needed)
    last = days[-1][0].at.date()
    begin, middle = last - timedelta(days=2 * span), last - timedelta(days=span)
    late = [one for one in days if one[0].at.date() > middle]
    early = [one for one in days if begin < one[0].at.date() <= middle]
    if (fewest := min(len(late), len(early))) < needed:
        return TooFew(found=fewest, needed=needed)
    by = _mean(late) - _mean(early)
    used = tuple(point for point, _ in (*early, *late))
    return _change(by, target, used, is_beyond=_exceeds(abs(by), target))


_Days = list[tuple[Point, Decimal]]


def _days(points: Sequence[Point], target: Target) -> _Days:
    """Return the first number of each day, in the rule's unit."""
    held = ((one, in_unit(one.number, one.unit, target.unit)) for one in points)
    numbers = {id(point): number for point, number in held if number is not None}
    return [(one, numbers[id(one)]) for one in firsts([p for p in points if id(p) in numbers])]


def _span(target: Target) -> int:
    return int(target.days or 1)


def _change(by: Decimal, target: Target, points: tuple[Point, ...], *, is_beyond: bool) -> Change:
    days = Decimal(_span(target))
    return Change(by=by, unit=target.unit, days=days, points=points, is_beyond=is_beyond)


def _exceeds(by: Decimal, target: Target) -> bool:
    most = target.high
    return most is not None and (by >= most if target.strict else by > most)


def _mean(days: _Days) -> Decimal:
    return sum((number for _, number in days), Decimal(0)) / len(days)
