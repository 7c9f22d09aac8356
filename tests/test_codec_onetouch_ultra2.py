"""OneTouch Ultra2 lines: values from outside our code, each with its source."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import onetouch_ultra2 as ultra2
from vitals.errors import DecodeError
from vitals.reading import DeviceTime, Health, Meal

# The dump in the head comment of tidepool-org/uploader oneTouchUltra2.js.
HEADER = b'P 003,"GMF600DCY","MG/DL " 05A6'
BEFORE_MEAL = b'P "SAT","03/21/15","16:42:11   ","  105 ","B","02", 00 099F'
# glucometerutils, drivers/tests/test_otultra2.py: this text has the sum 0x0608.
CLOCK = b'T "SAT","08/03/13","22:12:00   " 0608'


def summed(text: str) -> bytes:
    return f"{text} {sum(text.encode()) & 0xFFFF:04X}".encode()


def test_a_published_header_tells_how_many_and_whose() -> None:
    assert ultra2.decode_header(HEADER) == ultra2.Header(count=3, serial="GMF600DCY")


def test_a_published_record_is_read_whole() -> None:
    assert ultra2.decode_record(BEFORE_MEAL) == ultra2.Record(
        time=DeviceTime(year=2015, month=3, day=21, hour=16, minute=42, second=11),
        mg_per_dl=Decimal(105),
        control_solution=False,
        meal=Meal.PREPRANDIAL,
        comment="02",
    )


def test_a_published_clock_is_read() -> None:
    time = DeviceTime(year=2013, month=8, day=3, hour=22, minute=12, second=0)
    assert ultra2.decode_clock(CLOCK) == time


def test_the_version_is_read_as_a_published_answer_writes_it() -> None:
    # glucometerutils otultra2.py, get_version: such as "P02.00.00 30/08/06"
    assert ultra2.decode_version(summed("?P02.00.00 30/08/06")) == "P02.00.00 30/08/06"


@pytest.mark.parametrize(
    "line",
    [  # glucometerutils, drivers/tests/test_otultra2.py, answers it refuses
        b"INVALID",
        b".",
        b"% 2500",
        b"% 1337",
        b"% 13AZ",
    ],
)
def test_what_others_refuse_is_refused(line: bytes) -> None:
    with pytest.raises(DecodeError):
        ultra2.decode_number(line)


@pytest.mark.parametrize(
    ("comment", "health"), [("06", Health.STRESS), ("09", Health.MENSES), ("11", None)]
)
def test_a_comment_is_taken_only_where_it_says_the_same(
    comment: str, health: Health | None
) -> None:
    line = summed(f'P "SAT","03/21/15","16:42:11   ","  105 ","N","{comment}", 00')
    assert ultra2.decode_record(line).health is health


def test_a_record_the_meter_calls_damaged_is_not_believed() -> None:
    line = summed('P "SAT","03/21/15","16:42:11   ","  105?","N","00", 00')
    with pytest.raises(DecodeError, match="damaged"):
        ultra2.decode_record(line)


@given(at=st.integers(0, len(BEFORE_MEAL) - 1), octet=st.integers(0, 255))
def test_one_wrong_character_is_noticed(at: int, octet: int) -> None:
    line = bytes((*BEFORE_MEAL[:at], octet, *BEFORE_MEAL[at + 1 :]))
    if line != BEFORE_MEAL:
        with pytest.raises(DecodeError):
            ultra2.decode_record(line)


@given(line=st.one_of(st.binary(max_size=80), st.text(max_size=60).map(summed)))
def test_noise_never_crashes(line: bytes) -> None:
    for decode in (
        ultra2.decode_number,
        ultra2.decode_version,
        ultra2.decode_clock,
        ultra2.decode_header,
        ultra2.decode_record,
    ):
        with suppress(DecodeError):
            decode(line)


def test_the_command_that_empties_the_memory_is_nowhere_sent() -> None:
    assert ultra2.command("DMP") == b"\x11\rDMP\r"
