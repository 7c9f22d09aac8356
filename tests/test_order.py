"""What goes up first after weeks away, and what a line that is paid by volume may carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.order import Budget, Order
from sync.record import Entry
from tests.fakes import records
from tests.fakes.stores import Shelf
from vitals.reading import DeviceTime, HubTime

LIMIT_S = 90
DAY_S = 86_400
NOW = records.hub_time(10 * DAY_S)


def later(now: HubTime, seconds: float) -> HubTime:
    return replace(
        now,
        at=now.at + timedelta(seconds=seconds),
        boottime_ns=now.boottime_ns + int(seconds * 1e9),
    )


def measured_at(seq: int, received: HubTime, age_s: float | None = 0.0) -> Entry:
    """Return a reading that came in at an instant and was measured some seconds before."""
    record = records.blood_pressure(seq)
    at = None if age_s is None else received.at - timedelta(seconds=age_s)
    device_time = None
    if at is not None:
        date = {name: getattr(at, name) for name in ("year", "month", "day")}
        device_time = DeviceTime(**date, hour=at.hour, minute=at.minute, second=at.second)
    timing = replace(
        record.reading.timing, received=received, device_time=device_time, clock_check=None
    )
    return Entry(seq=seq, record=replace(record, reading=replace(record.reading, timing=timing)))


class Shelved:
    """What waits, in a list."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = list(entries)

    def pending(self, limit: int, *, after: int = 0) -> list[Entry]:
        return [one for one in self.entries if one.seq > after][:limit]

    def last(self) -> int:
        return self.entries[-1].seq if self.entries else 0


def seqs(entries: list[Entry]) -> list[int]:
    return [entry.seq for entry in entries]


def chosen(*entries: Entry, now: HubTime = NOW, limit: int = 50) -> list[int]:
    return seqs(Order(zone=UTC).choose(Shelved(*entries), now, limit=limit))


def old(count: int, first: int = 1) -> list[Entry]:
    return [measured_at(n, later(NOW, n - DAY_S)) for n in range(first, first + count)]


def test_what_was_just_measured_goes_before_weeks_of_history() -> None:
    assert chosen(*old(5), measured_at(6, NOW)) == [6, 1, 2, 3, 4, 5]


def test_it_goes_first_however_much_history_there_is() -> None:
    assert chosen(*old(1000), measured_at(1001, NOW), limit=3) == [1001, 1, 2, 3]


def test_readings_of_one_moment_keep_the_order_in_which_they_came() -> None:
    entries = [measured_at(n, later(NOW, n)) for n in range(1, 4)]
    assert chosen(*entries, now=later(NOW, 5)) == [1, 2, 3]


def test_a_meters_old_records_are_history_though_they_came_just_now() -> None:
    dumped = [measured_at(n, NOW, age_s=DAY_S) for n in range(1, 100)]
    assert chosen(*dumped, measured_at(100, NOW, age_s=20), limit=10) == [100, *range(1, 11)]


def test_a_dump_larger_than_one_look_is_walked_through_look_by_look() -> None:
    dumped = [measured_at(n, NOW, age_s=DAY_S) for n in range(1, 1001)]
    order, shelved = Order(zone=UTC), Shelved(*dumped, measured_at(1001, NOW))
    firsts = [order.choose(shelved, NOW, limit=10)[0].seq for _ in range(5)]
    assert firsts == [1, 1, 1, 1001, 1001]


def test_after_a_quarter_of_an_hour_it_is_history_like_the_rest() -> None:
    order, shelved = Order(zone=UTC), Shelved(*old(1), measured_at(2, NOW))
    assert seqs(order.choose(shelved, later(NOW, 899), limit=5)) == [2, 1]
    assert seqs(order.choose(shelved, later(NOW, 901), limit=5)) == [1, 2]


