"""An Omron cuff's memory, by hand: unlocked, read slot by slot, and never written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices.omron_hem7322t import DRIVER as TWO_USERS
from drivers.devices.omron_hem7600t import DRIVER as ONE_USER
from drivers.driver import Driver
from drivers.sessions.omron import FROM_CUFF, TO_CUFF, UNLOCK
from drivers.sessions.session import ClockRead, Command, Finish, Meeting, Record, Write
from tests.fakes.serial_meters import outcome, records
from vitals.reading import DeviceTime

KEY = "00112233445566778899aabbccddeeff"
CLOCK = bytes.fromhex("00000b1a0c173822")  # 2026-11-23T12:34:56 (omblepy hem-7322t.py)

Notices = list[tuple[str, bytes]]


def slot(systolic: int) -> bytes:
    """Lay out a record of 2023-03-05T18:42:51 as omblepy reads it."""
    return bytes((80, systolic - 25, 23, 71)) + bytes.fromhex("0cb20ab3") + bytes(6)


class Cuff:
    """Answers as a HEM-7322T does (omblepy.py): its memory is FF where nothing was written."""

    def __init__(self, *users: dict[int, bytes]) -> None:
        self.memory = bytearray(b"\xff" * 0x1000)
        self.memory[0x274:0x27E] = CLOCK + bytes((0, sum(CLOCK) & 0xFF))
        for start, slots in zip((0x02AC, 0x0824), users, strict=False):
            for number, record in slots.items():
                at = start + 14 * number
                self.memory[at : at + 14] = record
        self.before = bytes(self.memory)
        self.refuses: set[int] = set()
        self.types: list[bytes] = []
        self.unlocked = False

    def hear(self, uuid: str, octets: bytes) -> Notices:
        if uuid == UNLOCK:
            self.unlocked = octets == b"\x01" + bytes.fromhex(KEY)
            return [(UNLOCK, (b"\x81\x00" if self.unlocked else b"\x81\x01") + bytes(15))]
        assert uuid == TO_CUFF
        assert self.unlocked
        assert reduce(xor, octets) == 0
        self.types.append(octets[1:3])
        body = self.answer(octets)
        body = bytes((len(body) + 2, *body[1:])) + b"\0"
        frame = body + bytes((reduce(xor, body),))
        return [(FROM_CUFF[at // 16], frame[at : at + 16]) for at in range(0, len(frame), 16)]

    def answer(self, octets: bytes) -> bytes:
        head = bytes((0, octets[1] | 0x80, octets[2])) + octets[3:6]
        if octets[1] != 0x01:
            return head
        start = int.from_bytes(octets[3:5], "big")
        if start in self.refuses:
            return bytes((0, 0x8F, 0, 0, 0, 0))
        return head + bytes(self.memory[start : start + octets[5]])


def read(
    cuff: Cuff,
    driver: Driver = TWO_USERS,
    *,
    key: str = KEY,
    lost: Iterator[bool] | None = None,
    leaves_after: int | None = None,
) -> list[Command]:
    assert driver.session is not None
    session = driver.session(Meeting(secrets={"key": key}))
    said: list[Command] = []
    coming: Notices = []
    commands, heard = session.begin(), 0
    for _ in range(10_000):
        for command in commands:
            said.append(command)
            if isinstance(command, Finish):
                return said
            if isinstance(command, Write):
                coming += cuff.hear(command.uuid, command.data)
        if heard == leaves_after:
            commands = session.gone()
        elif coming:
            heard += 1
            uuid, octets = coming.pop(0)
            gone = uuid != UNLOCK and lost is not None and next(lost, False)
            commands = [] if gone else session.frame(uuid, octets)
        else:
            commands = session.silent()
    raise AssertionError("the session did not end")


def whose(said: list[Command]) -> list[tuple[str, int]]:
    """Return under whose name which systolic pressure was stored."""
    return [(one.source, one.data[1] + 25) for one in said if isinstance(one, Record)]


BOTH = ({0: slot(121), 1: slot(122), 99: slot(123)}, {50: slot(151)})
THEIRS = [
    ("omron-user1-record", 121),
    ("omron-user1-record", 122),
    ("omron-user1-record", 123),
    ("omron-user2-record", 151),
]


def test_every_slot_that_was_written_is_read_as_its_user_s() -> None:
    said = read(Cuff(*BOTH))
    assert whose(said) == THEIRS
    assert outcome(said) == "complete"


def test_a_cuff_for_one_is_read_in_its_one_memory() -> None:
    said = read(Cuff(*BOTH), ONE_USER)
    assert whose(said) == THEIRS[:3]
    assert outcome(said) == "complete"


def test_nothing_is_ever_written_to_the_memory() -> None:
    cuff = Cuff(*BOTH)
    read(cuff)
    assert set(cuff.types) == {b"\x00\x00", b"\x01\x00", b"\x0f\x00"}  # begin, read, end
    assert cuff.memory == cuff.before


def test_the_clock_is_known_before_any_record() -> None:
    said = read(Cuff(*BOTH))
    told = [one for one in said if isinstance(one, ClockRead | Record)]
    assert told[0] == ClockRead(
        device=DeviceTime(year=2026, month=11, day=23, hour=12, minute=34, second=56)
    )


def test_a_clock_that_makes_no_sense_costs_no_record() -> None:
    cuff = Cuff(*BOTH)
    cuff.memory[0x27A] ^= 1
    said = read(cuff)
    assert not any(isinstance(one, ClockRead) for one in said)
    assert whose(said) == THEIRS


@pytest.mark.parametrize("key", ["", "00", "x" * 32])
def test_without_a_key_nobody_is_asked(key: str) -> None:
    cuff = Cuff(*BOTH)
    said = read(cuff, key=key)
    assert outcome(said) == "needs-pairing"
    assert len(said) == 1


def test_another_hub_s_key_is_told_as_what_it_is() -> None:
    said = read(Cuff(*BOTH), key="ff" * 16)
    assert outcome(said) == "needs-pairing"
    assert records(said) == []


def test_a_key_is_never_part_of_what_is_told() -> None:
    for key in (KEY, "ff" * 16, "a1b2c3"):
        finish = read(Cuff(*BOTH), key=key)[-1]
        assert isinstance(finish, Finish)
        assert key not in finish.why


@given(lost=st.lists(st.booleans(), max_size=40))
def test_lost_parts_are_asked_for_again_and_never_make_another_record(lost: list[bool]) -> None:
    said = read(Cuff(*BOTH), lost=iter(lost))
    assert whose(said) == THEIRS if outcome(said) == "complete" else set(whose(said)) <= set(THEIRS)


def test_a_cuff_that_leaves_is_visited_again() -> None:
    for leaves_after in range(0, 90, 7):
        said = read(Cuff(*BOTH), leaves_after=leaves_after)
        assert outcome(said) == "partial"
        assert whose(said) == THEIRS[: len(whose(said))]


def test_a_cuff_that_refuses_to_be_read_says_so() -> None:
    cuff = Cuff(*BOTH)
    cuff.refuses = {0x02AC}
    assert outcome(read(cuff)) == "refused"


class Keeping(Cuff):
    """Answers a read of some addresses with a code instead of octets (hass-omron)."""

    keeps: frozenset[int] = frozenset()

    def hear(self, uuid: str, octets: bytes) -> Notices:
        if uuid == TO_CUFF and int.from_bytes(octets[3:5], "big") in self.keeps:
            body = bytes((8, 0x81, 0)) + octets[3:6] + b"\x05"
            return [(FROM_CUFF[0], body + bytes((reduce(xor, body),)))]
        return super().hear(uuid, octets)


def test_a_user_the_cuff_does_not_know_is_passed_over() -> None:
    cuff = Keeping(*BOTH)
    cuff.keeps = frozenset({0x0824})
    said = read(cuff)
    assert (whose(said), outcome(said)) == (THEIRS[:3], "complete")


def test_a_part_of_the_memory_that_is_kept_back_is_told() -> None:
    cuff = Keeping(*BOTH)
    cuff.keeps = frozenset({0x02AC + 42})
    said = read(cuff)
    assert outcome(said) == "partial"
    assert ("omron-user2-record", 151) in whose(said)


def test_silence_and_an_att_error_end_the_visit() -> None:
    assert TWO_USERS.session is not None
    session = TWO_USERS.session(Meeting(secrets={"key": KEY}))
    session.begin()
    assert outcome(session.silent()) == "partial"
    assert outcome(session.failed(0x0F)) == "needs-pairing"
