"""FHIR Timing: how often something is asked for. Only what a hub can keep is read.

Source: hl7.org/fhir/R4/datatypes.html#Timing, valueset-event-timing, v3 TimingEvent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from decimal import Decimal

from sync.messages.look import Look
from sync.messages.values import Schedule

_DAYS = {
    name: place for place, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
}
_UNITS = {"min": Decimal(1) / 1440, "h": Decimal(1) / 24, "d": Decimal(1), "wk": Decimal(7)}
_MONTHS = {"mo": 1, "a": 12}
# HL7 v3 GTSAbbreviation, as R4's timing-abbreviation lists them.
_ABBREVIATED: Mapping[str, Schedule] = {
    "QD": Schedule(frequency=1),
    "BID": Schedule(frequency=2),
    "TID": Schedule(frequency=3),
    "QID": Schedule(frequency=4),
    "QOD": Schedule(period_days=Decimal(2)),
    **{f"Q{hours}H": Schedule(period_days=Decimal(hours) / 24) for hours in (1, 2, 3, 4, 6, 8)},
    "WK": Schedule(period_days=Decimal(7)),
    "MO": Schedule(months=1),
    "AM": Schedule(times=(time(8),)),
    "PM": Schedule(times=(time(15),)),
    "BED": Schedule(times=(time(21, 30),)),
}
# "The exact time is established by institution convention" (R4): these are the hub's. Nobody is
# woken: what is for the night is asked at bedtime.
_BREAKFAST, _LUNCH, _DINNER = 8 * 60, 12 * 60 + 30, 18 * 60 + 30
_WHEN: Mapping[str, tuple[int, ...]] = {
    "MORN": (8 * 60,),
    "MORN.early": (7 * 60,),
    "MORN.late": (10 * 60,),
    "NOON": (12 * 60,),
    "AFT": (15 * 60,),
    "AFT.early": (13 * 60,),
    "AFT.late": (17 * 60,),
    "EVE": (19 * 60,),
    "EVE.early": (18 * 60,),
    "EVE.late": (21 * 60,),
    "NIGHT": (21 * 60 + 30,),
    "HS": (21 * 60 + 30,),
    "WAKE": (7 * 60,),
    "C": (_BREAKFAST, _LUNCH, _DINNER),
    "CM": (_BREAKFAST,),
    "CD": (_LUNCH,),
    "CV": (_DINNER,),
}
_BEFORE_MEAL = {"AC": "C", "ACM": "CM", "ACD": "CD", "ACV": "CV"}
_AFTER_MEAL = {"PC": "C", "PCM": "CM", "PCD": "CD", "PCV": "CV"}
_APART_MIN = 30  # before and after a meal, where no offset says how long
_MOST_OFFSET_MIN = 240
_MOST_A_DAY = 48
_MOST_COUNT, _MOST_EVENTS, _MOST_PERIODS = 1000, 100, 1000
_LAST_MIN = 24 * 60 - 1


def schedule(timing: Look) -> Schedule:
    """Read a Timing.

    Raises
    ------
    WrongError
        For a timing without repetition or events, or one whose unit, event or span no clock knows.
    """
    if timing.has("event"):
        return _events(timing)
    if not timing.has("repeat"):
        return _abbreviated(timing)
    repeat = timing.object("repeat")
    _keepable(repeat)
    times = _times(repeat)
    frequency = _whole(repeat, "frequency") if repeat.has("frequency") else len(times) or 1
    period_days, months = _period(repeat, frequency)
    start, end = repeat.period("boundsPeriod")
    count = _whole(repeat, "count") if repeat.has("count") else None
    if count is not None and (start is None or not 1 <= count <= _MOST_COUNT):
        raise repeat.wrong("count", "has no start to count from, or is beyond all bounds")
    return Schedule(
        frequency=frequency,
        period_days=period_days,
        months=months,
        times=times,
        days=frozenset(_day(repeat, one) for one in repeat.words("dayOfWeek")),
        start=start,
        end=end,
        count=count,
    )


def joined(first: Schedule | None, second: Schedule, where: Look) -> Schedule:
    """Return two doses of one medicine as one: times of day that differ in nothing else.

    Raises
    ------
    WrongError
        For doses of different days, which one reminder cannot keep.
    """
    if first is None:
        return second
    alike = replace(first, times=(), frequency=1) == replace(second, times=(), frequency=1)
    if not (alike and first.times and second.times):
        raise where.wrong("timing", "is another rhythm than the dose before it")
    times = tuple(sorted({*first.times, *second.times}))
    return replace(first, times=times, frequency=len(times))


def _keepable(repeat: Look) -> None:
    for name in ("boundsDuration", "boundsRange"):
        if repeat.has(name):
            raise repeat.wrong(name, "has no day on which it begins")
    for name in ("countMax", "frequencyMax", "periodMax"):
        if repeat.has(name):
            raise repeat.wrong(name, "leaves open how often; a hub asks at set times")


def _period(repeat: Look, frequency: int) -> tuple[Decimal, int]:
    """Return the period in days, or in months with days of no meaning."""
    unit = repeat.text("periodUnit", "d")
    period = repeat.number("period") if repeat.has("period") else Decimal(1)
    if unit in _MONTHS:
        if period != int(period) or not 1 <= period <= _MOST_PERIODS or frequency > _MOST_A_DAY:
            raise repeat.wrong("period", "is no whole number of months")
        if frequency != 1 and not repeat.has("timeOfDay"):
            raise repeat.wrong("frequency", "does not say on which days of the month")
        if repeat.has("dayOfWeek"):
            raise repeat.wrong("dayOfWeek", "does not say in which week of the month")
        return Decimal(1), int(period) * _MONTHS[unit]
    if unit not in _UNITS:
        raise repeat.wrong("periodUnit", "is no unit a hub can keep")
    days = period * _UNITS[unit]
    if frequency < 1 or days <= 0 or frequency / days > _MOST_A_DAY:
        raise repeat.wrong("frequency", "is no rate that a person can keep")
    return days, 0


def _times(repeat: Look) -> tuple[time, ...]:
    if repeat.has("when"):
        if repeat.has("timeOfDay"):
            raise repeat.wrong("when", "stands beside times of day")  # R4, tim-10
        return _conventional(repeat)
    if repeat.has("offset"):
        raise repeat.wrong("offset", "stands without an event")  # R4, tim-9
    return tuple(sorted({_time(repeat, one) for one in repeat.words("timeOfDay")}))


def _conventional(repeat: Look) -> tuple[time, ...]:
    """Return the times of day that the hub takes daily events for."""
    offset = _whole(repeat, "offset") if repeat.has("offset") else None
    if offset is not None and not 0 <= offset <= _MOST_OFFSET_MIN:
        raise repeat.wrong("offset", "is longer than four hours")
    found: set[int] = set()
    for word in repeat.words("when"):
        meal = _BEFORE_MEAL.get(word) or _AFTER_MEAL.get(word)
        if meal is not None:
            by = _APART_MIN if offset is None else offset
            found |= {one - by if word in _BEFORE_MEAL else one + by for one in _WHEN[meal]}
        elif word in _WHEN:
            found |= {one + (offset or 0) for one in _WHEN[word]}
        else:
            raise repeat.wrong("when", "is an event that no clock knows")
    return tuple(time(*divmod(min(one, _LAST_MIN), 60)) for one in sorted(found))


def _events(timing: Look) -> Schedule:
    if timing.has("repeat"):
        raise timing.wrong("event", "stands beside a repetition")
    moments = [timing.moment_of("event", one) for one in timing.words("event")]
    if not moments or len(moments) > _MOST_EVENTS:
        raise timing.wrong("event", f"is none, or more than {_MOST_EVENTS}")
    return Schedule(events=tuple(sorted(moments)))


def _abbreviated(timing: Look) -> Schedule:
    if not timing.has("code"):
        raise timing.wrong("repeat", "is missing")
    for coding in timing.object("code").objects("coding"):
        if (found := _ABBREVIATED.get(coding.text("code", ""))) is not None:
            return found
    raise timing.wrong("code", "is no abbreviation that a hub can keep")


def _whole(repeat: Look, name: str) -> int:
    number = repeat.number(name)
    if number != int(number):
        raise repeat.wrong(name, "is no whole number")
    return int(number)


def _time(repeat: Look, word: str) -> time:
    try:
        return time.fromisoformat(word).replace(tzinfo=None)
    except ValueError:
        raise repeat.wrong("timeOfDay", "is no time of day") from None


def _day(repeat: Look, word: str) -> int:
    if word not in _DAYS:
        raise repeat.wrong("dayOfWeek", "is no day of the week")
    return _DAYS[word]
