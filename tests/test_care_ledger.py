"""Device days: distinct local dates, in windows, with what is counted apart apart."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.care.ledger import WINDOW_DAYS, Day, Line, windows
from agent.care.taken import Apart
from agent.guard.daybook import MOST_DAYS, MOST_LINES, Daybook, days
from vitals.reading import HubTime

FIRST = date(2026, 11, 1)
AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


class Memory:
    """What a store remembers, in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def recall(self, name: str) -> bytes | None:
        return self.kept.get(name)


def line(
    day: int = 0, *, sent: bool = True, apart: Apart | None = None, dated: bool = True, n: int = 0
) -> Line:
    at = AT + timedelta(days=day, minutes=n)
    return Line(
        reading=f"h{day}-{n}-{apart}",
        kind="body-weight",
        measured=at,
        heard=at,
        sent=at if sent else None,
        apart=apart,
        dated=dated,
    )


def day(number: int, *lines: Line) -> Day:
    return Day(date=FIRST + timedelta(days=number), lines=lines or (line(number),))


@pytest.mark.parametrize(
    ("count", "bucket"),
    [(0, "0-1"), (1, "0-1"), (2, "2-15"), (15, "2-15"), (16, "16-30"), (30, "16-30")],
)
def test_the_buckets_are_those_of_the_30_day_codes(count: int, bucket: str) -> None:
    """CMS, 2026: 99445 is for 2 to 15 days within 30, 99454 for 16 and more."""
    (found,) = windows(map(day, range(count)), start=FIRST, today=FIRST + timedelta(days=29))
    assert (found.sent, found.bucket) == (count, bucket)


def test_two_readings_of_one_day_are_one_day_and_one_not_sent_is_told_apart() -> None:
    every = [day(0, line(0), line(0, n=5)), day(1, line(1, sent=False)), day(2)]
    (found,) = windows(every, start=FIRST, today=FIRST)
    assert (found.measured, found.sent) == (3, 2)


def test_camera_tests_typed_and_undated_are_counted_and_are_no_day() -> None:
    lines = [line(0, apart=one) for one in Apart] + [line(0, dated=False)]
    (found,) = windows([day(0, *lines)], start=FIRST, today=FIRST)
    assert (found.measured, found.sent) == (0, 0)
    assert found.apart == {"camera": 1, "test": 1, "typed": 1, "undated": 1}


def test_windows_follow_one_another_from_the_first_day_that_was_chosen() -> None:
    every = [day(0), day(29), day(30), day(61)]
    found = windows(every, start=FIRST, today=FIRST + timedelta(days=61))
    assert [(one.first, one.sent) for one in found] == [
        (FIRST, 2),
        (FIRST + timedelta(days=30), 1),
        (FIRST + timedelta(days=60), 1),
    ]
    assert windows(every, start=None, today=FIRST)[0].first == FIRST
    assert windows([], start=None, today=FIRST)[0].sent == 0
    assert windows(every, start=FIRST + timedelta(days=1), today=FIRST) == []


@given(
    st.lists(st.tuples(st.integers(0, 200), st.booleans(), st.none() | st.sampled_from(Apart))),
    st.integers(-40, 200),
    st.integers(0, 220),
)
def test_no_window_has_more_days_than_it_is_long_and_each_day_is_in_one(
    some: list[tuple[int, bool, Apart | None]], begin: int, today: int
) -> None:
    every = [
        Day(
            date=FIRST + timedelta(days=n),
            lines=tuple(line(n, sent=sent, apart=apart) for m, sent, apart in some if m == n),
        )
        for n in {one[0] for one in some}
    ]
    start, now = FIRST + timedelta(days=begin), FIRST + timedelta(days=today)
    found = windows(every, start=start, today=now)
    assert all(one.sent <= one.measured <= WINDOW_DAYS for one in found)
    within = [one for window in found for one in window.days]
    assert len({one.date for one in within}) == len(within)


def keep(book: Daybook, memory: Memory) -> None:
    memory.kept |= book.writes()
    book.kept()


def test_a_restart_keeps_every_line_and_which_were_not_sent() -> None:
    memory = Memory()
    book = Daybook(memory)
    book.add(line(0, sent=False), 7)
    book.add(line(1, sent=False), 8)
    keep(book, memory)
    again = Daybook(memory)
    assert set(again.waiting) == {7, 8}
    again.sent([7, 99], AT)
    keep(again, memory)
    assert set(Daybook(memory).waiting) == {8}
    assert [(one.date, one.is_sent) for one in days(memory)] == [
        (FIRST, True),
        (FIRST + timedelta(days=1), False),
    ]


def test_the_same_reading_again_is_one_line_under_its_newest_row() -> None:
    memory = Memory()
    book = Daybook(memory)
    book.add(line(0, sent=False), 7)
    book.add(line(0, sent=False), 9)
    assert set(book.waiting) == {9}
    keep(book, memory)
    (only,) = days(memory)
    assert len(only.lines) == 1


def test_what_was_not_kept_is_not_there() -> None:
    memory = Memory()
    book = Daybook(memory)
    book.add(line(0, sent=False), 7)
    book.again()
    assert (book.writes(), list(book.waiting)) == ({}, [])


def test_a_busy_day_is_counted_and_old_days_go() -> None:
    memory = Memory()
    book = Daybook(memory)
    for n in range(MOST_LINES + 5):
        book.add(line(0, n=n), n)
    book.add(line(0, apart=Apart.CAMERA), 0)
    keep(book, memory)
    (busy,) = days(memory)
    assert (len(busy.lines), busy.more) == (MOST_LINES + 1, 5)
    for n in range(1, MOST_DAYS + 3):
        book.add(line(n), n)
        keep(book, memory)
    every = list(days(memory))
    assert (len(every), every[0].date) == (MOST_DAYS, FIRST + timedelta(days=3))
    assert memory.kept["ledger/2026-11-01"] == b""


def test_a_reading_of_an_unset_clock_gets_its_day_once_the_clock_is_known() -> None:
    """A Pi without a clock battery starts in the past; the boot's true time comes later."""
    memory = Memory()
    book = Daybook(memory)
    clock = HubTime(at=AT, boot_id="b", boottime_ns=60_000_000_000, synchronised=False)
    book.add(line(0, sent=False), 7, clock)
    keep(book, memory)
    (loose,) = days(memory)
    assert not loose.is_measured
    again = Daybook(memory)
    again.mend({})
    assert again.writes() == {}
    truth = AT + timedelta(days=3)
    again.mend({"b": int((truth.timestamp() - 60) * 1e9)})
    keep(again, memory)
    found = {one.date: one.is_measured for one in days(memory)}
    assert found == {FIRST: False, FIRST + timedelta(days=3): True}
    assert set(Daybook(memory).waiting) == {7}


@pytest.mark.parametrize("octets", [b"", b"nonsense", b"[]", b'{"days": ["x"]}'])
def test_a_damaged_index_is_an_empty_book(octets: bytes) -> None:
    memory = Memory()
    memory.kept["ledger/index"] = octets
    assert list(days(memory)) == []
    assert list(Daybook(memory).waiting) == []
