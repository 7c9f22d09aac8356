"""A body composition in two packets becomes one record, and halves of two people never meet.

The packets are those of bcs.js, a parser of Body Composition Service 1.0.1 in JavaScript: its own
tests say that both make one measurement of 20.0 % fat, 60 kg fat-free mass and 75 kg.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import binary, lists

from drivers.codecs import body_composition
from drivers.readings import composition_of_packets, composition_reading, packets_beside_weight
from drivers.sessions.indications import IndicationsSession
from drivers.sessions.packets import MEASUREMENT, SOURCE, PacketsSession
from drivers.sessions.session import Finish, Outcome, Record, Subscribe
from tests.fakes.heard import frame, numbers
from vitals.errors import DecodeError
from vitals.quantity import Quantity

FIRST = bytes.fromhex("3e10c800ea0709040f350001401f9001581b")
SECOND = bytes.fromhex("c01fc800e02e882c401f8813983ad606")
WHOLE = bytes.fromhex("00 06 f5 00 88 13 85 3e")  # a measurement in one packet


def begun() -> PacketsSession:
    session = PacketsSession(IndicationsSession((MEASUREMENT,)))
    assert session.begin() == [Subscribe(uuid=MEASUREMENT)]
    return session


def records(*packets: bytes) -> list[bytes]:
    session = begun()
    commands = [one for packet in packets for one in session.frame(MEASUREMENT, packet)]
    assert all(isinstance(one, Record) and one.source == SOURCE for one in commands)
    return [one.data for one in commands if isinstance(one, Record)]


def test_two_packets_make_one_record() -> None:
    assert records(FIRST, SECOND) == [FIRST + SECOND]


def test_a_packet_that_is_whole_makes_none() -> None:
    assert records(WHOLE, WHOLE) == []


def test_every_pair_makes_its_own_record() -> None:
    assert records(FIRST, SECOND, FIRST, SECOND) == [FIRST + SECOND] * 2


def test_a_half_waits_for_the_next_packet_only() -> None:
    assert records(FIRST, WHOLE, SECOND) == []
    assert records(SECOND, FIRST) == []
    assert records(FIRST, FIRST, SECOND) == [FIRST + SECOND]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param("c01ffa00e02e882c401f8813983ad606", id="another fat"),
        pytest.param("c11fc800e02e882c401f8813983ad606", id="pounds"),
        pytest.param("c00fc800e02e882c401f8813983ad606", id="not marked"),
        pytest.param("c41fc80002e02e882c401f8813983ad606", id="a user of its own"),
        pytest.param("e01fc800581be02e882c401f8813983ad606", id="a field twice"),
    ],
)
def test_packets_of_two_measurements_are_never_joined(second: str) -> None:
    other = bytes.fromhex(second)
    body_composition.decode_measurement(other)
    assert records(FIRST, other) == []
    with pytest.raises(DecodeError, match="two measurements"):
        body_composition.decode_packets(FIRST + other)


def test_a_broken_packet_ends_the_wait() -> None:
    assert records(FIRST, SECOND[:-1], SECOND) == []


def test_other_frames_do_not_come_between() -> None:
    session = begun()
    session.frame(MEASUREMENT, FIRST)
    assert session.frame("2a9d", bytes.fromhex("00983a")) == []
    assert session.frame(MEASUREMENT, SECOND) == [Record(source=SOURCE, data=FIRST + SECOND)]


def test_the_visit_ends_as_the_other_session_says() -> None:
    assert begun().gone() == [
        Finish(outcome=Outcome.PARTIAL, why="the meter left before it sent anything")
    ]
    session = begun()
    session.frame(MEASUREMENT, WHOLE)
    assert session.silent() == [Finish(outcome=Outcome.COMPLETE)]
    assert session.gone() == [Finish(outcome=Outcome.COMPLETE)]
    [refused] = begun().failed(0x05)
    assert isinstance(refused, Finish)
    assert refused.outcome is Outcome.NEEDS_PAIRING
    assert begun().wait_s == 30.0


def test_a_half_alone_is_no_reading() -> None:
    assert composition_reading(frame(MEASUREMENT, FIRST)) is None
    assert composition_reading(frame(MEASUREMENT, SECOND)) is None


def test_both_packets_are_one_reading_of_one_person_at_one_time() -> None:
    reading = composition_of_packets(frame(SOURCE, FIRST + SECOND))
    assert reading.user_slot == 1
    assert str(reading.timing.device_time) == "2026-09-04T15:53:00"
    assert numbers(reading) == {
        Quantity.BODY_FAT: "20.0",
        Quantity.BASAL_METABOLISM: "8000",
        Quantity.MUSCLE_PERCENTAGE: "40.0",
        Quantity.MUSCLE_MASS: "35.000",
        Quantity.FAT_FREE_MASS: "60.000",
        Quantity.SOFT_LEAN_MASS: "57.000",
        Quantity.BODY_WATER_MASS: "40.000",
        Quantity.IMPEDANCE: "500.0",
        Quantity.BODY_WEIGHT: "75.000",
        Quantity.BODY_HEIGHT: "1.750",
    }


def test_beside_a_weight_the_weight_is_left_out() -> None:
    values = packets_beside_weight(frame(SOURCE, FIRST + SECOND)).values
    assert not {Quantity.BODY_WEIGHT, Quantity.BODY_HEIGHT} & set(values)
    assert len(values) == 8


@given(packets=lists(binary(max_size=34), max_size=6))
def test_noise_never_crashes(packets: list[bytes]) -> None:
    session = begun()
    for packet in packets:
        session.frame(MEASUREMENT, packet)
