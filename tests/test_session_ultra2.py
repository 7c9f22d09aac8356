"""The Ultra2's procedure, by hand. The dump is that of tidepool-org/uploader oneTouchUltra2.js."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices.onetouch_ultra2 import DRIVER
from drivers.sessions.session import (
    ClockRead,
    Command,
    Finish,
    Introduced,
    Meeting,
    Outcome,
    SetClock,
    Write,
)
from drivers.sessions.ultra2 import TRIES, Ultra2Session
from tests.fakes.serial_meters import NOW, Ultra2, outcome, records, visit
from tests.fakes.serial_peer import SerialPeer, linked, pieces
from tests.fakes.sink import MemorySink
from vitals.reading import DeviceTime

LINES = (
    'P "SAT","03/21/15","16:45:24   ","  081 ","N","03", 00 09B6',
    'P "SAT","03/21/15","16:42:11   ","  105 ","B","02", 00 099F',
    'P "SAT","03/21/15","16:39:46   ","  176 ","N","02", 00 09C1',
)
COMPLETE = Finish(outcome=Outcome.COMPLETE)


def lines_of(said: list[Command]) -> list[str]:
    return [data.decode() for data in records(said)]


def run(meter: Ultra2, spoil: Callable[[bytes], bytes] = bytes, size: int = 7) -> list[Command]:
    return visit(Ultra2Session(Meeting()), meter, spoil=spoil, size=size)


@given(size=st.integers(1, 200))
def test_every_line_of_the_dump_is_a_record_however_it_is_cut(size: int) -> None:
    said = run(Ultra2(*LINES), size=size)
    assert lines_of(said) == list(LINES)
    assert said[-1] == COMPLETE


def test_the_meter_says_who_it_is_and_what_time_it_has_before_any_record() -> None:
    said = run(Ultra2(*LINES))
    told = [command for command in said if not isinstance(command, Write)]
    clock = DeviceTime(year=2015, month=3, day=21, hour=16, minute=50, second=0)
    assert told[:3] == [
        Introduced(serial="GMF600DCY", model="OneTouch Ultra2"),
        Introduced(firmware="P02.00.00 30/08/06"),
        ClockRead(device=clock),
    ]


def test_an_empty_memory_is_a_good_visit() -> None:
    said = run(Ultra2())
    assert lines_of(said) == []
    assert said[-1] == COMPLETE


def test_a_clock_that_is_off_is_set_after_every_record_and_read_back() -> None:
    meter = Ultra2(*LINES)
    session = Ultra2Session(Meeting(may_set_clock=True))
    said = visit(session, meter)
    set_at = next(at for at, one in enumerate(said) if isinstance(one, SetClock))
    assert len(records(said[:set_at])) == len(LINES)
    # The layout of DMT: glucometerutils otultra2.py, set_datetime.
    assert meter.commands[-1] == "DMT11/23/26 12:34:56"
    assert said[-2:] == [ClockRead(device=NOW), COMPLETE]


def test_a_clock_that_is_right_or_unknown_to_be_wrong_is_left_alone() -> None:
    for meeting in (Meeting(may_set_clock=True, is_off=lambda _: False), Meeting()):
        meter = Ultra2(*LINES)
        visit(Ultra2Session(meeting), meter)
        assert meter.commands[-1] == "DMP"


def test_a_line_damaged_once_is_asked_for_again() -> None:
    marks = iter([b"  106"])

    def spoil(octets: bytes) -> bytes:
        return octets.replace(b"  105", next(marks, b"  105")) if b"  105" in octets else octets

    meter = Ultra2(*LINES)
    said = run(meter, spoil)
    assert set(lines_of(said)) == set(LINES)
    assert meter.commands.count("DMP") == TRIES - 1
    assert said[-1] == COMPLETE


def test_a_line_always_damaged_ends_the_visit_without_it() -> None:
    meter = Ultra2(*LINES)
    said = run(meter, lambda octets: octets.replace(b"  105", b"  106"))
    assert set(lines_of(said)) == {LINES[0], LINES[2]}
    assert meter.commands.count("DMP") == TRIES
    assert outcome(said) == "partial"


def test_a_meter_of_another_kind_is_left_alone() -> None:
    meter = Ultra2(*LINES, serial="GMF600DCT")
    said = run(meter)
    assert outcome(said) == "refused"
    assert meter.commands == ["DM@"]


def test_a_meter_swapped_in_the_middle_is_not_taken_for_the_first() -> None:
    class Swapped(Ultra2):
        def answer(self, command: str) -> bytes:
            self.serial = "AAA111BBY" if command == "DMP" else self.serial
            return super().answer(command)

    said = run(Swapped(*LINES))
    assert lines_of(said) == []
    assert outcome(said) == "partial"


@given(noise=st.lists(st.binary(max_size=30), min_size=1, max_size=12))
def test_noise_on_the_line_never_makes_another_record(noise: list[bytes]) -> None:
    laid = iter(noise * 3)
    said = run(Ultra2(*LINES), lambda octets: next(laid, b"") + octets + next(laid, b""))
    assert set(lines_of(said)) <= set(LINES)


@pytest.mark.parametrize(
    ("shown", "last"),
    [  # the hub's clock says 2026-11-23 12:00:00; a minute is allowed
        ('"MON","11/23/26","12:01:00   "', "DMP"),
        ('"MON","11/23/26","11:58:59   "', "DMT11/23/26 12:00:00"),
        ('"SAT","00/00/00","00:00:00   "', "DMT11/23/26 12:00:00"),
    ],
)
async def test_over_a_pseudo_terminal_a_clock_is_set_only_when_it_is_off(
    tmp_path: Path, shown: str, last: str
) -> None:
    meter, sink = Ultra2(*LINES), MemorySink()
    meter.clock = shown
    peer = SerialPeer(tmp_path / "cable", meter)
    peer.plug()
    async with linked(DRIVER, peer.name, sink):
        assert await sink.wait_for_end() == COMPLETE
    peer.pull()
    assert meter.commands[-1] == last


@pytest.mark.parametrize("size", [1, 16, 4096])
async def test_over_a_pseudo_terminal_the_frames_carry_the_meter_s_own_number(
    tmp_path: Path, size: int
) -> None:
    peer = SerialPeer(tmp_path / "cable", Ultra2(*LINES), cut=pieces(size))
    sink = MemorySink()
    peer.plug()
    async with linked(DRIVER, peer.name, sink):
        assert await sink.wait_for_end() == COMPLETE
    peer.pull()
    assert [bytes.fromhex(text).decode() for text in sink.hexes("onetouch-ultra2-record")] == [
        *LINES
    ]
    assert {frame.meter.address for frame in sink.frames} == {"onetouch-ultra2:GMF600DCY"}
    assert {frame.meter.firmware for frame in sink.frames} == {"P02.00.00 30/08/06"}
    assert all(frame.clock_check is not None for frame in sink.frames)
