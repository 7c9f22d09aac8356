"""What of the care team's messages is for today, as the screen shows it. Pure.

A measurement or medicine is due at each of its times for two hours, still possible until midnight,
and done by a reading of its kind from an hour before on, or by the patient's word. A Task is asked
for until a reading of its period, or since it was written where it names no beginning. It is worked
out anew from the time of day at each look, so a clock that jumps over a reminder loses none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agent.care.plans import orders
from agent.care.timing import local_date, moved, since, times
from agent.screen.values import Doing, Due, How, Task
from sync.fhir.visit import CANCEL_CODE
from sync.messages import CarePlan, Message, Request
from sync.messages import Task as Asked
from sync.messages.look import WHOLE_DAY
from sync.settings import TASK_CODE

DUE = timedelta(hours=2)
EARLY = timedelta(hours=1)
LATER = timedelta(minutes=30)
MOST = 50
NEWS2 = "1104051000000101"
"""SNOMED CT (UK), NEWS2 total score: a request for it is for the hub and not for the patient."""
_FOR_THE_HUB = frozenset({TASK_CODE, CANCEL_CODE})
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
    every = list(messages)
    found: list[Listed] = []
    for request in orders(every, known.now):
        found += _requested(request, known)
    for message in every:
        if isinstance(message, Asked) and message.code not in _FOR_THE_HUB:
            found += _asked(message, known)
    return sorted(found, key=lambda one: (one.task.at or known.now, one.task.id))


def meant(messages: Iterable[Message], name: str, now: datetime) -> tuple[str, str]:
    """Return what a task of today or yesterday is about on the server, and its form if it has one.

    Also of one that is over, or was taken back since it was shown: an answer comes when it comes.
    Both are empty where there is none of that name.
    """
    for message in messages:
        if isinstance(message, Asked):
            if _name(f"Task/{message.id}") == name:
                return f"Task/{message.id}", _form_of(message)
        elif isinstance(message, Request | CarePlan):
            asked_for = (message,) if isinstance(message, Request) else message.activities
            for one in asked_for:
                moments = since(one.schedule, now, 1) if one.schedule else ()
                if any(_name(f"{one.kind}/{one.id}@{at.isoformat()}") == name for at in moments):
                    return one.about or f"{one.kind}/{one.id}", ""
    return "", ""


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _form_of(asked: Asked) -> str:
    return asked.focus if asked.focus.startswith("Questionnaire/") else ""


def _requested(request: Request, known: Known) -> list[Listed]:
    if request.schedule is None or (request.codes and request.codes[0].code == NEWS2):
        return []
    about = request.about or f"{request.kind}/{request.id}"
    doing = doing_of(request)
    key = f"{request.kind}/{request.id}"
    # A measurement has a name of the screen's own; a medicine has the care team's, with its dose.
    title = request.text[:200] if doing in {Doing.MEDICINE, Doing.OTHER} else ""
    return [
        Listed(task=_task(f"{key}@{at.isoformat()}", doing, title, at, known), about=about)
        for at in times(request.schedule, known.now)
    ]


def _asked(asked: Asked, known: Known) -> list[Listed]:
    about = f"Task/{asked.id}"
    zone, today = known.now.tzinfo or UTC, known.now.date()
    starts = local_date(asked.start, zone) if asked.start else today
    over = asked.end is not None and _is_over(asked.end, known.now)
    if asked.status not in _OPEN or over or starts > today:
        return []
    begins = asked.start or asked.authored
    start = moved(begins, zone) if begins else known.now
    form = _form_of(asked)
    doing = Doing.QUESTIONS if form else _DOING.get(asked.code, Doing.OTHER)
    title = asked.description[:200] if doing in {Doing.OTHER, Doing.PHOTO} else ""
    # "Measure once more" is not done by the measurement before it.
    early = (EARLY if asked.start else timedelta(0)) if begins else None
    task = _task(about, doing, title, start, known, for_long=True, early=early)
    return [Listed(task=task, about=about, form=form)]


def _is_over(end: datetime, now: datetime) -> bool:
    if end.tzinfo is WHOLE_DAY:
        return end.date() < now.date()
    return end < now


def _task(  # noqa: PLR0913 - a row of a table
    key: str,
    doing: Doing,
    title: str,
    at: datetime,
    known: Known,
    *,
    for_long: bool = False,
    early: timedelta | None = None,
) -> Task:
    name = _name(key)
    due, when = _due(name, doing, at, known, for_long=for_long, early=early)
    return Task(id=name, doing=doing, title=title, due=due, at=when)


def _due(  # noqa: PLR0913 - a row of a table
    name: str,
    doing: Doing,
    at: datetime,
    known: Known,
    *,
    for_long: bool,
    early: timedelta | None,
) -> tuple[Due, datetime]:
    said = known.said.get(name)
    if said is not None and said.how is not How.LATER:
        return (Due.DONE if said.how is How.DONE else Due.CANNOT), said.at
    taken = known.taken.get(doing)
    if taken is not None and _counts(taken, at, early):
        return Due.DONE, taken
    if said is not None and known.now < said.at + LATER:
        return Due.LATER, said.at + LATER
    if known.now < at:
        return Due.SOON, at
    return (Due.NOW if for_long or known.now < at + DUE else Due.MISSED), at


def _counts(taken: datetime, at: datetime, early: timedelta | None) -> bool:
    """Tell whether a reading is what was asked for: on that day, or since, for a Task."""
    if early is None:
        return taken + EARLY >= at and taken.date() == at.date()
    return taken + early >= at


def doing_of(request: Request) -> Doing:
    """Return what a request asks for, by its codes."""
    if request.kind == "MedicationRequest":
        return Doing.MEDICINE
    found = [_DOING[one.code] for one in request.codes if one.code in _DOING]
    return found[0] if found else Doing.OTHER
