"""One of every page, made up: for pictures, and for tests of what people see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from agent.screen.messages import Home
from agent.screen.model import Model
from agent.screen.values import Doing, Due, Letter, Shown, Task, Way
from agent.screen.views.silence import OtherVersion
from agent.screen.views.today import Today
from agent.screen.views.view import View

NOON = datetime(2026, 11, 23, 8, 5, tzinfo=timezone(timedelta(hours=1)))
_TREND = [142.0, 139.0, 140.0, 135.0, 133.0, 134.0, 128.0]


def home(language: str, *, at: datetime = NOON) -> Home:
    """Return a home in the middle of its morning."""
    return Home(
        now=at,
        language=language,
        phone="030 1234567",
        tasks=[
            Task(id="bp", doing=Doing.BLOOD_PRESSURE, due=Due.NOW),
            Task(
                id="pill",
                doing=Doing.MEDICINE,
                due=Due.DONE,
                title="Metformin 500 mg",
                at=at - timedelta(minutes=20),
            ),
            Task(id="sugar", doing=Doing.GLUCOSE, due=Due.SOON, at=at + timedelta(hours=4)),
            Task(id="ask", doing=Doing.QUESTIONS, due=Due.SOON, at=at + timedelta(hours=10)),
        ],
        readings=[
            Shown(
                seq=41,
                doing=Doing.BLOOD_PRESSURE,
                value="128/82",
                unit="mmHg",
                at=at - timedelta(hours=13),
                sent=True,
                trend=_TREND,
            ),
            Shown(
                seq=42,
                doing=Doing.GLUCOSE,
                value="6.4",
                unit="mmol/L",
                at=at - timedelta(minutes=25),
                sent=False,
                trend=[6.9, 7.4, 6.1, 5.8, 6.4],
            ),
        ],
        way=Way.ON_THE_WAY,
        waiting=1,
        letters=[Letter(id="1", sender="Nurse Weber", text="Good morning!", at=at)],
    )


def samples(language: str, *, night: bool = False) -> Iterator[tuple[str, Model]]:
    """Yield the name of every page and a model that shows it."""
    at = NOON.replace(hour=22) if night else NOON
    for name, view, of_home in _all(home(language, at=at)):
        yield (
            name,
            Model(at_s=0.0, home=of_home, connected=True, language=language, views=(Today(), view)),
        )


def _all(full: Home) -> Iterator[tuple[str, View, Home | None]]:
    yield "starting", Today(), None
    yield "today", Today(), full
    yield "today-done", Today(), _all_done(full)
    yield "today-no-network", Today(), _cut_off(full)
    yield "other-version", OtherVersion(), full


def _all_done(full: Home) -> Home:
    return Home(
        now=full.now,
        language=full.language,
        tasks=[
            Task(id=task.id, doing=task.doing, due=Due.DONE, title=task.title, at=full.now)
            for task in full.tasks[:3]
        ],
        readings=[_sent(one) for one in full.readings],
    )


def _sent(one: Shown) -> Shown:
    return Shown(
        seq=one.seq,
        doing=one.doing,
        value=one.value,
        unit=one.unit,
        at=one.at,
        sent=True,
        trend=one.trend,
    )


def _cut_off(full: Home) -> Home:
    return Home(
        now=full.now,
        language=full.language,
        tasks=full.tasks,
        readings=full.readings,
        way=Way.NO_NETWORK,
        waiting=12,
    )
