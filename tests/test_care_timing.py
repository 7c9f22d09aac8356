"""When something is due: FHIR's own examples of Timing, and days on which clocks are set.

Source of the examples: hl7.org/fhir/R4/datatypes-examples.html, "Timing".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.care.plans import circles, in_force, orders
from agent.care.timing import since, times
from agent.care.today import MOST, Known, listed
from sync.messages import CarePlan, NotUnderstood, Request, Schedule, Task, parsed

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 23)
Json = dict[str, Any]


def schedule(repeat: Json) -> Schedule:
    order = {
        "resourceType": "ServiceRequest",
        "id": "r",
        "status": "active",
        "occurrenceTiming": {"repeat": repeat},
    }
    found = parsed(order)
    assert isinstance(found, Request), found
    assert found.schedule is not None
    return found.schedule


def week(of: Schedule, *, begin: date = MONDAY, days: int = 7) -> list[str]:
    """Return when it is due within some days, as "Mon 08:00"."""
    end = datetime.combine(begin + timedelta(days=days - 1), time(12), BERLIN)
    return [f"{at:%a %H:%M}" for at in since(of, end, days - 1)]


@pytest.mark.parametrize(
    ("repeat", "due"),
    [
        ({"period": 8, "periodUnit": "h"}, ["Mon 08:00", "Mon 14:00", "Mon 20:00"]),
        ({"frequency": 3, "period": 1, "periodUnit": "d"}, ["Mon 08:00", "Mon 14:00", "Mon 20:00"]),
        ({"when": ["CM"]}, ["Mon 08:00"]),
        (
            {"duration": 5, "durationUnit": "min", "when": ["AC"], "offset": 10},
            ["Mon 07:50", "Mon 12:20", "Mon 18:20"],
        ),
        (
            {"frequency": 3, "period": 1, "periodUnit": "d", "when": ["AC"], "offset": 30},
            ["Mon 07:30", "Mon 12:00", "Mon 18:00"],
        ),
        ({"when": ["PCV"]}, ["Mon 19:00"]),
        ({"timeOfDay": ["10:00:00"]}, ["Mon 10:00"]),
        ({"when": ["HS"]}, ["Mon 21:30"]),
    ],
)
def test_a_day_is_as_fhirs_examples_mean_it(repeat: Json, due: list[str]) -> None:
    assert week(schedule(repeat), days=1) == due


@pytest.mark.parametrize(
    ("repeat", "due"),
    [
        (
            {"dayOfWeek": ["mon", "wed", "fri"], "when": ["MORN"]},
            ["Mon 08:00", "Wed 08:00", "Fri 08:00"],
        ),
        (
            {"frequency": 3, "period": 1, "periodUnit": "wk", "duration": 0.5, "durationUnit": "h"},
            ["Mon 08:00", "Wed 08:00", "Fri 08:00"],
        ),
        ({"period": 7, "periodUnit": "d"}, ["Mon 08:00"]),
        (
            {"period": 36, "periodUnit": "h"},
            ["Mon 08:00", "Tue 08:00", "Thu 08:00", "Fri 08:00", "Sun 08:00"],
        ),
        (
            {"frequency": 2, "period": 1, "periodUnit": "wk", "timeOfDay": ["09:00:00"]},
            ["Mon 09:00", "Thu 09:00"],
        ),
    ],
)
def test_a_week_is_as_fhirs_examples_mean_it(repeat: Json, due: list[str]) -> None:
    bounds = {"boundsPeriod": {"start": "2026-11-23"}}
    assert week(schedule(bounds | repeat)) == due


def test_every_second_monday_is_every_second_monday() -> None:
    of = schedule(
        {
            "boundsPeriod": {"start": "2026-11-23"},
            "period": 2,
            "periodUnit": "wk",
            "dayOfWeek": ["mon"],
        }
    )
    due = [date(2026, 11, 23), date(2026, 12, 7), date(2026, 12, 21)]
    noon = datetime(2026, 12, 31, 12, tzinfo=BERLIN)
    assert [at.date() for at in since(of, noon, 45)] == due


def test_a_month_is_the_same_day_of_each_month_or_its_last() -> None:
    of = schedule({"boundsPeriod": {"start": "2026-08-31"}, "period": 1, "periodUnit": "mo"})
    due = [date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30)]
    assert [at.date() for at in since(of, datetime(2026, 12, 1, 12, tzinfo=BERLIN), 120)] == due


def test_so_many_times_in_all_end_by_themselves() -> None:
    of = schedule({"boundsPeriod": {"start": "2026-11-23"}, "frequency": 2, "count": 5})
    assert week(of) == ["Mon 08:00", "Mon 20:00", "Tue 08:00", "Tue 20:00", "Wed 08:00"]


@pytest.mark.parametrize(
    ("repeat", "path"),
    [
        ({"frequency": 3, "frequencyMax": 4}, "frequencyMax"),
        ({"period": 4, "periodMax": 6, "periodUnit": "h"}, "periodMax"),
        ({"boundsDuration": {"value": 14, "code": "d"}, "frequency": 3}, "boundsDuration"),
        ({"count": 5}, "count"),
        ({"period": 1, "periodUnit": "fortnight"}, "periodUnit"),
        ({"when": ["PHS"]}, "when"),
        ({"when": ["MORN"], "timeOfDay": ["08:00:00"]}, "when"),
        ({"offset": 30}, "offset"),
        ({"frequency": 1.5}, "frequency"),
        ({"frequency": 2, "period": 1, "periodUnit": "mo"}, "frequency"),
        ({"dayOfWeek": ["monday"]}, "dayOfWeek"),
        ({"dayOfWeek": ["mon"], "period": 1, "periodUnit": "mo"}, "dayOfWeek"),
    ],
)
def test_what_leaves_the_time_open_is_said_and_not_guessed(repeat: Json, path: str) -> None:
    order = {"resourceType": "ServiceRequest", "id": "r", "status": "active"}
    found = parsed(order | {"occurrenceTiming": {"repeat": repeat}})
    assert isinstance(found, NotUnderstood)
    assert found.path.endswith(f"repeat.{path}")


def test_a_single_date_is_that_date_in_the_patients_zone() -> None:
    order = {"resourceType": "ServiceRequest", "id": "r", "status": "active"}
    found = parsed(order | {"occurrenceDateTime": "2026-11-24"})
    assert isinstance(found, Request)
    assert found.schedule is not None
    for zone in (BERLIN, NEW_YORK):
        noon = datetime(2026, 11, 24, 12, tzinfo=zone)
        assert [at.date() for at in times(found.schedule, noon)] == [noon.date()]
        assert times(found.schedule, noon - timedelta(days=1)) == []


def test_bounds_that_are_dates_are_dates_of_the_patients_zone() -> None:
    of = schedule({"boundsPeriod": {"start": "2026-11-01", "end": "2026-11-30"}})
    for day, due in ((31, 0), (1, 1)):
        at = datetime(2026, 10 if day == 31 else 11, day, 12, tzinfo=NEW_YORK)
        assert len(times(of, at)) == due
    assert len(times(of, datetime(2026, 11, 30, 12, tzinfo=NEW_YORK))) == 1
    assert times(of, datetime(2026, 12, 1, 12, tzinfo=NEW_YORK)) == []


def test_a_time_that_summer_time_skips_becomes_a_real_one_and_one_that_repeats_is_the_first() -> (
    None
):
    """Berlin, 2026: 29 March 02:00 becomes 03:00, 25 October 03:00 becomes 02:00 (IANA tzdata)."""
    of = Schedule(times=(time(2, 30),))
    (skipped,) = times(of, datetime(2026, 3, 29, 12, tzinfo=BERLIN))
    assert skipped.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert f"{skipped:%H:%M}" == "03:30"
    (twice,) = times(of, datetime(2026, 10, 25, 12, tzinfo=BERLIN))
    assert twice.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_end_of_all_time_is_a_bound_like_any_other() -> None:
    of = schedule({"boundsPeriod": {"end": "9999-12-31T23:59:59Z"}})
    assert len(times(of, datetime(2026, 11, 23, 12, tzinfo=BERLIN))) == 1


SCHEDULES = st.builds(
    Schedule,
    frequency=st.integers(1, 48),
    period_days=st.decimals(Decimal("0.021"), 60, places=3),
    times=st.lists(st.times(), max_size=4, unique=True).map(lambda found: tuple(sorted(found))),
    days=st.frozensets(st.integers(0, 6)),
    start=st.none() | st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    end=st.none() | st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    months=st.integers(0, 24),
    count=st.none() | st.integers(1, 1000),
    events=st.lists(
        st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        max_size=3,
    ).map(tuple),
).filter(lambda of: of.frequency / of.period_days <= 48)  # more is refused as it is read
DAYS = st.datetimes(datetime(2001, 1, 2), datetime(2090, 1, 1))  # noqa: DTZ001
ZONES = st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Asia/Kathmandu"), UTC])


@given(SCHEDULES, DAYS, ZONES)
def test_any_timing_on_any_day_is_within_that_day_in_order_and_bounded(
    of: Schedule, day: datetime, zone: ZoneInfo
) -> None:
    found = times(of, day.replace(tzinfo=zone))
    assert all(at.date() == day.date() for at in found)
    assert found == sorted(found)
    assert len(found) <= max(48, len(of.times), len(of.events))


@given(st.integers(1, 30), st.integers(1, 60))
def test_so_many_times_in_so_many_days_are_so_many_times(frequency: int, days: int) -> None:
    """By Timing's own meaning: `frequency` times per `period`, whatever the first day."""
    begin = datetime(2026, 1, 1, 12, tzinfo=BERLIN)
    of = Schedule(frequency=frequency, period_days=Decimal(days), start=begin.replace(hour=0))
    last = begin + timedelta(days=2 * days - 1)
    assert len(since(of, last, 2 * days - 1)) == 2 * frequency


