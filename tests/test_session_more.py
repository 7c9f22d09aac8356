"""Glucose sensors, notified clocks and oximeters: procedures driven by hand, then over the radio.

Octets: CGM Service 1.0.2 (2AA7, 2AAA, 2A52), Current Time Service 1.1 (2A2B), GATT 2A5F.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices import standard_pulse_oximeter
from drivers.sessions.cgm import CgmSession
from drivers.sessions.notified_clock import NotifiedClockSession
from drivers.sessions.session import (
    ClockRead,
    Command,
    Finish,
    Meeting,
    Outcome,
    Read,
    Record,
    Session,
    SetClock,
    Subscribe,
    Write,
)
from drivers.virtual import frames
from drivers.virtual.cgm import VirtualCgm
from drivers.virtual.radio import VirtualRadio
from tests.fakes.listening import listening
from tests.fakes.sink import MemorySink
from vitals.reading import DeviceTime

AT = datetime(2026, 11, 23, 8, 15, 30)  # noqa: DTZ001 - what a meter shows has no zone
START = bytes.fromhex("e20704180d08180804")  # 2018-04-24 13:08:24, zone +2 h, summer time
OTHER_START = bytes.fromhex("ea070b17080f1e0000")


def ended(commands: list[Command]) -> Finish:
    (finish,) = commands
    assert isinstance(finish, Finish)
    return finish


def asked(commands: list[Command]) -> str:
    (write,) = commands
    assert isinstance(write, Write)
    return write.data.hex()


def sensor(mark: bytes | None = None) -> CgmSession:
    session = CgmSession(Meeting(mark=mark))
    assert session.begin()[-1] == Read(uuid="2aaa")
    return session


def test_a_new_sensor_is_read_whole_and_marked_by_its_start() -> None:
    session = sensor()
    assert asked(session.frame("2aaa", START)) == "0101"
    (record,) = session.frame("2aa7", frames.cgm(30, 120))
    assert record == Record(source="cgm-record", data=START + frames.cgm(30, 120))
    assert session.frame("2a52", bytes.fromhex("06000101")) == []
    finish = ended(session.silent())
    assert (finish.outcome, finish.mark) == (Outcome.COMPLETE, START + bytes.fromhex("1e00"))


def test_a_sensor_known_is_asked_from_its_last_minute_on() -> None:
    session = sensor(START + bytes.fromhex("1e00"))
    assert asked(session.frame("2aaa", START)) == "0103011e00"


def test_another_start_is_another_sensor() -> None:
    session = sensor(START + bytes.fromhex("1e00"))
    assert asked(session.frame("2aaa", OTHER_START)) == "0101"


def test_several_records_in_one_notification_are_stored_one_by_one() -> None:
    session = sensor()
    session.frame("2aaa", START)
    two = frames.cgm(30, 120) + frames.cgm(35, 125)
    assert [
        command.data[9:] for command in session.frame("2aa7", two) if isinstance(command, Record)
    ] == [frames.cgm(30, 120), frames.cgm(35, 125)]


def test_a_record_with_a_wrong_checksum_moves_no_mark() -> None:
    session = sensor()
    session.frame("2aaa", START)
    # NordicSemiconductor/Android-BLE-Common-Library: stored 0x6F58, correct 0x6F59
    session.frame("2aa7", bytes.fromhex("08000c100600586f"))
    session.frame("2a52", bytes.fromhex("06000101"))
    assert ended(session.silent()).mark is None


def test_a_sensor_that_cannot_filter_is_read_whole() -> None:
    session = sensor(START + bytes.fromhex("1e00"))
    session.frame("2aaa", START)
    assert asked(session.frame("2a52", bytes.fromhex("06000109"))) == "0101"
    assert ended(session.frame("2a52", bytes.fromhex("06000102"))).outcome is Outcome.REFUSED


@given(data=st.binary(max_size=40), uuid=st.sampled_from(["2aaa", "2aa7", "2a52"]))
def test_noise_from_a_sensor_never_crashes(data: bytes, uuid: str) -> None:
    session = sensor()
    session.frame("2aaa", START)
    for command in session.frame(uuid, data):
        assert isinstance(command, Record | Write | Finish)


def cuff(*, off: bool, may_set_clock: bool = True) -> NotifiedClockSession:
    meeting = Meeting(may_set_clock=may_set_clock, is_off=lambda _: off)
    return NotifiedClockSession(("2a35",), meeting)


NOON = bytes.fromhex("ea070b170c0000010000")
SHOWN = DeviceTime(year=2026, month=11, day=23, hour=12, minute=0, second=0)


def test_a_clock_is_noted_when_it_tells_and_set_only_when_far_off() -> None:
    session = cuff(off=False)
    assert session.begin() == [Subscribe(uuid="2a2b"), Subscribe(uuid="2a35")]
    assert session.frame("2a2b", NOON) == [ClockRead(device=SHOWN)]
    noted, command = cuff(off=True).frame("2a2b", NOON)
    assert noted == ClockRead(device=SHOWN)
    assert isinstance(command, SetClock)
    assert cuff(off=True, may_set_clock=False).frame("2a2b", NOON) == [ClockRead(device=SHOWN)]


def test_only_the_first_time_it_tells_counts() -> None:
    session = cuff(off=True)
    session.frame("2a2b", NOON)
    assert session.frame("2a2b", NOON) == []


def test_a_cuff_whose_clock_is_refused_is_read_all_the_same() -> None:
    session = cuff(off=True)
    session.begin()
    assert session.failed(0x05) == [Subscribe(uuid="2a35")]
    session.frame("2a35", frames.blood_pressure(120, 80, 60, AT))
    assert ended(session.gone()).outcome is Outcome.COMPLETE


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


async def test_a_sensor_is_read_on_where_the_last_visit_ended(sink: MemorySink) -> None:
    meter = VirtualCgm(session_start=START)
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(meter)
        for minute in (5, 10, 15):
            meter.taken.append(frames.cgm(minute, 100 + minute))
        await meter.measure(frames.cgm(20, 120))
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
        await meter.measure(frames.cgm(25, 125))
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    assert [octets.hex() for octets in meter.asked] == ["0101", "0103011400"]
    assert len(sink.hexes("cgm-record")) == 4 + 2  # the last one comes again on purpose
    assert meter.sessions_written == []


def moments(status: str, count: int, oxygen: int = 95) -> list[bytes]:
    # 2A5F with a measurement status: 0001 fully qualified, 0005 with demonstration beside it,
    # 2000 still ongoing (GATT Specification Supplement)
    return [bytes.fromhex("04") + bytes((oxygen, 0, 90, 0)) + bytes.fromhex(status)] * count


def plx() -> Session:
    return standard_pulse_oximeter.session(Meeting(has=lambda uuid: uuid == "2a5f"))


def test_an_oximeter_without_spot_checks_gives_one_reading_when_it_stands_still() -> None:
    session = plx()
    assert session.begin() == [Subscribe(uuid="2a5f")]
    made = [c for m in moments("0001", 12) for c in session.frame("2a5f", m)]
    assert made == [Record(source="plx-moment", data=moments("0001", 1)[0])]


@pytest.mark.parametrize("status", ["0005", "2000", "0041", "0081"])
def test_a_moment_the_oximeter_does_not_vouch_for_makes_no_reading(status: str) -> None:
    session = plx()
    assert [c for m in moments(status, 30) for c in session.frame("2a5f", m)] == []


def test_an_oximeter_with_spot_checks_is_asked_for_those() -> None:
    session = standard_pulse_oximeter.session(Meeting())
    assert session.begin() == [Subscribe(uuid="2a5e")]
