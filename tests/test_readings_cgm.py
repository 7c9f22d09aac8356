"""Continuous glucose: a record means something only with the start of its session.

Starts and records are those of Nordic's libraries where the line says so; the rest is laid out by
hand from the GATT Specification Supplement, CGM Measurement and CGM Session Start Time.
"""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from drivers.readings import cgm_reading
from drivers.readings.cgm import SOURCE
from tests.fakes.heard import frame, numbers
from vitals.errors import DecodeError
from vitals.quantity import Quantity, Unit
from vitals.reading import Absent, DeviceTime, Flag, ImpossibleReadingError, Reading, SampleLocation

# NordicSemiconductor/Android-BLE-Common-Library, CGMSessionStartTimeDataCallbackTest
START = "e20704180d08180804"
# NordicSemiconductor/IOS-nRF-Toolbox, a record without options: 120 mg/dL at minute 30
RECORD = "060078001e00"
# NordicSemiconductor/Android-BLE-Common-Library, every option and a good checksum
FULL = "0fe3d2e405000214ff02f0e5f38e3f"


def sensed(record: str, start: str = START) -> Reading:
    return cgm_reading(frame(SOURCE, start + record))


def test_a_record_is_as_many_minutes_after_the_start_as_it_says() -> None:
    reading = sensed(RECORD)
    assert numbers(reading) == {Quantity.GLUCOSE_INTERSTITIAL_FLUID: "120"}
    assert reading.values[Quantity.GLUCOSE_INTERSTITIAL_FLUID].unit is Unit.MG_PER_DL
    assert str(reading.timing.device_time) == "2018-04-24T13:38:24"  # began at 13:08:24
    assert reading.sequence == 30
    assert reading.context.sample_location is SampleLocation.SUBCUTANEOUS


def test_a_record_knows_the_next_day_and_the_leap_day() -> None:
    # began 2024-02-28 23:50:00; 1468 minutes are 24 hours and 28 minutes
    time = sensed("06007800bc05", "e807021c1732000000").timing.device_time
    assert str(time) == "2024-03-01T00:18:00"


@pytest.mark.parametrize("start", ["00000000000000" + "80ff", "e2070d180d0818" + "0804"])
def test_a_session_that_has_no_start_gives_no_moment(start: str) -> None:
    time = sensed(RECORD, start).timing.device_time
    assert time is not None
    assert time.local is None


def test_a_session_at_the_end_of_all_days_gives_no_moment() -> None:
    # 9999-12-31 23:59:59 and 65535 minutes
    time = sensed("06007800ffff", "0f270c1f173b3b0000").timing.device_time
    assert time is not None
    assert time.local is None
    assert time.year == 9999


def test_a_right_checksum_is_asked_of_every_record_that_has_one() -> None:
    assert sensed(FULL).sequence == 5


@pytest.mark.parametrize(
    "record",
    [
        FULL[:-2] + "00",
        "08000c100600586f",  # NordicSemiconductor/Android-BLE-Common-Library: "CRC invalid"
    ],
)
def test_a_wrong_checksum_makes_no_reading(record: str) -> None:
    with pytest.raises(ImpossibleReadingError, match="checksum"):
        sensed(record)


def test_two_records_are_never_taken_for_one() -> None:
    with pytest.raises(ImpossibleReadingError, match="one record"):
        sensed(RECORD * 2)


def test_a_value_that_is_none_stays_none() -> None:
    # 0x0802 is minus infinity, 0x07FF not a number
    for word, absent in (("0208", Absent.NEGATIVE_INFINITY), ("ff07", Absent.NAN)):
        reading = sensed(f"0600{word}1e00")
        assert reading.values[Quantity.GLUCOSE_INTERSTITIAL_FLUID].number is absent
        assert not reading.has_number


@pytest.mark.parametrize(
    ("record", "flags"),
    [
        ("0780 78001e00 01", {Flag.SESSION_STOPPED}),
        ("0780 78001e00 3e", {
            Flag.BATTERY_LOW,
            Flag.WRONG_STRIP,
            Flag.SENSOR_FAULT,
            Flag.DEVICE_ALERT,
            Flag.GENERAL_FAULT,
        }),
        ("0740 78001e00 01", {Flag.TIME_FAULT}),
        ("0740 78001e00 08", {Flag.CALIBRATION_DUE}),
        ("0740 78001e00 30", {Flag.TEMPERATURE_TOO_HIGH, Flag.TEMPERATURE_TOO_LOW}),
        ("0720 78001e00 40", {Flag.RESULT_TOO_LOW}),
        ("0720 78001e00 80", {Flag.RESULT_TOO_HIGH}),
        ("0720 78001e00 3f", set()),  # the patient's own alarm limits say nothing of the value
    ],
)  # fmt: skip
def test_what_the_sensor_noticed_becomes_a_flag(record: str, flags: set[Flag]) -> None:
    assert sensed(record.replace(" ", "")).flags == flags


@given(start=binary(min_size=9, max_size=9), offset=integers(0, 0xFFFF))
def test_no_start_and_no_offset_crash(start: bytes, offset: int) -> None:
    record = bytes.fromhex("06007800") + struct.pack("<H", offset)
    time = cgm_reading(frame(SOURCE, start + record)).timing.device_time
    assert isinstance(time, DeviceTime)


@given(data=binary(max_size=60))
def test_noise_never_crashes(data: bytes) -> None:
    with suppress(DecodeError, ImpossibleReadingError):
        cgm_reading(frame(SOURCE, data))
