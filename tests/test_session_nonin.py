"""A Nonin 3230, by hand: the first measurement it vouches for, and then it is let go."""

from __future__ import annotations

import pytest

from drivers.sessions.nonin import CONTROL_POINT, MEASUREMENT, MOST_PACKETS, NoninSession
from drivers.sessions.session import (
    Command,
    Finish,
    Meeting,
    Outcome,
    Record,
    Subscribe,
    Write,
)
from tests.fakes.serial_meters import outcome, records

COMPLETE = Finish(outcome=Outcome.COMPLETE)


def packet(percent: int, bpm: int, status: int) -> bytes:
    """Lay out a packet as Nonin's PulseOximeterClass.m reads it."""
    return bytes((10, status, 28, 0, 200, 0, 9, percent, bpm >> 8, bpm & 0xFF))


SEARCHING = packet(127, 511, 0x08)
UNSURE = packet(93, 80, 0x11)
GOOD = packet(97, 72, 0x15)


def measured(*packets: bytes) -> list[Command]:
    session = NoninSession(Meeting())
    said = session.begin()
    for one in packets:
        said += session.frame(MEASUREMENT, one)
        if isinstance(said[-1], Finish):
            break
    return said


def test_the_first_measurement_it_vouches_for_is_kept_and_it_is_told_so() -> None:
    assert measured(SEARCHING, UNSURE, UNSURE, GOOD, GOOD) == [
        Subscribe(uuid=MEASUREMENT),
        Record(source="nonin-sample", data=GOOD),
        Write(uuid=CONTROL_POINT, data=bytes.fromhex("624e4d49")),  # nonin-3230-ble
        COMPLETE,
    ]


def test_numbers_it_does_not_vouch_for_are_no_measurement() -> None:
    said = measured(*[UNSURE] * MOST_PACKETS)
    assert records(said) == []
    assert outcome(said) == "partial"


def test_broken_packets_are_passed_over() -> None:
    assert records(measured(GOOD[:9], b"", GOOD + b"\0", GOOD)) == [GOOD]


@pytest.mark.parametrize("end", ["gone", "silent"])
def test_a_finger_taken_out_too_early_is_no_good_end(end: str) -> None:
    session = NoninSession(Meeting())
    session.begin()
    session.frame(MEASUREMENT, UNSURE)
    assert outcome(getattr(session, end)()) == "partial"


def test_an_oximeter_that_will_not_be_told_has_measured_all_the_same() -> None:
    session = NoninSession(Meeting())
    session.begin()
    session.frame(MEASUREMENT, GOOD)
    assert session.failed(0x03) == [COMPLETE]


def test_an_oximeter_that_wants_pairing_says_so() -> None:
    session = NoninSession(Meeting())
    session.begin()
    assert outcome(session.failed(0x05)) == "needs-pairing"
