"""Oximeters: what they say against their own numbers goes along, and nothing is made up.

Frames are those of the projects named beside them; the rest is laid out by hand from the GATT
Specification Supplement, PLX Spot-Check Measurement and PLX Continuous Measurement.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from drivers.codecs import pulse_oximeter
from drivers.readings import continuous_reading, spot_reading
from drivers.readings.oximeter import is_good
from tests.fakes.heard import frame, numbers
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, Flag, ImpossibleReadingError, Reading

# StanfordSpezi/SpeziBluetooth, SpeziBluetoothServicesTests: 94.0 %, 147.0 a minute, PAI 8.70 %,
# 2024-11-29 23:08:57, ongoing and questionable, malfunction and low perfusion.
SPEZI = "0facf3bef5e8070b1d170839204022000066e3"

ONGOING, EARLY, VALIDATED, QUALIFIED, STORED = (1 << bit for bit in range(5, 10))
DEMO, TESTING, CALIBRATING, UNAVAILABLE, QUESTIONABLE, INVALID = (1 << bit for bit in range(10, 16))
CLOCK_NOT_SET, SIGNAL_ANALYSIS_ONGOING = 0x11, 1 << 9


def spot(octets: str) -> Reading:
    return spot_reading(frame("2a5e", octets))


def moment(octets: str | bytes) -> Reading:
    return continuous_reading(frame("2a5f", octets))


def doubted(status: int, sensor: int | None = None) -> Reading:
    """Return a spot check of 97 % and 68 a minute with this measurement and sensor status."""
    data = struct.pack("<BHHH", 0x02, 97, 68, status)
    if sensor is not None:
        data = struct.pack("<BHHH", 0x06, 97, 68, status) + sensor.to_bytes(3, "little")
    return spot_reading(frame("2a5e", data))


def quality(status: int | None, sensor: int | None = None) -> pulse_oximeter.Quality:
    """Return the quality of a moment with this status, None for an oximeter that sends none."""
    flags = 0x04 * (status is not None) | 0x08 * (sensor is not None)
    data = struct.pack("<BHH", flags, 97, 68)
    data += b"" if status is None else struct.pack("<H", status)
    data += b"" if sensor is None else sensor.to_bytes(3, "little")
    return pulse_oximeter.decode_continuous(data).quality


def test_a_spot_check_keeps_its_numbers_its_time_and_its_doubts() -> None:
    reading = spot(SPEZI)
    assert numbers(reading) == {
        Quantity.OXYGEN_SATURATION: "94.0",
        Quantity.OXIMETER_PULSE_RATE: "147.0",
        Quantity.PULSE_AMPLITUDE_INDEX: "8.70",
    }
    assert str(reading.timing.device_time) == "2024-11-29T23:08:57"
    assert reading.flags == {Flag.NOT_VALIDATED, Flag.SENSOR_FAULT, Flag.LOW_PERFUSION}


def test_the_pulse_of_an_oximeter_is_not_the_pulse_of_a_cuff() -> None:
    assert Quantity.PULSE_RATE not in spot(SPEZI).values
    assert spot(SPEZI).values[Quantity.OXYGEN_SATURATION].unit is Unit.PERCENT


def test_a_clock_that_was_never_set_gives_no_time_and_says_so() -> None:
    reading = spot("1161004400d0070101000314")
    assert reading.timing.device_time is None
    assert reading.flags == {Flag.TIME_FAULT}
    assert spot("0161004400d0070101000314").timing.device_time is not None


def test_no_number_is_no_number() -> None:
    reading = spot("00ff07ff07")
    assert reading.values[Quantity.OXYGEN_SATURATION].number is Absent.NAN
    assert not reading.has_number


def test_more_than_all_haemoglobin_is_no_measurement() -> None:
    with pytest.raises(ImpossibleReadingError, match="oxygen-saturation"):
        spot("0065004800")  # 101 %


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (VALIDATED, set()),
        (QUALIFIED | ONGOING, set()),
        (STORED, set()),
        (EARLY, {Flag.NOT_VALIDATED}),
        (QUESTIONABLE, {Flag.NOT_VALIDATED}),
        (INVALID, {Flag.NOT_VALIDATED}),
        (UNAVAILABLE, {Flag.NOT_VALIDATED}),
        (CALIBRATING, {Flag.NOT_VALIDATED}),
        (DEMO, {Flag.DEMO}),
        (TESTING | QUALIFIED, {Flag.TESTING}),
    ],
)
def test_what_the_oximeter_thinks_of_its_measurement_goes_along(
    status: int, flags: set[Flag]
) -> None:
    assert doubted(status).flags == flags


@pytest.mark.parametrize(
    ("bit", "flag"),
    [
        (1, Flag.SENSOR_FAULT),
        (2, Flag.SIGNAL_POOR),
        (3, Flag.SIGNAL_POOR),
        (4, Flag.SIGNAL_POOR),
        (5, Flag.LOW_PERFUSION),
        (6, Flag.SIGNAL_POOR),
        (7, Flag.SIGNAL_POOR),
        (8, Flag.NOT_VALIDATED),
        (10, Flag.INTERFERENCE),
        (11, Flag.NOT_WORN),
        (12, Flag.SENSOR_FAULT),
        (13, Flag.NOT_WORN),
        (14, Flag.SENSOR_FAULT),
        (15, Flag.NOT_WORN),
    ],
)
def test_what_the_sensor_noticed_goes_along(bit: int, flag: Flag) -> None:
    assert doubted(VALIDATED, 1 << bit).flags == {flag}


@pytest.mark.parametrize("bit", [0, 9, 16, 23])
def test_a_display_that_is_updated_and_reserved_bits_say_nothing_of_the_value(bit: int) -> None:
    assert doubted(VALIDATED, 1 << bit).flags == set()


def test_one_moment_takes_the_normal_pair_and_leaves_fast_and_slow() -> None:
    # 96 % and 70; fast 91 % and 80; slow 97 % and 65
    reading = moment("03 6000 4600 5b00 5000 6100 4100")
    assert numbers(reading) == {
        Quantity.OXYGEN_SATURATION: "96",
        Quantity.OXIMETER_PULSE_RATE: "70",
    }
    assert reading.timing.device_time is None


@pytest.mark.parametrize("status", [VALIDATED, QUALIFIED, VALIDATED | ONGOING | STORED])
def test_a_moment_counts_when_the_oximeter_vouches_for_it(status: int) -> None:
    assert is_good(quality(status))


@pytest.mark.parametrize("status", [0, ONGOING, EARLY, STORED])
def test_a_moment_nobody_vouches_for_does_not_count(status: int) -> None:
    assert not is_good(quality(status))


@pytest.mark.parametrize(
    "doubt", [EARLY, DEMO, TESTING, CALIBRATING, UNAVAILABLE, QUESTIONABLE, INVALID]
)
def test_a_moment_with_a_doubt_does_not_count_though_it_is_validated(doubt: int) -> None:
    assert not is_good(quality(VALIDATED | QUALIFIED | doubt))


def test_an_oximeter_without_a_measurement_status_is_judged_by_its_sensor() -> None:
    assert is_good(quality(None))
    assert is_good(quality(None, SIGNAL_ANALYSIS_ONGOING))
    assert not is_good(quality(None, 1 << 5))


@given(status=integers(0, 0xFFFF), sensor=integers(0, 0xFFFFFF))
def test_a_demonstration_never_counts(status: int, sensor: int) -> None:
    assert not is_good(quality(status | DEMO, sensor))
    assert Flag.DEMO in doubted(status | DEMO, sensor).flags
