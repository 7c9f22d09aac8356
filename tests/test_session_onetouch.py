"""UltraEasy and Verio IQ, by hand: asked by number, acknowledged, read again only when changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices.onetouch_ultraeasy import DRIVER as ULTRA_EASY
from drivers.devices.onetouch_verioiq import DRIVER as VERIO_IQ
from drivers.driver import Driver
from drivers.sessions.onetouch import TRIES, ultraeasy_session, verioiq_session
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
from tests.fakes.serial_meters import NOW, UltraEasy, VerioIq, outcome, packed, records, visit
from tests.fakes.serial_peer import SerialPeer, linked, pieces
from tests.fakes.sink import MemorySink
from vitals.reading import DeviceTime


def easy(count: int) -> list[bytes]:
    """Return records: u32 seconds since 1970, u32 mg/dL (glucometerutils otultraeasy.py)."""
    return [
        (1349778432 + 60 * at).to_bytes(4, "little") + (100 + at).to_bytes(4, "little")
        for at in range(count)
    ]


def verio(count: int) -> list[bytes]:
    """Return records: u32 since 2000, u16 mg/dL, marks, 0000 (glucometer-protocols)."""
    return [
        (486_500_000 + 60 * at).to_bytes(4, "little") + (100 + at).to_bytes(2, "little") + bytes(4)
        for at in range(count)
    ]


def results(said: list[Command]) -> list[int]:
    """Return the mg/dL of what was stored, in its order."""
    return [int.from_bytes(data[9:11], "little") for data in records(said)]


def read(meter: VerioIq, mark: bytes | None = None, size: int = 7) -> list[Command]:
    make = ultraeasy_session if isinstance(meter, UltraEasy) else verioiq_session
    return visit(make(Meeting(mark=mark)), meter, size=size)


def mark_of(said: list[Command]) -> bytes | None:
    assert isinstance(said[-1], Finish)
    return said[-1].mark


def ultra_easy(first: int, count: int) -> VerioIq:
    return UltraEasy(*easy(first + count)[first:])


def verio_iq(first: int, count: int) -> VerioIq:
    return VerioIq(*verio(first + count)[first:])


Make = Callable[[int, int], VerioIq]
BOTH = pytest.mark.parametrize("make", [ultra_easy, verio_iq])


@BOTH
@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_every_record_is_read_once(make: Make, count: int) -> None:
    said = read(make(0, count))
    assert sorted(results(said)) == [100 + at for at in range(count)]
    assert outcome(said) == "complete"


@BOTH
@given(size=st.integers(1, 100))
def test_answers_may_come_in_any_pieces(make: Make, size: int) -> None:
    assert sorted(results(read(make(0, 4), size=size))) == [100, 101, 102, 103]


def test_the_octets_on_the_wire_are_the_published_ones() -> None:
    session = ultraeasy_session(Meeting())
    said = visit(session, UltraEasy())
    wrote = [command.data.hex() for command in said if isinstance(command, Write)]
    assert wrote[:5] == [
        "02060803c262",  # disconnect: glucometerutils test_otultraeasy.py
        "021200050b0200000000846ae87300039bea",  # serial number: Daniel Thompson, facade.c
        "02060703fc72",  # acknowledge, counters 1 and 1: William Cheung, pc_ack1
        "020903050d0203089f",  # version, counters 1 and 1: glucometerutils test_otultraeasy.py
        "02060403af27",  # acknowledge, counters 0 and 0: William Cheung, pc_ack2
    ]


def test_the_meter_says_who_it_is_and_what_time_it_has_before_any_record() -> None:
    told = [one for one in read(UltraEasy(*easy(1))) if not isinstance(one, Write)]
    assert told[:2] == [
        Introduced(serial="C176SA0O0", model="OneTouch UltraEasy"),
        Introduced(firmware="P02.00.0025/05/07"),
    ]
    # `date -u -d @486570000`: Sun Jun  2 14:20:00 UTC 1985
    clock = DeviceTime(year=1985, month=6, day=2, hour=14, minute=20, second=0)
    assert told[2] == ClockRead(device=clock)


@BOTH
def test_nothing_new_is_a_short_visit(make: Make) -> None:
    mark = mark_of(read(make(0, 20)))
    again = make(0, 20)
    said = read(again, mark)
    assert mark is not None
    assert (records(said), mark_of(said)) == ([], mark)
    assert len(again.asked) < 10


@BOTH
@pytest.mark.parametrize(("first", "count"), [(0, 21), (1, 20), (0, 19), (5, 1)])
def test_whatever_changed_in_the_memory_everything_is_read(
    make: Make, first: int, count: int
) -> None:
    mark = mark_of(read(make(0, 20)))
    said = read(make(first, count), mark)
    assert sorted(results(said)) == [100 + at for at in range(first, first + count)]


@BOTH
def test_another_meter_on_the_same_cable_is_read_whole(make: Make) -> None:
    mark = mark_of(read(make(0, 3)))
    other = make(0, 3)
    other.serial = "C176SA0O1"
    assert len(records(read(other, mark))) == 3


@BOTH
def test_a_clock_that_is_off_is_set_after_every_record_and_read_back(make: Make) -> None:
    meter = make(0, 3)
    make_session = ultraeasy_session if isinstance(meter, UltraEasy) else verioiq_session
    said = visit(make_session(Meeting(may_set_clock=True)), meter)
    set_at = next(at for at, one in enumerate(said) if isinstance(one, SetClock))
    assert len(records(said[:set_at])) == 3
    assert said[-2] == ClockRead(device=NOW)
    assert outcome(said) == "complete"
    assert mark_of(said) is not None


@BOTH
def test_a_clock_is_left_alone_when_it_is_right_or_the_hub_s_own_is_not_known(make: Make) -> None:
    for meeting in (Meeting(may_set_clock=True, is_off=lambda _: False), Meeting()):
        meter = make(0, 3)
        make_session = ultraeasy_session if isinstance(meter, UltraEasy) else verioiq_session
        before = meter.clock
        visit(make_session(meeting), meter)
        assert meter.clock == before


@BOTH
def test_an_answer_damaged_once_is_asked_for_again(make: Make) -> None:
    for damaged in range(12):
        answers = iter(range(100))

        def spoil(octets: bytes, at: int = damaged, answers: Iterator[int] = answers) -> bytes:
            return octets[:-4] + b"\xff" + octets[-3:] if next(answers) == at else octets

        meter = make(0, 3)
        make_session = ultraeasy_session if isinstance(meter, UltraEasy) else verioiq_session
        said = visit(make_session(Meeting()), meter, spoil=spoil)
        assert set(results(said)) == {100, 101, 102}, damaged
        assert outcome(said) == "complete"


@BOTH
def test_a_record_the_meter_cannot_read_does_not_cost_those_behind_it(make: Make) -> None:
    meter = make(0, 6)
    meter.broken = {2}
    said = read(meter)
    assert sorted(results(said)) == [100, 101, 103, 104, 105]
    assert (outcome(said), mark_of(said)) == ("partial", None)


@BOTH
def test_an_adapter_that_echoes_is_no_meter_answering(make: Make) -> None:
    meter = make(0, 3)
    hear = meter.hear

    class Echo:
        def hear(self, octets: bytes) -> bytes:
            return octets + hear(octets)

    make_session = ultraeasy_session if isinstance(meter, UltraEasy) else verioiq_session
    said = visit(make_session(Meeting()), Echo())
    assert sorted(results(said)) == [100, 101, 102]


@BOTH
@given(noise=st.lists(st.binary(max_size=30), min_size=1, max_size=8))
def test_noise_on_the_line_never_makes_another_record(make: Make, noise: list[bytes]) -> None:
    meter, laid = make(0, 3), iter(noise * 4)
    make_session = ultraeasy_session if isinstance(meter, UltraEasy) else verioiq_session
    said = visit(
        make_session(Meeting()),
        meter,
        spoil=lambda octets: next(laid, b"") + octets + next(laid, b""),
    )
    assert set(results(said)) <= {100, 101, 102}


def test_a_count_no_meter_can_hold_is_not_believed() -> None:
    class Boaster(VerioIq):
        def answer(self, message: bytes) -> bytes:
            return b"\x03\x06\xff\xff" if message[1] == 0x27 else super().answer(message)

    assert outcome(read(Boaster())) == "refused"


def test_silence_ends_the_visit() -> None:
    session = ultraeasy_session(Meeting())
    session.begin()
    said = [session.silent() for _ in range(TRIES)]
    assert [type(commands[-1]) for commands in said] == [Write] * (TRIES - 1) + [Finish]


def test_a_meter_left_in_the_middle_of_a_conversation_is_reset_first() -> None:
    meter = UltraEasy(*easy(2))
    meter.hear(packed(b"", 0x08))
    meter.hear(bytes.fromhex("020900050d0203da71"))  # asked for its version, never thanked
    assert sorted(results(read(meter))) == [100, 101]


@pytest.mark.parametrize(
    ("driver", "make", "source"),
    [
        (ULTRA_EASY, ultra_easy, "onetouch-ultraeasy-record"),
        (VERIO_IQ, verio_iq, "onetouch-verioiq-record"),
    ],
)
async def test_over_a_pseudo_terminal_a_second_visit_reads_nothing_again(
    tmp_path: Path, driver: Driver, make: Make, source: str
) -> None:
    peer, sink = SerialPeer(tmp_path / "cable", make(0, 5), cut=pieces(3)), MemorySink()
    peer.plug()
    async with linked(driver, peer.name, sink):
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
        peer.pull()
        peer.plug()
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    peer.pull()
    assert len(sink.hexes(source)) == 5
    assert {frame.meter.address for frame in sink.frames} == {f"{driver.name}:C176SA0O0"}
