"""The BM65's procedure, by hand: AA answered by 55, A2 by a count, A3 n by nine octets.

The records are those of tests/vectors/devices/beurer_bm65.toml.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices.beurer_bm65 import DRIVER
from drivers.frame import Frame
from drivers.sessions.bm65 import MAX_OCTETS, TRIES, Bm65Session
from drivers.sessions.session import Finish, Meeting, Outcome, Write
from tests.fakes.serial_meters import Bm65, records, visit
from tests.fakes.sink import NOON
from vitals.reading import MeterIdentity

FIRST = bytes.fromhex("ac5f3c48051309301a")
SECOND = bytes.fromhex("ac7f46508c1f173b98")


class Cuff(Bm65):
    """A cuff with `noise` before some of its answers, by their number."""

    def __init__(self, *memory: bytes, noise: dict[int, bytes] | None = None) -> None:
        super().__init__(*memory)
        self.noise = noise or {}
        self.answers = 0

    def hear(self, octets: bytes) -> bytes:
        self.answers += 1
        return self.noise.get(self.answers, b"") + super().hear(octets)


def run(cuff: Bm65) -> tuple[list[bytes], Finish]:
    said = visit(Bm65Session(Meeting()), cuff, size=1)
    assert isinstance(said[-1], Finish)
    return records(said), said[-1]


def test_every_record_is_read() -> None:
    complete = Finish(outcome=Outcome.COMPLETE)
    assert run(Cuff(FIRST, SECOND)) == ([FIRST, SECOND], complete)


def test_an_empty_memory_is_a_good_visit() -> None:
    assert run(Cuff()) == ([], Finish(outcome=Outcome.COMPLETE))


@pytest.mark.parametrize("asked", [0xAA, 0xA2, 0xA3])
def test_an_answer_with_a_wrong_octet_once_is_asked_for_until_it_comes_twice_the_same(
    asked: int,
) -> None:
    class Flipped(Cuff):
        flipped = False

        def hear(self, octets: bytes) -> bytes:
            whole = super().hear(octets)
            if octets[0] != asked or self.flipped:
                return whole
            self.flipped = True
            return whole[:-1] + bytes((whole[-1] ^ 1,))

    assert run(Flipped(FIRST))[0] == [FIRST]


def test_silence_ends_the_visit() -> None:
    session = Bm65Session(Meeting())
    session.begin()
    said = [session.silent() for _ in range(TRIES)]
    assert [type(commands[0]) for commands in said] == [Write] * (TRIES - 1) + [Finish]


def test_a_line_that_never_stops_is_no_cuff() -> None:
    session = Bm65Session(Meeting())
    session.begin()
    [finish] = session.frame("serial", b"\x55" * (MAX_OCTETS + 1))
    assert isinstance(finish, Finish)
    assert finish.outcome is Outcome.REFUSED


def test_a_pulled_cable_is_come_back_for() -> None:
    session = Bm65Session(Meeting())
    session.begin()
    [finish] = session.gone()
    assert isinstance(finish, Finish)
    assert finish.outcome is Outcome.PARTIAL


@given(noise=st.dictionaries(st.integers(1, 12), st.binary(min_size=1, max_size=20)))
def test_noise_between_answers_never_makes_another_record(noise: dict[int, bytes]) -> None:
    read, _ = run(Cuff(FIRST, SECOND, noise=noise))
    assert read in ([], [FIRST], [FIRST, SECOND])


def test_a_reading_says_which_user_measured() -> None:
    meter = MeterIdentity(address="port", driver=DRIVER.name)
    slots = []
    for octets in (FIRST, bytes.fromhex("ac5f3c48059309301a")):
        frame = Frame(uuid="bm65-record", data=octets, received=NOON, meter=meter)
        reading = DRIVER.notify["bm65-record"](frame)
        assert reading is not None
        slots.append(reading.user_slot)
    assert slots == [1, 2]
