"""Meters that number their records backwards: what is asked for, and that nothing new is missed.

Octets of the Record Access Control Point (GATT 2A52): `04 01` how many, `05 00 lo hi` so many,
`01 05` the first record, `01 01` all, `06 00 op cc` answer to op.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sessions.reversed import ReversedSession
from drivers.sessions.session import Command, Finish, Outcome, Subscribe, Write

COUNT, FIRST, ALL = "0401", "0105", "0101"
SUCCESS, NO_RECORDS, BUSY = "06000101", "06000106", "0600010a"


def record(number: int, taken: int) -> bytes:
    """Return a 2A18 frame with flags 0: its number, and when it was taken, in minutes."""
    hour, minute = divmod(taken, 60)
    time = bytes((0xEA, 0x07, 11, 1 + hour // 24, hour % 24, minute, 0))
    return b"\0" + number.to_bytes(2, "little") + time


def numbered(taken: list[int], *, backwards: bool) -> list[bytes]:
    """Return a memory in the order of its numbers; `taken` runs from the oldest on."""
    return [record(n, at) for n, at in enumerate(reversed(taken) if backwards else taken)]


def asked(commands: list[Command]) -> list[str]:
    return [command.data.hex() for command in commands if isinstance(command, Write)]


def answer(session: ReversedSession, octets: str) -> list[Command]:
    return session.frame("2a52", bytes.fromhex(octets))


def ended(commands: list[Command]) -> Finish:
    (finish,) = commands
    assert isinstance(finish, Finish)
    return finish


def visit(
    mark: bytes | None, memory: list[bytes], *, counts: bool = True
) -> tuple[list[str], list[bytes], bytes | None]:
    """Play a meter with this memory; return what it was asked, what it sent, and the mark."""
    session = ReversedSession(mark)
    requests, sent = list[str](), list[bytes]()
    commands = session.begin()
    while writes := asked(commands):
        (request,) = writes
        requests.append(request)
        if request == COUNT:
            known = f"0500{len(memory).to_bytes(2, 'little').hex()}"
            commands = answer(session, known if counts else "06000402")
            continue
        chosen = memory[:1] if request == FIRST else memory
        for one in chosen:
            sent.append(one)
            assert session.frame("2a18", one) == []
        commands = answer(session, SUCCESS if chosen else NO_RECORDS)
    finish = ended(session.silent())
    assert finish.outcome is Outcome.COMPLETE
    return requests, sent, finish.mark


def test_the_newest_comes_first_and_then_everything() -> None:
    commands = ReversedSession(None).begin()
    assert [c.uuid for c in commands if isinstance(c, Subscribe)] == ["2a18", "2a52"]
    memory = numbered([10, 20, 30], backwards=True)
    requests, sent, mark = visit(None, memory)
    assert requests == [COUNT, FIRST, ALL]
    assert sent == [memory[0], *memory]
    assert mark == b"\3\0" + memory[0][1:10]


def test_nothing_new_is_a_short_visit() -> None:
    memory = numbered([10, 20, 30], backwards=True)
    _, _, mark = visit(None, memory)
    assert visit(mark, memory) == ([COUNT, FIRST], memory[:1], mark)


def test_a_meter_that_cannot_count_is_read_whole_every_time() -> None:
    memory = numbered([10, 20], backwards=True)
    _, _, mark = visit(None, memory, counts=False)
    assert mark is None
    assert visit(mark, memory, counts=False)[0] == [COUNT, FIRST, ALL]


def test_an_empty_meter_has_nothing_to_remember() -> None:
    assert visit(None, []) == ([COUNT, FIRST], [], None)


@pytest.mark.parametrize("code", ["03", "04", "05", "09"])
def test_a_meter_that_knows_no_first_record_gives_everything(code: str) -> None:
    session = ReversedSession(None)
    session.begin()
    answer(session, "05000200")
    assert asked(answer(session, "060001" + code)) == [ALL]


def test_a_busy_meter_is_left_alone() -> None:
    session = ReversedSession(None)
    session.begin()
    answer(session, "0600040a")
    assert ended(answer(session, BUSY)).outcome is Outcome.BUSY


def test_a_request_left_over_is_aborted_and_the_count_asked_again() -> None:
    session = ReversedSession(None)
    session.begin()
    assert asked(session.failed(0x80)) == ["0300"]
    assert asked(answer(session, "06000301")) == [COUNT]


def test_a_meter_that_leaves_within_its_history_is_visited_again() -> None:
    session = ReversedSession(None)
    session.begin()
    answer(session, "05000200")
    assert ended(session.gone()) == Finish(
        outcome=Outcome.PARTIAL, why="the meter left within a procedure"
    )


@given(
    held=st.integers(1, 12),
    before=st.integers(0, 30),
    since=st.integers(0, 30),
    backwards=st.booleans(),
    counts=st.booleans(),
)
def test_no_new_record_is_missed_however_a_meter_numbers(
    *, held: int, before: int, since: int, backwards: bool, counts: bool
) -> None:
    """The memory holds so many; the oldest go when it is full."""
    taken = list(range(1, before + since + 1))
    old = numbered(taken[:before][-held:], backwards=backwards)
    new = numbered(taken[-held:], backwards=backwards)
    _, _, mark = visit(None, old, counts=counts)
    _, sent, _ = visit(mark, new, counts=counts)
    had = {one[3:] for one in old}
    assert {one[3:] for one in new} - had <= {one[3:] for one in sent}


@given(
    mark=st.none() | st.binary(min_size=11, max_size=11),
    events=st.lists(
        st.tuples(st.sampled_from(["2a18", "2a52"]), st.binary(max_size=20)), max_size=30
    ),
)
def test_no_order_of_frames_breaks_a_session(
    mark: bytes | None, events: list[tuple[str, bytes]]
) -> None:
    session = ReversedSession(mark)
    session.begin()
    for uuid, data in events:
        for command in session.frame(uuid, data):
            assert isinstance(command, Write | Finish)
            if isinstance(command, Finish):
                return
    assert ended(session.gone()).outcome in {Outcome.COMPLETE, Outcome.PARTIAL}
