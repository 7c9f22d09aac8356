"""Whatever is measured, and whatever a care team writes, the rules end and break nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.care.taken import taken
from agent.display.shown import DOING
from agent.guard.chores import Chores
from agent.guard.kept import State
from agent.guard.work import Work
from sync.fhir import encode
from sync.messages import CarePlan, Coding, Goal, Message, Request, Schedule, Target
from sync.record import Measured, measured
from tests.fakes import records
from vitals.quantity import Quantity, Unit

ZONES = st.sampled_from([ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), UTC])
MOMENTS = st.datetimes(timezones=st.just(UTC))
numbers = st.decimals(-(10**12), 10**12, allow_nan=False)
targets = st.builds(
    Target,
    quantities=st.frozensets(st.sampled_from(Quantity), min_size=1),
    unit=st.sampled_from(Unit),
    low=st.none() | numbers,
    high=st.none() | numbers,
    strict=st.booleans(),
    days=st.none() | st.decimals(1, 30),
)
names = st.text("abc", min_size=1, max_size=3)
goals = st.builds(
    Goal,
    id=names,
    version=names,
    active=st.booleans(),
    kind=st.sampled_from(["limit", "rise", "drift", ""]),
    text=st.text(max_size=20),
    urgent=st.booleans(),
    start=st.none() | MOMENTS,
    targets=st.lists(targets, max_size=3).map(tuple),
)
schedules = st.builds(
    Schedule,
    frequency=st.integers(1, 48),
    period_days=st.decimals(1, 10**6, places=2),
    times=st.lists(st.times(), max_size=3).map(lambda some: tuple(sorted(some))),
    days=st.frozensets(st.integers(0, 6)),
    start=st.none() | MOMENTS,
    end=st.none() | MOMENTS,
    months=st.integers(0, 12_000),
    count=st.none() | st.integers(1, 1000),
    events=st.lists(MOMENTS, max_size=2).map(tuple),
)
codes = st.sampled_from(["29463-7", "85354-9", "2339-0", "1104051000000101", "x"])
requests = st.builds(
    Request,
    kind=st.sampled_from(["ServiceRequest", "MedicationRequest"]),
    id=names,
    version=names,
    active=st.booleans(),
    codes=codes.map(lambda code: (Coding(system="s", code=code),)),
    text=st.text(max_size=10),
    schedule=st.none() | schedules,
)
plans = st.builds(
    CarePlan,
    id=names,
    version=names,
    active=st.booleans(),
    title=st.just(""),
    activities=st.lists(requests, max_size=2).map(tuple),
    references=st.lists(names.map("ServiceRequest/{}".format), max_size=2).map(tuple),
    part_of=st.lists(names.map("CarePlan/{}".format), max_size=2).map(tuple),
    start=st.none() | MOMENTS,
    end=st.none() | MOMENTS,
)
rules: st.SearchStrategy[list[Message]] = st.lists(st.one_of(goals, requests, plans), max_size=6)


class Memory:
    """An empty store that is written to as a hub's is."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def recall(self, name: str) -> bytes | None:
        return self.kept.get(name)


def _look(
    memory: Memory, state: State, some: list[Message], now: datetime, some_taken: list[Measured]
) -> Mapping[str, bytes]:
    work = Work(state, memory, some, hub_id="hub-1", patient="Patient/p", now=now)
    for record in some_taken:
        one = taken(record, now.tzinfo or UTC, {})
        work.look_at(one, DOING.get(one.kind))
    chores = Chores(work, vouched=True)
    chores.met("C0:26:DA", "complete", now)
    chores.tick()
    for resource in work.raised:
        assert encode(resource)
        assert len(resource["id"]) == 64
    assert len({one["id"] for one in work.raised}) == len(work.raised)
    work.state.bounded()
    return work.series_writes()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(records.readings().map(lambda one: measured(one, "Patient/p")), max_size=3),
    rules,
    st.datetimes(datetime(2010, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - gets its zone below
    ZONES,
)
def test_any_reading_by_any_rules_on_any_day_ends_and_is_raised_once(
    some_taken: list[Measured], some: list[Message], day: datetime, zone: ZoneInfo
) -> None:
    memory, state = Memory(), State()
    now = datetime.combine(day.date(), time(12), zone)
    memory.kept |= _look(memory, state, some, now, some_taken)
    before = list(state.done)
    memory.kept |= _look(memory, state, some, now + timedelta(minutes=1), some_taken)
    assert len(set(state.done)) == len(state.done)
    assert state.done[: len(before)] == before
    memory.kept |= _look(memory, state, some, now + timedelta(days=5), [])
