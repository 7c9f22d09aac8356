"""Enhanced blood pressure: seconds since 1900 or 2000 become the cuff's own time.

Frames are laid out by hand from the GATT Specification Supplement, Enhanced Blood Pressure
Measurement. 834000000 seconds after 2000-01-01 it is 2026-06-05 18:40:00; 3155673600 seconds lie
between 1900-01-01 and 2000-01-01 (36524 days).
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from drivers.readings import blood_pressure_reading, enhanced_pressure_reading
from tests.fakes.heard import cuff, frame, numbers
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, Flag, ImpossibleReadingError, Reading

SECONDS_2000 = 834_000_000
CENTURY_S = 3_155_673_600
PRESSURES = struct.pack("<HHH", 125, 87, 100)


def enhanced(octets: bytes) -> Reading:
    return enhanced_pressure_reading(frame("2b34", octets))


def test_pressures_pulse_user_and_status_are_those_of_the_plain_measurement() -> None:
    rest = struct.pack("<HBH", 67, 2, 0b100)
    reading = enhanced(b"\x1c" + PRESSURES + rest)
    plain = cuff(b"\x1c" + PRESSURES + rest)
    assert numbers(reading) == {
        Quantity.SYSTOLIC: "125",
        Quantity.DIASTOLIC: "87",
        Quantity.MEAN_ARTERIAL: "100",
        Quantity.PULSE_RATE: "67",
    }
    assert reading.user_slot == 2
    assert reading.flags == {Flag.IRREGULAR_PULSE}
    assert (reading.values, reading.flags) == (plain.values, plain.flags)


@pytest.mark.parametrize(
    ("flags", "seconds"),
    [(0x42, SECONDS_2000), (0x02, SECONDS_2000 + CENTURY_S)],
)
def test_a_time_counts_from_the_epoch_its_flag_names(flags: int, seconds: int) -> None:
    time = enhanced(bytes([flags]) + PRESSURES + struct.pack("<I", seconds)).timing.device_time
    assert str(time) == "2026-06-05T18:40:00"


def test_the_time_the_cuff_showed_comes_before_the_one_it_kept() -> None:
    times = struct.pack("<II", SECONDS_2000, SECONDS_2000 + 3600)
    time = enhanced(b"\x62" + PRESSURES + times).timing.device_time
    assert str(time) == "2026-06-05T19:40:00"


def test_a_measurement_without_a_time_has_none() -> None:
    assert enhanced(b"\0" + PRESSURES).timing.device_time is None


def test_kilopascal_stays_kilopascal() -> None:
    # 16.7, 11.0 and 12.9 kPa: mantissa times 10 to the -1
    reading = enhanced(b"\x01" + struct.pack("<HHH", 0xF0A7, 0xF06E, 0xF081))
    assert numbers(reading)[Quantity.SYSTOLIC] == "16.7"
    assert {value.unit for value in reading.values.values()} == {Unit.KPA}


def test_a_failed_measurement_is_told_without_a_number() -> None:
    reading = enhanced(b"\x10" + struct.pack("<HHHH", 0x7FF, 0x7FF, 0x7FF, 0b10))
    assert {value.number for value in reading.values.values()} == {Absent.NAN}
    assert reading.flags == {Flag.CUFF_LOOSE}


def test_nobody_is_user_255() -> None:
    assert enhanced(b"\x08" + PRESSURES + b"\xff").user_slot is None


def test_an_intermediate_cuff_pressure_is_no_result() -> None:
    with pytest.raises(ImpossibleReadingError, match="intermediate"):
        blood_pressure_reading(frame("2a36", b"\0" + PRESSURES))


@given(seconds=integers(0, 0xFFFFFFFF), epoch=integers(0, 1))
def test_every_time_a_cuff_can_send_is_a_real_moment(seconds: int, epoch: int) -> None:
    octets = bytes([0x02 | epoch << 6]) + PRESSURES + struct.pack("<I", seconds)
    time = enhanced(octets).timing.device_time
    assert time is not None
    assert time.local is not None


@given(user=binary(min_size=1, max_size=1))
def test_a_user_is_the_slot_the_cuff_named(user: bytes) -> None:
    slot = enhanced(b"\x08" + PRESSURES + user).user_slot
    assert slot == (None if user == b"\xff" else user[0])