def plan(name: str, **parts: Any) -> CarePlan:  # noqa: ANN401 - CarePlan's own
    whole: Json = {"id": name, "version": "1", "active": True, "title": ""} | parts
    return CarePlan(**whole)


def order(name: str, about: str = "") -> Request:
    daily = Schedule(times=(time(8),))
    return Request(
        kind="ServiceRequest",
        id=name,
        version="1",
        active=True,
        codes=(),
        text="x",
        schedule=daily,
        about=about,
    )


NOON = datetime(2026, 11, 23, 12, tzinfo=BERLIN)


def names(messages: Sequence[Any]) -> list[str]:
    return [one.id for one in orders(messages, NOON)]


def test_what_a_plan_on_hold_names_is_not_asked_for_and_what_another_plan_names_is() -> None:
    held = plan("held", active=False, references=("ServiceRequest/a", "ServiceRequest/b"))
    live = plan("live", references=("ServiceRequest/b",), activities=(order("live.0"),))
    every = [order("a"), order("b"), order("c"), held, live]
    assert names(every) == ["b", "c", "live.0"]


def test_a_plan_counts_within_its_period_and_within_the_plan_it_is_a_part_of() -> None:
    later = plan("later", start=NOON + timedelta(days=1), activities=(order("later.0"),))
    off = plan("off", active=False)
    part = plan("part", part_of=("CarePlan/off",), activities=(order("part.0"),))
    assert names([later, off, part]) == []


