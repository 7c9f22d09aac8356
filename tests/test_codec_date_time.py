"""Date Time (2A08)."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis.strategies import integers, tuples

from drivers.codecs import date_time
from vitals.reading import DeviceTime

octet = integers(0, 255)


@given(parts=tuples(integers(0, 65535), octet, octet, octet, octet, octet))
def test_every_part_is_kept_as_sent_however_odd(parts: tuple[int, ...]) -> None:
    time = date_time.decode(struct.pack("<HBBBBB", *parts))
    assert (time.year, time.month, time.day, time.hour, time.minute, time.second) == parts
    assert time.offset_min == 0


@pytest.mark.parametrize(
    ("data", "written"),
    [
        ("ea070d01000000", "2026-13-01T00:00:00"),
        ("ea0702 1e000000", "2026-02-30T00:00:00"),
        ("ea07060a0b1e3f", "2026-06-10T11:30:63"),  # Omron cuffs write seconds up to 63
        ("00000000121a20", "0000-00-00T18:26:32"),  # Nordic's DateTimeDataCallbackTest
        ("ffffffffffffff", "65535-255-255T255:255:255"),
    ],
)
def test_a_time_that_never_was_is_kept_and_names_no_moment(data: str, written: str) -> None:
    time = date_time.decode(bytes.fromhex(data))
    assert str(time) == written
    assert time.local is None


def test_a_clock_is_written_as_the_octets_a_cuff_understands() -> None:
    # A&D UA-651BLE protocol, as quoted by obniz: 2013-08-26 09:10:20
    time = DeviceTime(year=2013, month=8, day=26, hour=9, minute=10, second=20)
    assert date_time.encode(time).hex() == "dd07081a090a14"


@pytest.mark.parametrize("wrong", [{"year": 65536}, {"month": 256}, {"day": -1}, {"offset_min": 1}])
def test_a_time_that_does_not_fit_is_not_written(wrong: dict[str, int]) -> None:
    parts = {"year": 2026, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0} | wrong
    with pytest.raises(ValueError, match=r"offset|octets"):
        date_time.encode(DeviceTime(**parts))
