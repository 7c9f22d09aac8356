"""Why nothing was measured: a flat battery, a meter out of reach, a hub that was off, or not taken.

A measurement is missed when its time and the two hours after it went by, the day is over, and no
reading of its kind was taken that day. It is told of once, 48 hours after the first of a row of
missed ones, and that row ends with a reading. What the evidence cannot tell apart stays unsaid: a
cuff that is not heard may have an empty battery, be out of reach, or lie unused in its drawer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

PATIENCE = timedelta(hours=48)
WINDOW = timedelta(hours=2)
LOOK_BACK = timedelta(days=14)


class Cause(Enum):
    """What the evidence says; the value is the sentence for the care team."""

    HUB_OFF = "The hub was off at each of these times."
    NO_METER = "No meter for it has ever been heard by this hub."
    BATTERY = "The meter said that its battery is low when it was heard last."
    NEEDS_PERSON = "The meter is heard but lets the hub read nothing: pair it, or see its settings."
    QUIET = "The meter was not heard: its battery may be empty, it may be out of reach or unused."
    NOT_TAKEN = "The meter was heard and had no new reading: nothing was measured with it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of one meter that measures the kind in question."""

    heard: datetime | None
    battery_low: bool = False
    needs_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A row of measurements that were asked for and not taken."""

    first: datetime
    times: tuple[datetime, ...]
    cause: Cause
    heard: datetime | None  # when a meter for it was heard last


def row_of(
    times: Iterable[datetime], last_taken: datetime | None, now: datetime
) -> tuple[datetime, ...]:
    """Return the missed times after the last reading, oldest first.

    Parameters
    ----------
    times : iterable of datetime
        When it was asked for, in the home's zone, of the last two weeks.
    last_taken : datetime or None
        The newest reading of its kind.
    """
    return tuple(
        at
        for at in sorted(times)
        if at + WINDOW <= now
        and at.date() < now.date()
        and (last_taken is None or last_taken.astimezone(at.tzinfo).date() < at.date())
    )


def missed(
    times: Sequence[datetime],
    now: datetime,
    *,
    meters: Sequence[Seen],
    off: Sequence[tuple[datetime, datetime]],
) -> Missed | None:
    """Return why a row of times was missed; None while it is too early to say anything."""
    if not times or now - times[0] < PATIENCE:
        return None
    first = times[0]
    heard = max((one.heard for one in meters if one.heard is not None), default=None)
    return Missed(first=first, times=tuple(times), cause=_cause(times, meters, off), heard=heard)


def _cause(
    times: Sequence[datetime], meters: Sequence[Seen], off: Sequence[tuple[datetime, datetime]]
) -> Cause:
    if all(_was_off(at, off) for at in times):
        return Cause.HUB_OFF
    if not meters:
        return Cause.NO_METER
    after = [one for one in meters if one.heard is not None and one.heard >= times[0]]
    if any(one.needs_person for one in after):
        return Cause.NEEDS_PERSON
    if any(one.battery_low for one in meters):
        return Cause.BATTERY
    return Cause.NOT_TAKEN if after else Cause.QUIET


def _was_off(at: datetime, off: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(begin <= at and at + WINDOW <= end for begin, end in off)
