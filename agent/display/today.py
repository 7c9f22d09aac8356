"""What of the care team's messages is for today, as the screen shows it. Pure.

The rules, as long as no richer ones stand in `agent/care`: a measurement or medicine is due at each
of its times for two hours, still possible until midnight, and done by a reading of its kind from an
hour before on, or by the patient's word. A frequency without times is spread over 8 to 20 o'clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from agent.screen.values import Doing, Due, How, Task
from sync.messages import Message, Request, Schedule
from sync.messages import Task as Asked
from sync.settings import TASK_CODE

DUE = timedelta(hours=2)
EARLY = timedelta(hours=1)
LATER = timedelta(minutes=30)
MOST = 50
_DAY = (time(8), time(20))
_OPEN = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})
# LOINC codes that a care plan names a measurement by (FHIR R4 vital signs; glucose: LOINC group).
_DOING: Mapping[str, Doing] = {
    "85354-9": Doing.BLOOD_PRESSURE,
    "55284-4": Doing.BLOOD_PRESSURE,
    "8480-6": Doing.BLOOD_PRESSURE,
    "29463-7": Doing.WEIGHT,
    "59408-5": Doing.OXYGEN,
    "2708-6": Doing.OXYGEN,
    "8310-5": Doing.TEMPERATURE,
    "41653-7": Doing.GLUCOSE,
    "2339-0": Doing.GLUCOSE,
    "15074-8": Doing.GLUCOSE,
    "72170-4": Doing.PHOTO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the patient said to one task, and when."""

    how: How
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A task of today, and what it is about on the server."""

    task: Task
    about: str
    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What else decides: what was said, and when the last reading of each kind was taken."""

    now: datetime
    said: Mapping[str, Said] = field(default_factory=dict)
    taken: Mapping[Doing, datetime] = field(default_factory=dict)


def listed(messages: Iterable[Message], known: Known) -> list[Listed]:
    """Return today's tasks in the order of their times; `known.now` is in the home's zone."""
    found: list[Listed] = []
    for message in messages:
        if isinstance(message, Request) and message.active:
            found += _requested(message, known)
        elif isinstance(message, Asked) and message.code != TASK_CODE:
            found += _asked(message, known)
    return sorted(found, key=lambda one: (one.task.at or known.now, one.task.id))


def _requested(request: Request, known: Known) -> list[Listed]:
    if request.schedule is None:
        return []
    about = f"{request.kind}/{request.id}"
    medicine = request.kind == "MedicationRequest"
    doing = Doing.MEDICINE if medicine else _doing(request)
    # A measurement has a name of the screen's own; a medicine has the care team's, with its dose.
    title = request.text[:200] if doing in {Doing.MEDICINE, Doing.OTHER} else ""
    return [
        Listed(task=_task(f"{about}@{at.isoformat()}", doing, title, at, known), about=about)
        for at in times(request.schedule, known.now)
    ]


def _asked(asked: Asked, known: Known) -> list[Listed]:
    about = f"Task/{asked.id}"
    start = (asked.start or known.now).astimezone(known.now.tzinfo)
    over = asked.end is not None and asked.end < known.now
    if asked.status not in _OPEN or over or start.date() > known.now.date():
        return []
    form = asked.focus if asked.focus.startswith("Questionnaire/") else ""
    doing = Doing.QUESTIONS if form else _DOING.get(asked.code, Doing.OTHER)
    title = asked.description[:200] if doing in {Doing.OTHER, Doing.PHOTO} else ""
    task = _task(about, doing, title, start, known, for_long=True)
    return [Listed(task=task, about=about, form=form)]


def times(schedule: Schedule, now: datetime) -> list[datetime]:
    """Return at what times of this day something is asked for; none on another's day."""
    first = schedule.start.astimezone(now.tzinfo) if schedule.start else None
    last = schedule.end.astimezone(now.tzinfo) if schedule.end else None
    if (first and now.date() < first.date()) or (last and now.date() > last.date()):
        return []
    if schedule.days and now.weekday() not in schedule.days:
        return []
    every = max(int(schedule.period_days), 1)
    if not schedule.days and every > 1:
        began = first.date().toordinal() if first else 0
        if (now.date().toordinal() - began) % every:
            return []
    a_day = schedule.times or _spread(schedule)
    return [now.replace(hour=t.hour, minute=t.minute, second=0, microsecond=0) for t in a_day]


def _spread(schedule: Schedule) -> list[time]:
    per_day = schedule.frequency / schedule.period_days if schedule.period_days < 1 else None
    count = max(int(per_day if per_day is not None else schedule.frequency), 1)
    if schedule.days or schedule.period_days > 1:
        count = 1
    begin, end = (60 * one.hour for one in _DAY)
    step = (end - begin) // max(count - 1, 1)
    minutes = [begin + at * step for at in range(count)]
    return [time(one // 60, one % 60) for one in minutes]


def _task(  # noqa: PLR0913 - a row of a table
    key: str, doing: Doing, title: str, at: datetime, known: Known, *, for_long: bool = False
) -> Task:
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    due, when = _due(name, doing, at, known, for_long=for_long)
    return Task(id=name, doing=doing, title=title, due=due, at=when)


def _due(
    name: str, doing: Doing, at: datetime, known: Known, *, for_long: bool
) -> tuple[Due, datetime]:
    said = known.said.get(name)
    if said is not None and said.how is not How.LATER:
        return (Due.DONE if said.how is How.DONE else Due.CANNOT), said.at
    taken = known.taken.get(doing)
    if taken is not None and taken >= at - EARLY and taken.date() == at.date():
        return Due.DONE, taken
    if said is not None and known.now < said.at + LATER:
        return Due.LATER, said.at + LATER
    if known.now < at:
        return Due.SOON, at
    return (Due.NOW if for_long or known.now < at + DUE else Due.MISSED), at


def _doing(request: Request) -> Doing:
    found = [_DOING[one.code] for one in request.codes if one.code in _DOING]
    return found[0] if found else Doing.OTHER
