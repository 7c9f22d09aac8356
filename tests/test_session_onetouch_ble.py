"""OneTouch meters over Bluetooth, by hand: every test since the last, acknowledged, asked once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.devices.onetouch_flex import DRIVER
from drivers.sessions.onetouch_ble import FROM_METER, OneTouchBleSession
from drivers.sessions.session import (
    ClockRead,
    Command,
    Finish,
    Meeting,
    SetClock,
    Subscribe,
    Write,
)
from tests.fakes.radio_meters import Answers, OneTouchFlex, visited
from tests.fakes.serial_meters import NOW, outcome, records
from vitals.reading import DeviceTime


def memory(first: int, last: int) -> dict[int, bytes]:
    """Return records: u32 seconds since 2000, u16 mg/dL, five marks (xavaro, otble.c)."""
    return {
        number: (599_000_000 + 60 * number).to_bytes(4, "little")
        + (100 + number).to_bytes(2, "little")
        + bytes(5)
        for number in range(first, last + 1)
    }


def results(said: list[Command]) -> list[int]:
    """Return the mg/dL of what was stored, in its order."""
    return [int.from_bytes(data[10:12], "little") for data in records(said)]


def read(
    meter: OneTouchFlex, mark: bytes | None = None, leaves_after: int | None = None
) -> list[Command]:
    session = OneTouchBleSession(Meeting(mark=mark))
    return visited(session, meter, notifies=FROM_METER, leaves_after=leaves_after)


def mark_of(said: list[Command]) -> bytes | None:
    assert isinstance(said[-1], Finish)
    return said[-1].mark


def test_every_record_is_read_from_the_oldest_on() -> None:
    said = read(OneTouchFlex(memory(70, 76)))
    assert said[0] == Subscribe(uuid=FROM_METER)
    assert results(said) == [170, 171, 172, 173, 174, 175, 176]
    assert outcome(said) == "complete"


def test_an_empty_meter_is_a_good_end() -> None:
    said = read(OneTouchFlex({}))
    assert (results(said), outcome(said)) == ([], "complete")


def test_the_clock_is_known_before_any_record() -> None:
    told = [one for one in read(OneTouchFlex(memory(1, 1))) if isinstance(one, ClockRead)]
    # 600,000,000 s after 2000-01-01T00:00:00, by GNU date.
    assert told == [
        ClockRead(device=DeviceTime(year=2019, month=1, day=5, hour=10, minute=40, second=0))
    ]


def test_only_what_is_new_is_read_the_next_time() -> None:
    mark = mark_of(read(OneTouchFlex(memory(1, 5))))
    again = OneTouchFlex(memory(1, 5))
    assert results(read(again, mark)) == []
    assert not any(asked[0] == 0xB3 for asked in again.asked)
    assert results(read(OneTouchFlex(memory(1, 7)), mark)) == [106, 107]


def test_a_meter_whose_numbers_began_anew_is_read_whole() -> None:
    mark = mark_of(read(OneTouchFlex(memory(200, 205))))
    assert results(read(OneTouchFlex(memory(1, 3)), mark)) == [101, 102, 103]


def test_a_number_without_a_record_is_passed_over() -> None:
    kept = {number: one for number, one in memory(1, 6).items() if number not in {3, 6}}
    said = read(OneTouchFlex(kept, newest=6))
    assert results(said) == [102, 104, 105]
    assert outcome(said) == "complete"


def test_a_visit_that_breaks_off_goes_on_where_it_ended() -> None:
    for leaves_after in range(24):
        said = read(OneTouchFlex(memory(1, 8)), leaves_after=leaves_after)
        rest = read(OneTouchFlex(memory(1, 8)), mark_of(said))
        assert results(said) + results(rest) == [101, 102, 103, 104, 105, 106, 107, 108]


@given(lost=st.integers(0, 30), by=st.sampled_from([b"", b"\x81", b"\x01\x02\x13", b"\xff" * 20]))
def test_a_lost_or_broken_answer_never_costs_a_record(lost: int, by: bytes) -> None:
    answers = iter(range(1000))

    def spoil(octets: bytes) -> Answers:
        return ([by] if by else []) if next(answers) == lost else [octets]

    session = OneTouchBleSession(Meeting())
    said = visited(session, OneTouchFlex(memory(1, 8)), notifies=FROM_METER, spoil=spoil)
    rest = read(OneTouchFlex(memory(1, 8)), mark_of(said))
    assert results(said) + results(rest) == [101, 102, 103, 104, 105, 106, 107, 108]


def test_no_question_is_asked_twice_in_a_visit() -> None:
    session = OneTouchBleSession(Meeting())
    session.begin()
    assert outcome(session.silent()) == "partial"


def test_a_meter_that_is_not_paired_says_so_in_its_answer_or_by_att() -> None:
    meter = OneTouchFlex(memory(1, 3))
    meter.paired = False
    assert outcome(read(meter)) == "needs-pairing"
    session = OneTouchBleSession(Meeting())
    session.begin()
    assert outcome(session.failed(0x05)) == "needs-pairing"


def test_a_clock_that_is_off_is_set_after_every_record_and_read_back() -> None:
    meter = OneTouchFlex(memory(1, 3))
    session = OneTouchBleSession(Meeting(may_set_clock=True))
    said = visited(session, meter, notifies=FROM_METER)
    set_at = next(at for at, one in enumerate(said) if isinstance(one, SetClock))
    assert len(records(said[:set_at])) == 3
    assert [one for one in said if isinstance(one, ClockRead)][-1] == ClockRead(device=NOW)
    assert outcome(said) == "complete"


def test_a_clock_that_cannot_be_set_costs_nothing() -> None:
    class Stubborn(OneTouchFlex):
        def answer(self, message: bytes) -> bytes:
            return b"\x08\x03" if message[:2] == b"\x20\x01" else super().answer(message)

    session = OneTouchBleSession(Meeting(may_set_clock=True))
    said = visited(session, Stubborn(memory(1, 3)), notifies=FROM_METER)
    assert outcome(said) == "complete"
    assert mark_of(said) == bytes.fromhex("03000000")


def test_a_clock_is_left_alone_when_it_is_right_or_the_hub_s_own_is_not_known() -> None:
    for meeting in (Meeting(may_set_clock=True, is_off=lambda _: False), Meeting()):
        said = visited(OneTouchBleSession(meeting), OneTouchFlex(memory(1, 3)), notifies=FROM_METER)
        assert not any(isinstance(one, SetClock) for one in said)


def test_the_command_that_empties_the_memory_is_never_sent() -> None:
    meter = OneTouchFlex(memory(1, 3))
    read(meter)
    assert {asked[0] for asked in meter.asked} == {0x20, 0x27, 0x0A, 0xB3}


@given(noise=st.lists(st.binary(min_size=1, max_size=24), max_size=12))
def test_noise_never_makes_a_record(noise: list[bytes]) -> None:
    laid = iter(noise)

    def spoil(octets: bytes) -> Answers:
        return [one for one in (next(laid, b""), octets) if one]

    session = OneTouchBleSession(Meeting())
    said = visited(session, OneTouchFlex(memory(1, 3)), notifies=FROM_METER, spoil=spoil)
    assert results(said) == [101, 102, 103]


def test_writes_go_where_the_driver_s_service_is() -> None:
    assert DRIVER.match is not None
    said = read(OneTouchFlex(memory(1, 1)))
    assert {one.uuid for one in said if isinstance(one, Write)} == {
        "af9df7a2-e595-11e3-96b4-0002a5d5c51b"
    }
