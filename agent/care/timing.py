"""When something is asked for: the times of one day, by FHIR's Timing (R4). Pure.

- Times of day and days of the week are the home's own. A time that summer time skips becomes the
  moment it would have been (02:30 is 03:30 that day); one that comes twice is meant the first time.
- So many times in a period without times of day are spread over 8 to 20 o'clock: nobody is woken.
  So many times in several days fall on as many of them, the first one among them; where days of
  the week are named too, so many a day on each of these, and so many a week among these.
- A period counts from the day of its start; without a start from a fixed day long ago.
- A month means the same day of each month, or its last day where it is shorter.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from functools import lru_cache
from math import ceil

from sync.messages import Schedule
from sync.messages.look import WHOLE_DAY

_DAY = (time(8), time(20))
_LONG_AGO = date(2001, 1, 1)  # a Monday
_MOST_DAYS = 4000
_WEEK = 7


def times(schedule: Schedule, now: datetime) -> list[datetime]:
    """Return at what times of this day something is asked for; none on another's day.

    Parameters
    ----------
    now : datetime
        Any moment of the day, in the home's zone.
    """
    zone = now.tzinfo or UTC
    found = _on(schedule, now.date(), zone)
    if schedule.count is None or not found:
        return found
    last, left = _end(schedule, zone)
    if last is None or now.date() < last:
        return found
    return found[:left] if now.date() == last else []


def since(schedule: Schedule, now: datetime, days: int) -> list[datetime]:
    """Return the times of this day and so many days before it, oldest first."""
    found: list[datetime] = []
    for back in range(days, -1, -1):
        found += times(schedule, _noon(now.date() - timedelta(days=back), now.tzinfo or UTC))
    return found


def local_date(at: datetime, zone: tzinfo) -> date:
    """Return the date of a moment in a zone; a date without a time is itself anywhere."""
    return at.date() if at.tzinfo is WHOLE_DAY else moved(at, zone).date()


def _on(schedule: Schedule, day: date, zone: tzinfo) -> list[datetime]:
    start, end = schedule.start, schedule.end
    first = local_date(start, zone) if start else None
    if (first and day < first) or (end and day > local_date(end, zone)):
        return []
    found = [moment for at in schedule.events if (moment := _event(at, zone)).date() == day]
    if not schedule.events:
        found = [_at(day, one, zone) for one in _clock(schedule, day, first or _LONG_AGO)]
    return sorted(one for one in found if _is_within(one, start, end))


def _event(at: datetime, zone: tzinfo) -> datetime:
    if at.tzinfo is WHOLE_DAY:
        return _at(at.date(), _DAY[0], zone)
    return moved(at, zone)


def moved(at: datetime, zone: tzinfo) -> datetime:
    """Return a moment in a zone; one at either end of time, which has no other zone, as it is."""
    try:
        return at.astimezone(zone)
    except OverflowError:  # "for ever" is often written as the last second of 9999
        return at.replace(tzinfo=zone)


def _is_within(at: datetime, start: datetime | None, end: datetime | None) -> bool:
    early = start is not None and start.tzinfo is not WHOLE_DAY and at < start
    late = end is not None and end.tzinfo is not WHOLE_DAY and at > end
    return not (early or late)


def _clock(schedule: Schedule, day: date, first: date) -> tuple[time, ...]:
    """Return the times of day that a day has, none for a day that is not one of the rule's."""
    if schedule.months:
        return _if(schedule, is_due=_is_month(schedule.months, day, first))
    period = _period(schedule)
    if schedule.days:
        weeks = int(period) // _WEEK
        monday, since_monday = _monday(day), _monday(first)
        due = weeks <= 1 or ((monday - since_monday).days // _WEEK) % weeks == 0
        return _if(schedule, is_due=due and day.weekday() in schedule.days)
    number = (day - first).days
    if schedule.times:
        a_period = max(Fraction(schedule.frequency, len(schedule.times)), Fraction(1))
        return schedule.times if _falls(number, a_period / period) else ()
    return _spread(_falls(number, schedule.frequency / period))


def _if(schedule: Schedule, *, is_due: bool) -> tuple[time, ...]:
    if not is_due:
        return ()
    return schedule.times or _spread(_a_day(schedule) if schedule.days else schedule.frequency)


def _a_day(schedule: Schedule) -> int:
    """Return how many times fall on each of a rule's days of the week, one at least."""
    if schedule.period_days >= _WEEK:
        return max(schedule.frequency // len(schedule.days), 1)
    return max(int(schedule.frequency / _period(schedule)), 1)


def _period(schedule: Schedule) -> Fraction:
    return Fraction(schedule.period_days).limit_denominator(100_000)


def _falls(day: int, a_day: Fraction) -> int:
    """Return how many of so many a day fall on this day, counted from the first."""
    return ceil((day + 1) * a_day) - ceil(day * a_day)


def _is_month(months: int, day: date, first: date) -> bool:
    passed = (day.year - first.year) * 12 + day.month - first.month
    last = calendar.monthrange(day.year, day.month)[1]
    return passed % months == 0 and day.day == min(first.day, last)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _spread(count: int) -> tuple[time, ...]:
    begin, end = (60 * one.hour for one in _DAY)
    step = (end - begin) // max(count - 1, 1)
    minutes = [begin + at * step for at in range(count)]
    return tuple(time(one // 60, one % 60) for one in minutes)


def _at(day: date, clock: time, zone: tzinfo) -> datetime:
    # Through UTC and back: a time that a jump forward skipped becomes a real one.
    return datetime.combine(day, clock, zone).astimezone(UTC).astimezone(zone)


def _noon(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(12), zone)


@lru_cache(maxsize=256)
def _end(schedule: Schedule, zone: tzinfo) -> tuple[date | None, int]:
    """Return the day on which the last of so many falls, and how many of them fall on it."""
    if schedule.start is None or schedule.count is None:
        return None, 0
    day, left = local_date(schedule.start, zone), schedule.count
    for _ in range(_MOST_DAYS):
        found = len(_on(schedule, day, zone))
        if found >= left:
            return day, left
        left -= found
        day += timedelta(days=1)
    return None, 0
