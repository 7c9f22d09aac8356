"""Beurer BM65 records: a published reader of the serial BM65, and roose242/bmdump for the user."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import bm65
from vitals.errors import DecodeError
from vitals.reading import DeviceTime


def test_a_record_is_read_as_the_published_reader_does() -> None:
    # Pressures less 25, then pulse, month, day, hour, minute, year less 2000.
    assert bm65.decode(bytes.fromhex("ac5f3c48051309301a")) == bm65.Record(
        systolic_mmhg=Decimal(120),
        diastolic_mmhg=Decimal(85),
        pulse_bpm=Decimal(72),
        time=DeviceTime(year=2026, month=5, day=19, hour=9, minute=48, second=0),
        user=1,
    )


def test_the_top_bit_of_the_day_is_the_second_user() -> None:
    # roose242/bmdump: 1 + int(d[4] > 128), the day in d[4] & 0x1F
    record = bm65.decode(bytes.fromhex("ac5f3c48059309301a"))
    assert (record.user, record.time.day) == (2, 19)


def test_a_record_without_its_header_is_refused() -> None:
    with pytest.raises(DecodeError, match="header"):
        bm65.decode(bytes.fromhex("5f3c48051309301aac"))


def test_a_time_that_cannot_be_is_kept_as_sent() -> None:
    time = bm65.decode(bytes.fromhex("ac5f3c480d1f183c1a")).time
    assert (time.month, time.day, time.hour, time.minute, time.local) == (13, 31, 24, 60, None)


def test_requests_are_the_published_octets() -> None:
    assert (bm65.PING, bm65.COUNT, bm65.ask(1)) == (b"\xaa", b"\xa2", b"\xa3\x01")


@given(data=st.binary(max_size=12))
def test_noise_is_refused_or_read(data: bytes) -> None:
    with suppress(DecodeError):
        assert 25 <= bm65.decode(data).systolic_mmhg <= 280
