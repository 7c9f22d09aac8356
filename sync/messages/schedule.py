"""FHIR Timing: how often something is asked for. Only what a hub can keep is read."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from sync.messages.look import Look
from sync.messages.values import Schedule

_DAYS = {
    name: place for place, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
}
_UNITS = {
    "min": Decimal(1) / 1440,
    "h": Decimal(1) / 24,
    "d": Decimal(1),
    "wk": Decimal(7),
    "mo": Decimal(30),
}
# HL7 v3 TimingEvent and GTSAbbreviation codes that name a whole number of times a day.
_PER_DAY = {"QD": 1, "BID": 2, "TID": 3, "QID": 4, "AM": 1, "PM": 1, "BED": 1}
_MOST_A_DAY = 48


def schedule(timing: Look) -> Schedule:
    """Read a Timing.

    Raises
    ------
    WrongError
        For a timing that has no repetition, or one by events ("after meals") that no clock knows.
    """
    if not timing.has("repeat"):
        return _abbreviated(timing)
    repeat = timing.object("repeat")
    for name in ("when", "offset", "count", "duration"):
        if repeat.has(name):
            raise repeat.wrong(name, "is nothing a hub can keep")
    unit = repeat.text("periodUnit", "d")
    if unit not in _UNITS:
        raise repeat.wrong("periodUnit", "is no unit a hub can keep")
    times = tuple(sorted({_time(repeat, one) for one in repeat.words("timeOfDay")}))
    frequency = int(repeat.number("frequency")) if repeat.has("frequency") else len(times) or 1
    period = repeat.number("period") if repeat.has("period") else Decimal(1)
    period_days = period * _UNITS[unit]
    if frequency < 1 or period_days <= 0 or frequency / period_days > _MOST_A_DAY:
        raise repeat.wrong("frequency", "is no rate that a person can keep")
    start, end = repeat.period("boundsPeriod")
    return Schedule(
        frequency=frequency,
        period_days=period_days,
        times=times,
        days=frozenset(_day(repeat, one) for one in repeat.words("dayOfWeek")),
        start=start,
        end=end,
    )


def _abbreviated(timing: Look) -> Schedule:
    if timing.has("code"):
        for coding in timing.object("code").objects("coding"):
            if (times := _PER_DAY.get(coding.text("code", ""))) is not None:
                return Schedule(frequency=times)
    raise timing.wrong("repeat", "is missing")


def _time(repeat: Look, word: str) -> time:
    try:
        return time.fromisoformat(word).replace(tzinfo=None)
    except ValueError:
        raise repeat.wrong("timeOfDay", "is no time of day") from None


def _day(repeat: Look, word: str) -> int:
    if word not in _DAYS:
        raise repeat.wrong("dayOfWeek", "is no day of the week")
    return _DAYS[word]
