"""A measurement that does not come: told apart by evidence, once, and never with blame."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.care.missed import PATIENCE, Cause, Seen, missed, row_of

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EIGHT = [NOON.replace(hour=8) - timedelta(days=day) for day in range(6, -1, -1)]
LONG_AGO, LATELY = NOON - timedelta(days=20), NOON - timedelta(hours=5)


def test_a_row_is_what_was_asked_for_after_the_last_reading_up_to_yesterday() -> None:
    assert row_of(EIGHT, None, NOON) == tuple(EIGHT[:-1])
    assert row_of(EIGHT, EIGHT[3] + timedelta(hours=9), NOON) == tuple(EIGHT[4:-1])
    assert row_of(EIGHT, NOON, NOON) == ()


def test_two_days_go_by_before_anybody_is_told() -> None:
    row = row_of(EIGHT, EIGHT[3], NOON)
    assert row == tuple(EIGHT[4:6])
    assert missed(row, EIGHT[4] + PATIENCE - timedelta(minutes=1), meters=[], off=[]) is None
    found = missed(row, EIGHT[4] + PATIENCE, meters=[], off=[])
    assert found is not None
    assert (found.first, len(found.times)) == (EIGHT[4], 2)


OFF = [(EIGHT[4] - timedelta(hours=1), EIGHT[6])]


@pytest.mark.parametrize(
    ("meters", "off", "cause"),
    [
        ([Seen(heard=LATELY)], OFF, Cause.HUB_OFF),
        ([Seen(heard=LATELY)], [(EIGHT[4], EIGHT[4] + timedelta(hours=3))], Cause.NOT_TAKEN),
        ([], [], Cause.NO_METER),
        ([Seen(heard=LONG_AGO)], [], Cause.QUIET),
        ([Seen(heard=None)], [], Cause.QUIET),
        ([Seen(heard=LONG_AGO, battery_low=True)], [], Cause.BATTERY),
        ([Seen(heard=LATELY, battery_low=True)], [], Cause.BATTERY),
        ([Seen(heard=LATELY)], [], Cause.NOT_TAKEN),
        ([Seen(heard=LATELY, needs_person=True)], [], Cause.NEEDS_PERSON),
        ([Seen(heard=LONG_AGO, needs_person=True)], [], Cause.QUIET),
        ([Seen(heard=LONG_AGO), Seen(heard=LATELY)], [], Cause.NOT_TAKEN),
    ],
)
def test_the_cause_is_what_the_evidence_says(
    meters: list[Seen], off: list[tuple[datetime, datetime]], cause: Cause
) -> None:
    found = missed(tuple(EIGHT[4:6]), NOON, meters=meters, off=off)
    assert found is not None
    assert found.cause is cause


def test_no_sentence_puts_a_fault_with_the_patient() -> None:
    for cause in Cause:
        assert not {"forgot", "failed", "patient", "fault"} & set(cause.value.lower().split())


@given(
    st.lists(st.datetimes(timezones=st.just(UTC)), max_size=20),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_any_times_end_in_a_row_of_them_in_order(
    times: list[datetime], last: datetime | None
) -> None:
    row = row_of(times, last, NOON)
    assert set(row) <= set(times)
    assert list(row) == sorted(row)
    assert all(at < NOON for at in row)