def test_plans_that_are_parts_of_each_other_end_and_are_named() -> None:
    ring = [plan(str(n), part_of=(f"CarePlan/{(n + 1) % 5}",)) for n in range(5)]
    outside = plan("outside", part_of=("CarePlan/0", "CarePlan/nobody-knows"))
    plans = {one.id: one for one in [*ring, outside]}
    assert all(in_force(name, plans, NOON) for name in plans)
    assert circles([*ring, outside]) == ["0", "1", "2", "3", "4"]


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"))))
def test_any_tangle_of_plans_ends(above: dict[str, list[str]]) -> None:
    plans = {n: plan(n, part_of=tuple(f"CarePlan/{one}" for one in up)) for n, up in above.items()}
    assert all(in_force(name, plans, NOON) for name in plans)
    assert set(circles(list(plans.values()))) <= set(above)


def test_a_thousand_tasks_are_fifty_and_a_number() -> None:
    asked = [
        Task(id=str(n), version="1", status="requested", code="", description="x" * 4000)
        for n in range(1000)
    ]
    found = listed(asked, Known(now=NOON))
    assert len(found) == 1000
    assert MOST == 50
    assert all(len(one.task.title) <= 200 for one in found)


def test_a_clock_that_jumps_over_a_reminder_loses_none() -> None:
    before = listed([order("a")], Known(now=NOON.replace(hour=7)))
    after = listed([order("a")], Known(now=NOON.replace(hour=9, minute=59)))
    assert [one.task.id for one in before] == [one.task.id for one in after]
    assert after[0].task.due.value == "now"