def test_a_short_outage_is_made_up_for_in_order() -> None:
    entries = [measured_at(n, later(NOW, n)) for n in range(1, 200)]
    order, shelved = Order(zone=UTC), Shelved(*entries)
    sent: list[int] = []
    while shelved.entries:
        batch = seqs(order.choose(shelved, later(NOW, 300), limit=20))[:20]
        sent += batch
        shelved.entries = [one for one in shelved.entries if one.seq not in batch]
    assert sent == list(range(1, 200))


def test_a_reading_without_a_device_time_counts_from_when_it_came() -> None:
    assert chosen(*old(1), measured_at(2, NOW, age_s=None)) == [2, 1]


def test_on_a_used_up_line_only_what_was_just_measured_goes() -> None:
    shelved = Shelved(*old(3), measured_at(4, NOW))
    assert seqs(Order(zone=UTC).choose(shelved, NOW, limit=5, history=False)) == [4]


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), max_size=40), st.integers(1, 9)
)
def test_every_reading_gets_its_turn_once(ages: list[tuple[int, int]], limit: int) -> None:
    arrivals = sorted((age for age, _ in ages), reverse=True)
    entries = [
        measured_at(n, later(NOW, -came), age_s=before)
        for n, (came, (_, before)) in enumerate(zip(arrivals, ages, strict=True), 1)
    ]
    order, shelved = Order(zone=UTC), Shelved(*entries)
    sent: list[int] = []
    while shelved.entries:
        batch = seqs(order.choose(shelved, NOW, limit=limit))
        assert batch
        assert len(set(batch)) == len(batch)
        sent += batch
        shelved.entries = [one for one in shelved.entries if one.seq not in batch]
    assert sorted(sent) == list(range(1, len(entries) + 1))


def test_the_store_shows_what_waits_above_a_number(tmp_path: Path) -> None:
    with Shelf(tmp_path).open() as outbox:
        for number in range(10):
            outbox.put(records.blood_pressure(number)).result(LIMIT_S)
        assert seqs(outbox.pending(3, after=5)) == [6, 7, 8]
        assert outbox.pending(3, after=10) == []
        assert outbox.last() == 10
        outbox.acknowledge([7]).result(LIMIT_S)
        outbox.park(8, reason="no such patient", code="FHIR-422").result(LIMIT_S)
        assert seqs(outbox.pending(3, after=5)) == [6, 9, 10]


def test_a_line_without_a_budget_carries_all() -> None:
    budget = Budget(0, now_s=lambda: 0.0)
    budget.spend(10**9)
    assert budget.allows_history()
    assert not budget.is_due()


def test_history_waits_when_the_day_is_used_up_and_goes_on_as_it_refills() -> None:
    now = [0.0]
    budget = Budget(1_000_000, now_s=lambda: now[0])
    budget.spend(1_100_000)
    assert not budget.allows_history()
    now[0] = DAY_S * 0.09
    assert not budget.allows_history()
    now[0] = DAY_S * 0.11
    assert budget.allows_history()


def test_a_restart_does_not_fill_the_budget_again() -> None:
    first = Budget(1000, now_s=lambda: 50.0)
    first.spend(5000)
    assert first.is_due()
    second = Budget(1000, now_s=lambda: 51.0)
    second.resume(first.octets())
    assert not second.allows_history()
    assert not first.is_due()


@pytest.mark.parametrize("jump_s", [-DAY_S, DAY_S, 400 * DAY_S])
def test_a_clock_that_jumps_gives_no_more_than_a_days_worth(jump_s: float) -> None:
    now = [1e9]
    budget = Budget(1000, now_s=lambda: now[0])
    budget.spend(1500)
    now[0] += jump_s
    budget.allows_history()
    budget.spend(501 if jump_s > 0 else 0)
    assert not budget.allows_history()


@pytest.mark.parametrize("octets", [None, b"", b"1", b"x y", b"9999999 0", b"\xff\xfe 1"])
def test_what_a_budget_cannot_be_is_passed_over(octets: bytes | None) -> None:
    budget = Budget(1000, now_s=lambda: 0.0)
    budget.resume(octets)
    assert budget.allows_history()
