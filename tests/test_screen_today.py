"""What of a care plan is for today: times, days and bounds as FHIR's Timing means them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis.strategies import builds, datetimes, frozensets, integers, lists, none, times

from agent.care.timing import times as times_of
from agent.care.today import Known, Said, listed
from agent.display.forms import askable, paged
from agent.screen.values import Doing, Due, How, Kind
from sync.messages import Answer as Choice
from sync.messages import Coding, Question, Questionnaire, Request, Schedule, Task, When, parsed

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=BERLIN)  # a Monday
LOINC = "http://loinc.org"


def _request(
    schedule: Schedule | None, *, kind: str = "ServiceRequest", active: bool = True
) -> Request:
    return Request(
        kind=kind,
        id="r",
        version="1",
        active=active,
        codes=(Coding(system=LOINC, code="85354-9"),),
        text="Metformin 500 mg",
        schedule=schedule,
    )


def _at(*clock: str) -> Schedule:
    return Schedule(times=tuple(time.fromisoformat(one) for one in clock))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("07:59", Due.SOON),
        ("08:00", Due.NOW),
        ("09:59", Due.NOW),
        ("10:00", Due.MISSED),
        ("23:59", Due.MISSED),
    ],
)
def test_a_measurement_is_due_for_two_hours_and_possible_until_midnight(now: str, due: Due) -> None:
    at = datetime.combine(NOON.date(), time.fromisoformat(now), BERLIN)
    (one,) = listed([_request(_at("08:00"))], Known(now=at))

    assert (one.task.doing, one.task.due) == (Doing.BLOOD_PRESSURE, due)
    assert one.about == "ServiceRequest/r"


def test_a_reading_from_an_hour_before_on_is_the_proof() -> None:
    at = NOON.replace(hour=8, minute=30)
    for minutes, due in ((-61, Due.NOW), (-60, Due.DONE), (10, Due.DONE)):
        taken = {Doing.BLOOD_PRESSURE: NOON.replace(hour=8) + timedelta(minutes=minutes)}
        (one,) = listed([_request(_at("08:00"))], Known(now=at, taken=taken))
        assert one.task.due is due


def test_what_was_said_counts_and_later_means_half_an_hour() -> None:
    now = NOON.replace(hour=8, minute=5)
    (asked,) = listed([_request(_at("08:00"))], Known(now=now))
    name = asked.task.id
    for how, at, due in (
        (How.DONE, now, Due.DONE),
        (How.CANNOT, now, Due.CANNOT),
        (How.LATER, now - timedelta(minutes=4), Due.LATER),
        (How.LATER, now - timedelta(minutes=31), Due.NOW),
    ):
        known = Known(now=now, said={name: Said(how=how, at=at)})
        assert listed([_request(_at("08:00"))], known)[0].task.due is due


def test_yesterdays_answer_is_not_todays() -> None:
    now = NOON.replace(hour=8, minute=5)
    (yesterday,) = listed([_request(_at("08:00"))], Known(now=now - timedelta(days=1)))
    (today,) = listed([_request(_at("08:00"))], Known(now=now))

    assert yesterday.task.id != today.task.id


def test_a_medicine_keeps_the_care_teams_words_with_the_dose() -> None:
    (one,) = listed([_request(_at("08:00"), kind="MedicationRequest")], Known(now=NOON))

    assert (one.task.doing, one.task.title) == (Doing.MEDICINE, "Metformin 500 mg")


@pytest.mark.parametrize(
    ("schedule", "clock"),
    [
        (_at("08:00", "20:30"), ["08:00", "20:30"]),
        (Schedule(frequency=1), ["08:00"]),
        (Schedule(frequency=2), ["08:00", "20:00"]),
        (Schedule(frequency=3), ["08:00", "14:00", "20:00"]),
        (Schedule(frequency=1, period_days=Decimal("0.25")), ["08:00", "12:00", "16:00", "20:00"]),
        (Schedule(days=frozenset({0})), ["08:00"]),
        (Schedule(days=frozenset({1, 6})), []),
        (Schedule(start=NOON + timedelta(days=1)), []),
        (Schedule(end=NOON - timedelta(days=1)), []),
        (Schedule(end=NOON - timedelta(hours=3)), ["08:00"]),
        (Schedule(period_days=Decimal(2), start=NOON - timedelta(days=4)), ["08:00"]),
        (Schedule(period_days=Decimal(2), start=NOON - timedelta(days=3)), []),
        (Schedule(period_days=Decimal(7), start=NOON - timedelta(days=7)), ["08:00"]),
    ],
)
def test_times_of_a_day(schedule: Schedule, clock: list[str]) -> None:
    assert [f"{one:%H:%M}" for one in times_of(schedule, NOON)] == clock


def test_what_is_not_active_asks_nothing_and_neither_do_the_hubs_own_settings() -> None:
    settings = Task(id="s", version="1", status="requested", code="hub-settings", description="")
    done = Task(id="d", version="1", status="completed", code="", description="x")

    assert listed([_request(_at("08:00"), active=False), settings, done], Known(now=NOON)) == []


def test_a_task_for_tomorrow_waits_and_one_that_is_over_is_gone() -> None:
    def task(*, start: datetime | None = None, end: datetime | None = None) -> Task:
        return Task(
            id="t",
            version="1",
            status="requested",
            code="",
            description="Call",
            start=start,
            end=end,
        )

    assert listed([task(start=NOON + timedelta(days=1))], Known(now=NOON)) == []
    assert listed([task(end=NOON - timedelta(minutes=1))], Known(now=NOON)) == []
    (now,) = listed([task(start=NOON - timedelta(days=9))], Known(now=NOON))
    assert (now.task.due, now.task.title) == (Due.NOW, "Call")


SCHEDULES = builds(
    Schedule,
    frequency=integers(1, 48),
    period_days=integers(1, 60).map(Decimal),
    times=lists(times(), max_size=4).map(tuple),
    days=frozensets(integers(0, 6)),
    start=none() | datetimes(timezones=none().map(lambda _: UTC), min_value=datetime(2000, 1, 1)),  # noqa: DTZ001
)


@given(SCHEDULES, datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2090, 1, 1)))  # noqa: DTZ001
def test_any_schedule_on_any_day_is_within_that_day(schedule: Schedule, now: datetime) -> None:
    at = now.replace(tzinfo=BERLIN)

    assert all(one.date() == at.date() for one in times_of(schedule, at))


WELL = Question(link_id="well", type="boolean", text="Well?", required=True)
PAIN = Question(
    link_id="pain",
    type="choice",
    text="Where?",
    repeats=True,
    options=(Choice(value=Coding(system="s", code="leg", display="Leg"), text="Leg"),),
)
GROUP = Question(
    link_id="g",
    type="group",
    text="Pain",
    when=(When(question="well", operator="=", answer=False),),
    items=(PAIN,),
)


def _form(*items: Question) -> Questionnaire:
    return Questionnaire(id="f", version="1", active=True, title="Daily", items=items)


def test_a_group_hands_its_condition_down_and_its_words_are_a_page() -> None:
    form = paged(_form(WELL, GROUP), "t", {})

    assert [(one.id, one.kind) for one in form.questions] == [
        ("well", Kind.BOOLEAN),
        ("g", Kind.DISPLAY),
        ("pain", Kind.MANY),
    ]
    assert [(when.question, when.value) for when in form.questions[2].when] == [("well", "false")]


@pytest.mark.parametrize("kind", ["attachment", "reference", "dateTime", "url"])
def test_a_form_with_an_item_the_screen_has_no_page_for_is_not_asked_in_part(kind: str) -> None:
    assert askable(_form(WELL, GROUP))
    assert not askable(_form(WELL, Question(link_id="x", type=kind, text="?")))


@pytest.mark.parametrize("kind", ["text", "string", "date", "time", "open-choice"])
def test_a_form_of_words_days_and_times_is_asked(kind: str) -> None:
    assert askable(_form(WELL, Question(link_id="x", type=kind, text="?")))


def _weigh(**more: Any) -> list[Task]:  # noqa: ANN401 - any member of a Task
    code = {"coding": [{"system": LOINC, "code": "29463-7"}]}
    found = parsed({"resourceType": "Task", "id": "t", "status": "requested", "code": code, **more})
    assert isinstance(found, Task)
    return [found]


def _due(tasks: list[Task], *, now: datetime, taken: datetime | None) -> Due:
    (one,) = listed(tasks, Known(now=now, taken={Doing.WEIGHT: taken} if taken else {}))
    return one.task.due


@pytest.mark.parametrize(
    "more",
    [
        {"restriction": {"period": {"start": "2026-11-20T09:00:00+01:00"}}},
        {"authoredOn": "2026-11-20T09:00:00+01:00"},
    ],
)
def test_what_was_asked_for_days_ago_is_done_by_a_reading_since_and_stays_done(
    more: dict[str, Any],
) -> None:
    tasks = _weigh(**more)
    assert _due(tasks, now=NOON, taken=None) is Due.NOW
    assert _due(tasks, now=NOON, taken=NOON - timedelta(days=10)) is Due.NOW
    assert _due(tasks, now=NOON, taken=NOON - timedelta(days=2)) is Due.DONE
    assert _due(tasks, now=NOON, taken=NOON - timedelta(hours=5)) is Due.DONE


def test_measure_once_more_is_not_done_by_the_reading_before_it() -> None:
    """A nurse who sees a number and asks for another one means another one."""
    tasks = _weigh(authoredOn=NOON.isoformat())
    later = NOON + timedelta(minutes=30)
    assert _due(tasks, now=later, taken=NOON - timedelta(minutes=20)) is Due.NOW
    assert _due(tasks, now=later, taken=NOON + timedelta(minutes=20)) is Due.DONE
