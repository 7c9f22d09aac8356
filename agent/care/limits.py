"""Limits: which of the care team's rules a reading is beyond. Nothing is worked out but that.

A limit is checked on a device's own measurement of the hub's own patient, taken within the last
day: what a meter remembered of last month is history, and raises nothing. A reading that somebody
doubts is checked too, and said to be doubted. Readings of one guided measurement lie a minute
apart, so one limit is raised once in a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from agent.care.taken import Taken
from sync.messages import Goal, Target
from vitals.convert import in_unit
from vitals.quantity import Quantity
from vitals.unit import Unit

FRESH = timedelta(hours=24)
QUIET = timedelta(minutes=15)
_EARLY = timedelta(minutes=10)  # a clock that is a little ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """One number of a reading that is beyond one bound, both as they were written."""

    quantity: Quantity
    number: Decimal
    unit: Unit
    above: bool
    bound: Decimal
    bound_unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A reading that is beyond a limit, with every number of it that is."""

    goal: Goal
    taken: Taken
    parts: tuple[Beyond, ...]


def crossings(goals: Iterable[Goal], taken: Taken, now: datetime) -> list[Crossing]:
    """Return what a reading is beyond; one crossing for each limit."""
    if taken.apart is not None or not now - FRESH <= taken.at <= now + _EARLY:
        return []
    found = []
    for goal in goals:
        if goal.kind == "limit" and goal.active and not _is_early(goal, taken):
            parts = beyond(goal, taken)
            found += [Crossing(goal=goal, taken=taken, parts=parts)] if parts else []
    return found


def beyond(goal: Goal, taken: Taken) -> tuple[Beyond, ...]:
    """Return every number of a reading that is beyond a limit, however old it is."""
    return tuple(_beyond(goal, taken))


def is_quiet(at: datetime, last: datetime | None) -> bool:
    """Tell whether the same limit was raised so near that one word of it is enough."""
    return last is not None and abs(at - last) < QUIET


def _is_early(goal: Goal, taken: Taken) -> bool:
    return goal.start is not None and taken.at < goal.start


def _beyond(goal: Goal, taken: Taken) -> Iterator[Beyond]:
    for target in goal.targets:
        for quantity in Quantity:
            value = taken.values.get(quantity) if quantity in target.quantities else None
            if value is None or value.known is None:
                continue
            if (side := _side(value.known, value.unit, target)) is not None:
                above, bound = side
                yield Beyond(
                    quantity=quantity,
                    number=value.known,
                    unit=value.unit,
                    above=above,
                    bound=bound,
                    bound_unit=target.unit,
                )


def _side(number: Decimal, unit: Unit, target: Target) -> tuple[bool, Decimal] | None:
    held = in_unit(number, unit, target.unit)
    if held is None:
        return None
    low, high = target.low, target.high
    if high is not None and (held > high or (target.strict and held == high)):
        return True, high
    if low is not None and (held < low or (target.strict and held == low)):
        return False, low
    return None
