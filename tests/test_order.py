"""What goes up first after weeks away, and what a line that is paid by volume may carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.order import LOOK_AT, Budget, Order
from sync.record import Entry, Measured
from tests.fakes import records
from tests.fakes.stores import Shelf
from vitals.reading import DeviceTime, HubTime

LIMIT_S = 30
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


def seqs(entries: list[Entry]) -> list[int]:
    return [entry.seq for entry in entries]


def test_what_was_just_measured_goes_before_weeks_of_history() -> None:
    history = [measured_at(n, later(NOW, -DAY_S)) for n in range(1, 6)]
    order = Order(zone=UTC)
    order.saw([*history, measured_at(6, NOW)], NOW)
    assert seqs(order.choose(history, NOW)) == [6, 1, 2, 3, 4, 5]


def test_readings_of_one_moment_keep_the_order_in_which_they_came() -> None:
    entries = [measured_at(n, later(NOW, n)) for n in range(1, 4)]
    order = Order(zone=UTC)
    order.saw(entries, NOW)
    assert seqs(order.choose(entries, later(NOW, 5))) == [1, 2, 3]


def test_a_meters_old_records_are_history_though_they_came_just_now() -> None:
    dumped = [measured_at(n, NOW, age_s=DAY_S) for n in range(1, 4)]
    order = Order(zone=UTC)
    order.saw([*dumped, measured_at(4, NOW, age_s=20)], NOW)
    assert seqs(order.choose(dumped, NOW)) == [4, 1, 2, 3]


def test_after_a_quarter_of_an_hour_it_is_history_like_the_rest() -> None:
    history = [measured_at(1, later(NOW, -DAY_S)), measured_at(2, NOW)]
    order = Order(zone=UTC)
    order.saw(history, NOW)
    assert seqs(order.choose(history, later(NOW, 899))) == [2, 1]
    assert seqs(order.choose(history, later(NOW, 901))) == [1, 2]


def test_what_the_server_has_is_not_offered_again() -> None:
    order = Order(zone=UTC)
    order.saw([measured_at(1, NOW)], NOW)
    order.done([1])
    assert order.choose([], NOW) == []


def test_a_reading_without_a_device_time_counts_from_when_it_came() -> None:
    order = Order(zone=UTC)
    order.saw([measured_at(1, NOW, age_s=None)], NOW)
    assert seqs(order.choose([], NOW)) == [1]


@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)))
def test_every_reading_is_offered_once_and_none_is_lost(old: set[int], new: set[int]) -> None:
    history = [measured_at(n, later(NOW, -DAY_S)) for n in sorted(old)]
    fresh = [measured_at(n, NOW) for n in sorted(new - old)]
    order = Order(zone=UTC)
    order.saw([*history, *fresh], NOW)
    offered = seqs(order.choose([*history, *fresh], NOW))
    assert sorted(offered) == sorted(old | new)


def test_a_flood_of_new_readings_keeps_only_the_newest_in_front() -> None:
    fresh = [measured_at(n, NOW) for n in range(1, 100)]
    order = Order(zone=UTC)
    order.saw(fresh, NOW)
    assert seqs(order.choose([], NOW)) == list(range(100 - LOOK_AT, 100))


def test_the_store_shows_its_newest_rows_above_a_number(tmp_path: Path) -> None:
    with Shelf(tmp_path).open() as outbox:
        for number in range(10):
            outbox.put(records.blood_pressure(number)).result(LIMIT_S)
        assert seqs(outbox.newest(3, after=0)) == [8, 9, 10]
        assert seqs(outbox.newest(3, after=9)) == [10]
        assert outbox.newest(3, after=10) == []
        outbox.acknowledge([10]).result(LIMIT_S)
        outbox.park(9, reason="no such patient", code="FHIR-422").result(LIMIT_S)
        assert [one for one in seqs(outbox.newest(2, after=0)) if one > 8] == []


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


def test_evidence_is_never_in_front() -> None:
    order = Order(zone=UTC)
    order.saw([Entry(seq=1, record=records.evidence())], NOW)
    assert order.choose([], NOW) == []
    assert isinstance(records.blood_pressure(1), Measured)
