"""TaiDoc and FORA meters over Bluetooth, by hand: each person's records, and nobody else's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.devices.fora_d40 import DRIVER as D40
from drivers.devices.taidoc_blood_pressure import DRIVER as CUFF
from drivers.driver import Driver
from drivers.sessions.session import (
    Command,
    Finish,
    Introduced,
    Meeting,
    Record,
    SetClock,
    Subscribe,
)
from drivers.taidoc import CHARACTERISTIC
from tests.fakes.radio_meters import Answers, visited
from tests.fakes.serial_meters import TaiDoc, outcome, records

Memory = list[tuple[bytes, bytes]]


def memory(newest: int, count: int, pressure: int = 120) -> Memory:
    """Return records, newest first: 2019-08-04 at 13 o'clock and so many minutes."""
    return [
        (bytes((0x04, 0x27, 0x80 | at, 13)), bytes((pressure, 0, 80, 60 + at)))
        for at in range(newest, newest - count, -1)
    ]


class RadioTaiDoc:
    """Answers as a FORA D40 does (ForaD40.m): each person's count and records, asked by number."""

    def __init__(self, *people: Memory, tells_apart: bool = True) -> None:
        self.meters = [TaiDoc(*records) for records in people]
        self.tells_apart = tells_apart
        self.asked: list[int] = []
        self.off = False

    def hear(self, uuid: str, octets: bytes) -> Answers:
        assert uuid == CHARACTERISTIC
        self.asked.append(octets[1])
        if octets[1] == 0x50:
            self.off = True
            return []
        of_record = octets[1] in {0x25, 0x26}
        user = octets[5] if of_record else octets[2] if octets[1] == 0x2B else 1
        whose = max(user - 1, 0) if self.tells_apart else 0
        body = octets[:5] + b"\0\xa3" if of_record else octets[:7]
        return [self.meters[whose].hear(body + bytes((sum(body) & 0xFF,)))]


def read(meter: RadioTaiDoc, driver: Driver = D40, meeting: Meeting | None = None) -> list[Command]:
    assert driver.session is not None
    session = driver.session(meeting or Meeting())
    return visited(session, meter, notifies=CHARACTERISTIC, leaves_after=None)


def whose(said: list[Command]) -> list[tuple[str, int]]:
    """Return under whose name which systolic pressure was stored."""
    return [(one.source, one.data[10]) for one in said if isinstance(one, Record)]


def mark_of(said: list[Command]) -> bytes | None:
    assert isinstance(said[-1], Finish)
    return said[-1].mark


FOUR: tuple[Memory, ...] = (memory(9, 2, 121), memory(30, 1, 132), [], memory(20, 3, 144))


def test_over_the_radio_it_listens_and_begins_with_the_model() -> None:
    meter = RadioTaiDoc(memory(5, 1))
    said = read(meter, CUFF)
    assert said[0] == Subscribe(uuid=CHARACTERISTIC)
    assert meter.asked == [0x24, 0x23, 0x2B, 0x25, 0x26, 0x50]
    assert Introduced(model="TD-4277") in said
    assert outcome(said) == "complete"


def test_everyone_s_records_are_stored_as_theirs() -> None:
    said = read(RadioTaiDoc(*FOUR))
    assert whose(said) == [
        ("taidoc-user1-record", 121),
        ("taidoc-user1-record", 121),
        ("taidoc-user2-record", 132),
        ("taidoc-user4-record", 144),
        ("taidoc-user4-record", 144),
        ("taidoc-user4-record", 144),
    ]
    assert {one.source for one in said if isinstance(one, Record)} <= set(D40.notify)


def test_each_reads_on_from_their_own_last_record() -> None:
    mark = mark_of(read(RadioTaiDoc(*FOUR)))
    assert whose(read(RadioTaiDoc(*FOUR), meeting=Meeting(mark=mark))) == []
    later = (memory(9, 2, 121), memory(32, 3, 132), memory(7, 1, 155), memory(20, 3, 144))
    assert whose(read(RadioTaiDoc(*later), meeting=Meeting(mark=mark))) == [
        ("taidoc-user2-record", 132),
        ("taidoc-user2-record", 132),
        ("taidoc-user3-record", 155),
    ]


@given(fate=st.lists(st.sampled_from(["heard", "lost", "late"]), max_size=80))
def test_lost_and_late_answers_never_give_a_record_to_another(fate: list[str]) -> None:
    fates, held = iter(fate), list[bytes]()

    def spoil(octets: bytes) -> Answers:
        match next(fates, "heard"):
            case "lost":
                return []
            case "late":
                held.append(octets)
                return []
        out = [*held, octets]
        held.clear()
        return out

    assert D40.session is not None
    session = D40.session(Meeting())
    said = visited(session, RadioTaiDoc(*FOUR), notifies=CHARACTERISTIC, spoil=spoil)
    theirs = {"taidoc-user1-record": 121, "taidoc-user2-record": 132, "taidoc-user4-record": 144}
    assert all(theirs[source] == systolic for source, systolic in whose(said))
    assert all(one.data[4] - 0x80 + 60 == one.data[13] for one in said if isinstance(one, Record))


def test_a_cuff_that_does_not_tell_people_apart_gives_nobody_anything() -> None:
    said = read(RadioTaiDoc(*FOUR, tells_apart=False))
    assert records(said) == []
    assert outcome(said) == "refused"


def test_a_cuff_without_records_is_a_good_end() -> None:
    said = read(RadioTaiDoc([], [], [], []))
    assert (records(said), outcome(said), mark_of(said)) == ([], "complete", None)


def test_the_clock_is_set_once_everyone_is_read() -> None:
    meter = RadioTaiDoc(*FOUR)
    said = read(meter, meeting=Meeting(may_set_clock=True))
    set_at = next(at for at, one in enumerate(said) if isinstance(one, SetClock))
    assert len(records(said[:set_at])) == 6
    assert meter.asked[-3:] == [0x33, 0x23, 0x50]


def test_the_radio_is_turned_off_and_an_error_then_costs_nothing() -> None:
    meter = RadioTaiDoc(memory(5, 1))
    assert CUFF.session is not None
    session = CUFF.session(Meeting())
    said = visited(session, meter, notifies=CHARACTERISTIC)
    assert meter.off
    assert session.failed(0x0E) == [said[-1]]


def test_a_meter_that_wants_pairing_says_so() -> None:
    assert CUFF.session is not None
    session = CUFF.session(Meeting())
    session.begin()
    assert outcome(session.failed(0x05)) == "needs-pairing"
