"""A history that breaks off: what is asked for next time, and that in the end all of it is there.

Octets of the Record Access Control Point (GATT 2A52): `01 06` the newest, `01 05` the oldest,
`01 01` all, `01 03 01 lo hi` from a number on, `01 04 01 lo hi lo hi` a range.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sessions.racp import mark_of
from drivers.sessions.resuming import PIECE, ResumingSession
from drivers.sessions.session import Command, Finish, Outcome, Write

NEWEST, OLDEST, ALL = "0106", "0105", "0101"
SUCCESS, NO_RECORDS, UNSUPPORTED = "06000101", "06000106", "06000104"


def record(sequence: int, day: int = 1) -> bytes:
    """Return a 2A18 frame with flags 0: sequence number and base time, no concentration."""
    return b"\0" + sequence.to_bytes(2, "little") + bytes((0xEA, 0x07, 11, day, 8, 0, 0))


def number(one: bytes) -> int:
    return int.from_bytes(one[1:3], "little")


def asked(commands: list[Command]) -> list[bytes]:
    return [command.data for command in commands if isinstance(command, Write)]


def ended(commands: list[Command]) -> Finish:
    (finish,) = commands
    assert isinstance(finish, Finish)
    return finish


@dataclass
class Meter:
    """A memory behind a control point; each visit breaks off after so many frames."""

    records: list[bytes]
    ranges: bool = True
    order: Callable[[list[bytes]], list[bytes]] = list
    heard: list[str] = field(default_factory=list)

    def chosen(self, request: bytes) -> list[bytes] | None:
        bounds = [
            int.from_bytes(request[at : at + 2], "little") for at in range(3, len(request), 2)
        ]
        match request[1]:
            case 6:
                return self.records[-1:]
            case 5:
                return self.records[:1]
            case 3:
                return [one for one in self.records if number(one) >= bounds[0]]
            case 4 if self.ranges:
                return [one for one in self.records if bounds[0] <= number(one) <= bounds[1]]
            case 4:
                return None
            case _:
                return self.records

    def visit(
        self, mark: bytes | None, had: set[bytes], *, frames: int = 100_000, piece: int = PIECE
    ) -> Finish:
        """Play a visit; what came is in `had` even when it breaks off."""
        session = ResumingSession(mark, has_context=False, piece=piece)
        self.heard.clear()
        commands = session.begin()
        while requests := asked(commands):
            self.heard.append(requests[0].hex())
            chosen = self.chosen(requests[0])
            for one in self.order(chosen or []):
                if not frames:
                    return ended(session.gone())
                frames -= 1
                had.add(one)
                assert session.frame("2a18", one) == []
            answer = UNSUPPORTED if chosen is None else SUCCESS if chosen else NO_RECORDS
            commands = session.frame("2a52", bytes.fromhex(answer))
        return ended(session.silent())


def history(count: int, first: int = 1) -> list[bytes]:
    return [record((first + n) % 65536, day=1 + n % 28) for n in range(count)]


def test_a_visit_that_does_not_break_off_asks_for_everything_at_once() -> None:
    meter, had = Meter(history(100)), set[bytes]()
    finish = meter.visit(None, had)
    assert meter.heard == [NEWEST, ALL]
    assert (finish.outcome, finish.mark) == (Outcome.COMPLETE, mark_of(record(100, 16)))
    assert had == set(meter.records)


def test_after_a_visit_that_broke_off_records_come_in_pieces() -> None:
    meter, had = Meter(history(70)), set[bytes]()
    finish = meter.visit(None, had, frames=30)
    assert finish.outcome is Outcome.PARTIAL
    finish = meter.visit(finish.mark, had)
    # 1 to 32, 33 to 64, 65 to 96
    assert meter.heard == [
        NEWEST,
        OLDEST,
        "01040101002000",
        "01040121004000",
        "01040141006000",
    ]
    assert finish == Finish(outcome=Outcome.COMPLETE, mark=mark_of(meter.records[-1]))
    assert had == set(meter.records)


def test_a_visit_in_pieces_that_breaks_off_is_taken_up_where_it_ended() -> None:
    meter, had = Meter(history(70)), set[bytes]()
    mark = meter.visit(None, had, frames=30).mark
    mark = meter.visit(mark, had, frames=2 + 32 + 5).mark
    assert meter.visit(mark, had).outcome is Outcome.COMPLETE
    # record 32 comes again, as proof that it is still the same memory
    assert meter.heard == [NEWEST, "01040120003f00", "01040140005f00"]
    assert had == set(meter.records)


def test_a_meter_without_ranges_is_read_whole() -> None:
    meter, had = Meter(history(70), ranges=False), set[bytes]()
    mark = meter.visit(None, had, frames=30).mark
    assert meter.visit(mark, had).outcome is Outcome.COMPLETE
    assert meter.heard == [NEWEST, OLDEST, "01040101002000", ALL]
    assert had == set(meter.records)


def test_pieces_that_get_nowhere_are_given_up_for_the_next_visit() -> None:
    meter, had = Meter(history(70)), set[bytes]()
    mark = meter.visit(None, had, frames=30).mark
    finish = meter.visit(mark, had, frames=10)
    assert finish == Finish(
        outcome=Outcome.PARTIAL, why="the meter left within a procedure", mark=b""
    )
    assert meter.visit(finish.mark, had).outcome is Outcome.COMPLETE
    assert meter.heard == [NEWEST, ALL]


def test_a_meter_that_was_reset_between_two_pieces_loses_no_record() -> None:
    meter, had = Meter(history(70)), set[bytes]()
    mark = meter.visit(None, had, frames=30).mark
    mark = meter.visit(mark, had, frames=2 + 32 + 5).mark
    meter.records = [record(n, day=28) for n in range(1, 51)]
    assert meter.visit(mark, had).outcome is Outcome.COMPLETE
    assert meter.heard[:3] == [NEWEST, "01040120003f00", OLDEST]
    assert had >= set(meter.records)


def test_numbers_that_wrapped_are_not_asked_for_in_pieces() -> None:
    meter, had = Meter(history(70, first=65500)), set[bytes]()
    mark = meter.visit(None, had, frames=30).mark
    assert meter.visit(mark, had).outcome is Outcome.COMPLETE
    assert meter.heard == [NEWEST, OLDEST, ALL]
    assert had == set(meter.records)


def test_a_meter_that_left_before_it_sent_history_leaves_the_mark_alone() -> None:
    session = ResumingSession(None)
    session.begin()
    session.frame("2a18", record(1))
    assert ended(session.gone()).mark is None


def sorted_as_sent(records: list[bytes]) -> list[bytes]:
    return records


def newest_first(records: list[bytes]) -> list[bytes]:
    return records[::-1]


def from_the_middle(records: list[bytes]) -> list[bytes]:
    """As a ring in memory is read from its first cell on."""
    half = len(records) // 2
    return records[half:] + records[:half]


ORDERS: Sequence[Callable[[list[bytes]], list[bytes]]] = (
    sorted_as_sent,
    newest_first,
    from_the_middle,
)


@given(
    count=st.integers(1, 120),
    first=st.integers(0, 65535),
    ranges=st.booleans(),
    order=st.sampled_from(ORDERS),
    breaks=st.lists(st.integers(0, 130), max_size=12),
    measured=st.lists(st.integers(0, 3), min_size=12, max_size=12),
)
def test_wherever_visits_break_off_a_visit_that_does_not_brings_everything(  # noqa: PLR0913 - what may happen
    *,
    count: int,
    first: int,
    ranges: bool,
    order: Callable[[list[bytes]], list[bytes]],
    breaks: list[int],
    measured: list[int],
) -> None:
    everything = history(count + sum(measured), first)
    meter, had, mark = Meter(everything[:count], ranges=ranges, order=order), set[bytes](), None
    for frames, more in zip(breaks, measured, strict=False):
        finish = meter.visit(mark, had, frames=frames, piece=8)
        mark = finish.mark if finish.mark is not None else mark
        if finish.outcome is Outcome.COMPLETE:
            assert had >= set(meter.records)
        meter.records = everything[: len(meter.records) + more]
    finish = meter.visit(mark, had, piece=8)
    assert finish == Finish(outcome=Outcome.COMPLETE, mark=mark_of(meter.records[-1]))
    assert had >= set(meter.records)


@given(count=st.integers(1, 400), room=st.integers(18, 60), order=st.sampled_from(ORDERS))
def test_a_meter_that_breaks_off_in_every_visit_is_read_to_its_end_all_the_same(
    count: int, room: int, order: Callable[[list[bytes]], list[bytes]]
) -> None:
    meter, had, mark = Meter(history(count), order=order), set[bytes](), None
    for _ in range(2 + 2 * (count // 8 + 1)):
        finish = meter.visit(mark, had, frames=room, piece=8)
        mark = finish.mark if finish.mark is not None else mark
        if finish.outcome is Outcome.COMPLETE:
            break
    assert finish.outcome is Outcome.COMPLETE
    assert had == set(meter.records)


@pytest.mark.parametrize("mark", [b"", b"\xff", None])
def test_a_mark_that_says_nothing_is_none(mark: bytes | None) -> None:
    meter, had = Meter(history(3)), set[bytes]()
    assert meter.visit(mark, had).outcome is Outcome.COMPLETE
    assert had == set(meter.records)


@given(
    mark=st.none() | st.binary(max_size=12),
    events=st.lists(
        st.tuples(st.sampled_from(["2a18", "2a34", "2a52"]), st.binary(max_size=20)), max_size=30
    ),
)
def test_no_order_of_frames_breaks_a_session(
    mark: bytes | None, events: list[tuple[str, bytes]]
) -> None:
    session = ResumingSession(mark)
    session.begin()
    for uuid, data in events:
        for command in session.frame(uuid, data):
            assert isinstance(command, Write | Finish)
            if isinstance(command, Finish):
                return
    assert ended(session.gone()).outcome in {Outcome.COMPLETE, Outcome.PARTIAL}
