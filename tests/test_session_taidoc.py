"""The TaiDoc procedure, by hand: newest first, and no further than what is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices.taidoc_td42xx import DRIVER
from drivers.sessions.session import (
    ClockRead,
    Command,
    Finish,
    Introduced,
    Meeting,
    Outcome,
    SetClock,
    Subscribe,
    Write,
)
from drivers.sessions.taidoc import TRIES, TaiDocSession
from tests.fakes.serial_meters import NOW, TaiDoc, outcome, records, visit
from tests.fakes.serial_peer import SerialPeer, linked, pieces
from tests.fakes.sink import MemorySink
from vitals.reading import DeviceTime


def memory(newest: int, count: int) -> list[tuple[bytes, bytes]]:
    """Return records, newest first: 2019-08-04 at 13 o'clock and so many minutes, 100 mg/dL up."""
    return [
        (bytes((0x04, 0x27, at, 13)), bytes((100 + at, 0, 0, 0)))
        for at in range(newest, newest - count, -1)
    ]


def results(said: list[Command]) -> list[int]:
    """Return the mg/dL of what was stored; each must stand beside its own minute."""
    found = [(data[4], data[10]) for data in records(said)]
    assert all(value == 100 + minute for minute, value in found)
    return [value for _, value in found]


def read(meter: TaiDoc, mark: bytes | None = None, size: int = 5) -> list[Command]:
    return visit(TaiDocSession(Meeting(mark=mark)), meter, size=size)


def mark_of(said: list[Command]) -> bytes | None:
    assert isinstance(said[-1], Finish)
    return said[-1].mark


@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_every_record_is_read_from_the_newest_on(count: int) -> None:
    said = read(TaiDoc(*memory(40, count)))
    assert results(said) == [140 - at for at in range(count)]
    assert outcome(said) == "complete"


def test_only_what_is_new_is_read_the_next_time() -> None:
    mark = mark_of(read(TaiDoc(*memory(40, 20))))
    said = read(TaiDoc(*memory(43, 23)), mark)
    assert results(said) == [143, 142, 141]
    again = TaiDoc(*memory(43, 23))
    assert results(read(again, mark_of(said))) == []
    assert len(again.asked) == 6


def test_a_meter_that_was_emptied_is_read_whole() -> None:
    mark = mark_of(read(TaiDoc(*memory(40, 20))))
    assert results(read(TaiDoc(*memory(50, 2)), mark)) == [150, 149]


def test_the_meter_says_what_it_is_and_what_time_it_has_before_any_record() -> None:
    told = [one for one in read(TaiDoc(*memory(40, 1))) if not isinstance(one, Write)]
    clock = DeviceTime(year=2019, month=8, day=4, hour=14, minute=30, second=0)
    assert told[:2] == [Introduced(model="TD-4277"), ClockRead(device=clock)]


def test_the_command_that_empties_the_memory_is_never_sent() -> None:
    meter = TaiDoc(*memory(40, 3))
    read(meter)
    assert set(meter.asked) == {0x22, 0x23, 0x24, 0x25, 0x26, 0x2B}


def test_a_clock_that_is_off_is_set_after_every_record_and_read_back() -> None:
    meter = TaiDoc(*memory(40, 3))
    said = visit(TaiDocSession(Meeting(may_set_clock=True)), meter)
    set_at = next(at for at, one in enumerate(said) if isinstance(one, SetClock))
    assert len(records(said[:set_at])) == 3
    assert meter.asked[-2:] == [0x33, 0x23]
    assert said[-2] == ClockRead(device=replace(NOW, second=0))


def test_a_clock_is_left_alone_when_it_is_right_or_the_hub_s_own_is_not_known() -> None:
    for meeting in (Meeting(may_set_clock=True, is_off=lambda _: False), Meeting()):
        meter = TaiDoc(*memory(40, 3))
        visit(TaiDocSession(meeting), meter)
        assert 0x33 not in meter.asked


def test_over_bluetooth_it_listens_first() -> None:
    commands = TaiDocSession(Meeting(), uuid="1524").begin()
    assert commands[0] == Subscribe(uuid="1524")
    assert isinstance(commands[1], Write)
    assert commands[1].uuid == "1524"


def test_an_answer_damaged_or_lost_once_never_pairs_a_value_with_another_s_time() -> None:
    for lost in range(14):
        for spoilt in (b"", b"\x51\x26\x00", b"\xff" * 8):
            answers = iter(range(100))

            def spoil(
                octets: bytes, at: int = lost, by: bytes = spoilt, answers: Iterator[int] = answers
            ) -> bytes:
                return by if next(answers) == at else octets

            said = visit(TaiDocSession(Meeting()), TaiDoc(*memory(40, 5)), spoil=spoil)
            assert results(said) == [140, 139, 138, 137, 136]


@given(late=st.lists(st.booleans(), min_size=60, max_size=60))
def test_answers_that_come_too_late_never_pair_a_value_with_another_s_time(
    late: list[bool],
) -> None:
    delays, held = iter(late), [b""]

    def spoil(octets: bytes) -> bytes:
        if next(delays, False):
            held[0] += octets
            return b""
        out, held[0] = held[0] + octets, b""
        return out

    said = visit(TaiDocSession(Meeting()), TaiDoc(*memory(40, 5)), spoil=spoil)
    assert set(results(said)) <= {140, 139, 138, 137, 136}


@given(noise=st.lists(st.binary(max_size=20), min_size=1, max_size=6))
def test_noise_on_the_line_never_makes_another_record(noise: list[bytes]) -> None:
    laid = iter(noise * 3)
    said = visit(
        TaiDocSession(Meeting()),
        TaiDoc(*memory(40, 3)),
        spoil=lambda octets: next(laid, b"") + octets,
    )
    assert set(results(said)) <= {140, 139, 138}


def test_a_count_no_meter_can_hold_is_not_believed() -> None:
    class Boaster(TaiDoc):
        def answer(self, command: int, number: int) -> bytes:
            return b"\xff\xff\xff\xff" if command == 0x2B else super().answer(command, number)

    assert outcome(read(Boaster())) == "refused"


def test_silence_ends_the_visit() -> None:
    session = TaiDocSession(Meeting())
    session.begin()
    said = [session.silent() for _ in range(TRIES)]
    assert [type(commands[0]) for commands in said] == [Write] * (TRIES - 1) + [Finish]


async def test_over_a_pseudo_terminal_every_record_becomes_a_frame(tmp_path: Path) -> None:
    peer = SerialPeer(tmp_path / "cable", TaiDoc(*memory(40, 5)), cut=pieces(3))
    sink = MemorySink()
    peer.plug()
    async with linked(DRIVER, peer.name, sink):
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    peer.pull()
    assert len(sink.hexes("taidoc-record")) == 5
    assert {frame.meter.model for frame in sink.frames} == {"TD-4277"}
    assert len({frame.meter.address for frame in sink.frames}) == 1
