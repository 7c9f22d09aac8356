"""A Viatom ring, by hand: asked every two seconds, a reading when its numbers stand still."""

from __future__ import annotations

from drivers.sessions.session import Command, Finish, Meeting, Outcome, Subscribe, Write
from drivers.sessions.viatom import (
    FROM_RING,
    MOST_ANSWERS,
    NOT_WORN,
    TO_RING,
    UNANSWERED,
    ViatomSession,
)
from tests.fakes.serial_meters import outcome, records

ASK = Write(uuid=TO_RING, data=bytes.fromhex("aa17e8000000001b"))
COMPLETE = Finish(outcome=Outcome.COMPLETE)


def crc(data: bytes) -> int:
    """Work out CRC-8, polynomial 07, bit by bit (o2pkt.py works by octets)."""
    rest = int.from_bytes(data, "big") << 8
    for bit in range(len(data) * 8 + 7, 7, -1):
        rest ^= (0x107 << (bit - 8)) if rest >> bit & 1 else 0
    return rest


def answer(percent: int, bpm: int, *, worn: bool = True) -> bytes:
    """Lay out an answer as MackeyStingray/o2r reads it."""
    held = bytes((percent, bpm, 0, 0, 0, 0, 0, 0x61, 0, 0x92, 0x0A, worn, 0))
    frame = b"\x55\x00\xff\x00\x00\x0d\x00" + held
    return frame + bytes((crc(frame),))


OFF = bytes.fromhex("5500ff00000d00ffffff0000000060000500000043")


def watched(answers: list[bytes], session: ViatomSession | None = None) -> list[Command]:
    session = session or ViatomSession(Meeting())
    said = session.begin()
    for one in answers:
        for piece in (one[:20], one[20:]):
            said += session.frame(FROM_RING, piece)
        if isinstance(said[-1], Finish):
            break
        said += session.silent()
    return said


def test_it_listens_and_asks_again_after_every_answer() -> None:
    assert watched([answer(97, 60)] * 3) == [Subscribe(uuid=FROM_RING), ASK, ASK, ASK, ASK]


def test_five_answers_that_agree_are_a_reading_and_taking_it_off_ends_the_visit() -> None:
    said = watched([OFF, OFF, *[answer(97, 61)] * 9, OFF])
    assert records(said) == [answer(97, 61)]
    assert said[-1] == COMPLETE


def test_numbers_that_wander_are_not_a_reading() -> None:
    said = watched([answer(85 + at * 5 % 13, 60) for at in range(MOST_ANSWERS)])
    assert records(said) == []
    assert outcome(said) == "partial"


def test_a_ring_worn_for_long_gives_a_reading_every_five_minutes() -> None:
    assert len(records(watched([answer(97, 61)] * 200))) == 2


def test_a_ring_that_is_not_worn_is_let_go() -> None:
    assert outcome(watched([OFF] * NOT_WORN)) == "partial"
    assert not isinstance(watched([OFF] * (NOT_WORN - 1))[-1], Finish)


def test_a_ring_that_does_not_answer_is_given_up() -> None:
    session = ViatomSession(Meeting())
    session.begin()
    for _ in range(UNANSWERED):
        assert session.silent() == [ASK]
    assert outcome(session.silent()) == "partial"


def test_an_answer_whose_end_is_lost_spoils_no_other() -> None:
    session = ViatomSession(Meeting())
    session.begin()
    session.frame(FROM_RING, answer(97, 61)[:20])
    session.silent()
    assert records(watched([answer(96, 60)] * 6, session)) == [answer(96, 60)]


def test_a_broken_answer_is_no_sample() -> None:
    broken = bytearray(answer(40, 61))
    broken[9] ^= 1
    said = watched([answer(97, 61), bytes(broken)] * 6)
    assert records(said) == [answer(97, 61)]


def test_leaving_is_a_good_end_after_a_reading_only() -> None:
    for answers, ending in (([answer(97, 61)] * 6, "complete"), ([OFF] * 3, "partial")):
        session = ViatomSession(Meeting())
        watched(answers, session)
        assert outcome(session.gone()) == ending
