"""Session procedures, driven by hand: what they ask for, and what they make of the answers.

Requests and answers are the octets of the Record Access Control Point (GATT 2A52): `01 06` report
newest, `01 01` report all, `01 03 01 lo hi` report from a sequence number on, `03 00` abort,
`06 00 01 cc` answer to report.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sessions.indications import IndicationsSession
from drivers.sessions.racp import GRACE_S, RacpSession, mark_of
from drivers.sessions.session import (
    Command,
    Finish,
    Outcome,
    Subscribe,
    Write,
)

NEWEST, ALL, ABORT = "0106", "0101", "0300"
SUCCESS, NO_RECORDS, BUSY = "06000101", "06000106", "0600010a"


def record(sequence: int, day: int = 1) -> bytes:
    """Return a 2A18 frame with flags 0: sequence number and base time, no concentration."""
    return b"\0" + sequence.to_bytes(2, "little") + bytes((0xEA, 0x07, 11, day, 8, 0, 0))


def mark(sequence: int, day: int = 1) -> bytes:
    found = mark_of(record(sequence, day))
    assert found is not None
    return found


def begun(last: bytes | None = None) -> RacpSession:
    session = RacpSession(last)
    session.begin()
    return session


def asked(commands: list[Command]) -> list[str]:
    return [command.data.hex() for command in commands if isinstance(command, Write)]


def answer(session: RacpSession, octets: str) -> list[Command]:
    return session.frame("2a52", bytes.fromhex(octets))


def ended(commands: list[Command]) -> Finish:
    [finish] = commands
    assert isinstance(finish, Finish)
    return finish


def test_records_are_subscribed_to_before_anything_is_asked() -> None:
    commands = RacpSession(None).begin()
    assert [c.uuid for c in commands if isinstance(c, Subscribe)] == ["2a18", "2a34", "2a52"]
    assert asked(commands) == [NEWEST]
    assert isinstance(commands[-1], Write)


def test_a_meter_without_context_is_not_asked_to_send_it() -> None:
    commands = RacpSession(None, has_context=False).begin()
    assert [c.uuid for c in commands if isinstance(c, Subscribe)] == ["2a18", "2a52"]


def test_a_meter_never_read_before_gives_everything() -> None:
    session = begun()
    session.frame("2a18", record(9))
    assert asked(answer(session, SUCCESS)) == [ALL]


def test_nothing_new_is_a_short_visit() -> None:
    session = begun(mark(9))
    session.frame("2a18", record(9))
    assert answer(session, SUCCESS) == []
    assert session.wait_s == GRACE_S
    assert ended(session.silent()) == Finish(outcome=Outcome.COMPLETE, mark=mark(9))


def test_no_records_is_success_with_nothing() -> None:
    session = begun()
    assert answer(session, NO_RECORDS) == []
    assert ended(session.silent()) == Finish(outcome=Outcome.COMPLETE, mark=None)


def test_new_records_are_asked_for_from_the_last_stored_one_on() -> None:
    session = begun(mark(9))
    session.frame("2a18", record(11))
    assert asked(answer(session, SUCCESS)) == ["0103010900"]
    for number in (9, 10, 11):
        session.frame("2a18", record(number))
    answer(session, SUCCESS)
    assert ended(session.silent()).mark == mark(11)


def test_after_the_counter_wraps_at_65536_everything_is_read() -> None:
    session = begun(mark(65535))
    session.frame("2a18", record(0, day=2))
    assert asked(answer(session, SUCCESS)) == [ALL]


def test_a_meter_reset_to_a_lower_number_is_read_from_the_start() -> None:
    session = begun(mark(500))
    session.frame("2a18", record(3, day=2))
    assert asked(answer(session, SUCCESS)) == [ALL]


def test_a_reset_meter_that_counted_past_the_old_number_loses_no_record() -> None:
    session = begun(mark(3, day=1))
    session.frame("2a18", record(5, day=20))
    assert asked(answer(session, SUCCESS)) == ["0103010300"]
    for number in (3, 4, 5):
        session.frame("2a18", record(number, day=20))
    assert asked(answer(session, SUCCESS)) == [ALL]


def test_a_reset_meter_that_counted_up_to_the_old_number_loses_no_record() -> None:
    session = begun(mark(3, day=1))
    session.frame("2a18", record(3, day=20))
    assert asked(answer(session, SUCCESS)) == ["0103010300"]


def test_records_may_still_arrive_after_the_answer() -> None:
    session = begun()
    session.frame("2a18", record(1))
    answer(session, SUCCESS)
    answer(session, SUCCESS)
    assert session.frame("2a34", b"\0\x01\0") == []
    assert ended(session.silent()).outcome is Outcome.COMPLETE


def test_a_meter_that_leaves_within_a_procedure_is_visited_again_with_the_old_mark() -> None:
    session = begun(mark(1))
    session.frame("2a18", record(9))
    assert ended(session.gone()) == Finish(
        outcome=Outcome.PARTIAL, why="the meter left within a procedure"
    )


def test_a_meter_that_leaves_after_its_answer_is_done() -> None:
    session = begun()
    answer(session, NO_RECORDS)
    assert ended(session.gone()).outcome is Outcome.COMPLETE


def test_a_silent_meter_is_given_thirty_seconds_and_then_visited_again() -> None:
    session = begun()
    assert session.wait_s == 30
    assert ended(session.silent()).outcome is Outcome.PARTIAL


@pytest.mark.parametrize(
    ("octets", "outcome"),
    [(BUSY, Outcome.BUSY), ("06000108", Outcome.PARTIAL), ("06000102", Outcome.REFUSED)],
)
def test_what_the_meter_refuses_is_told_apart(octets: str, outcome: Outcome) -> None:
    assert ended(answer(begun(), octets)).outcome is outcome


@pytest.mark.parametrize("code", ["03", "04", "05", "09"])
def test_a_meter_that_cannot_tell_its_newest_record_gives_everything(code: str) -> None:
    assert asked(answer(begun(mark(5)), "060001" + code)) == [ALL]


def test_a_procedure_left_over_from_a_broken_session_is_aborted_once() -> None:
    session = begun()
    assert asked(session.failed(0x80)) == [ABORT]
    assert asked(answer(session, "06000301")) == [NEWEST]
    assert ended(session.failed(0x80)).outcome is Outcome.BUSY


@pytest.mark.parametrize(
    ("att_error", "outcome"),
    [
        (0x05, Outcome.NEEDS_PAIRING),
        (0x0F, Outcome.NEEDS_PAIRING),
        (0x81, Outcome.PARTIAL),
        (0x03, Outcome.REFUSED),
    ],
)
def test_an_att_error_says_what_to_do(att_error: int, outcome: Outcome) -> None:
    assert ended(begun().failed(att_error)).outcome is outcome


def test_an_answer_that_breaks_the_rules_ends_the_session() -> None:
    assert ended(answer(begun(), "06")).outcome is Outcome.REFUSED


def test_a_record_that_cannot_be_read_is_never_counted_from() -> None:
    session = begun(mark(5))
    session.frame("2a18", b"\0\x09")
    assert asked(answer(session, SUCCESS)) == [ALL]


@given(
    last=st.none() | st.integers(0, 65535).map(mark),
    events=st.lists(
        st.tuples(st.sampled_from(["2a18", "2a34", "2a52"]), st.binary(max_size=20)), max_size=30
    ),
)
def test_no_order_of_frames_breaks_a_session(
    last: bytes | None, events: list[tuple[str, bytes]]
) -> None:
    session = begun(last)
    for uuid, data in events:
        for command in session.frame(uuid, data):
            assert isinstance(command, Write | Finish)
            if isinstance(command, Finish):
                return
    assert ended(session.gone()).outcome in {Outcome.COMPLETE, Outcome.PARTIAL}


@given(
    first=st.integers(0, 65535),
    made=st.integers(1, 60),
    stored=st.integers(0, 60),
    forgotten=st.integers(0, 59),
    reset=st.booleans(),
)
def test_every_record_in_a_meters_memory_arrives(
    *, first: int, made: int, stored: int, forgotten: int, reset: bool
) -> None:
    """The numbers count up and wrap; the oldest may be overwritten; the owner may reset."""
    everything = [
        record((first + index) % 65536, day=1 + index % 14) for index in range(max(made, stored))
    ]
    had = everything[:stored]
    records = everything[min(forgotten, len(everything) - 1) :]
    if reset:
        records = [record(1 + index, day=15 + index % 14) for index in range(made)]
    session = RacpSession(mark_of(had[-1]) if had else None)
    queue, received = session.begin(), set(had)
    for _ in range(10):
        writes = [command for command in queue if isinstance(command, Write)]
        if not writes:
            break
        request = writes[0].data
        chosen = records
        if request.hex() == NEWEST:
            chosen = records[-1:]
        elif request[1] == 3:
            low = int.from_bytes(request[3:5], "little")
            chosen = [r for r in records if int.from_bytes(r[1:3], "little") >= low]
        for one in chosen:
            received.add(one)
            session.frame("2a18", one)
        queue = answer(session, SUCCESS if chosen else NO_RECORDS)
    assert received >= set(records)
    assert ended(session.silent()).mark == mark_of(records[-1])


def test_a_cuff_is_done_when_it_leaves() -> None:
    session = IndicationsSession(["2a35"])
    assert session.begin() == [Subscribe(uuid="2a35")]
    session.frame("2a35", b"\0")
    assert ended(session.gone()).outcome is Outcome.COMPLETE


def test_a_cuff_that_left_without_a_word_is_visited_again() -> None:
    assert ended(IndicationsSession(["2a35"]).gone()).outcome is Outcome.PARTIAL
