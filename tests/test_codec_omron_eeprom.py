"""Omron frames and slots, worked by hand from userx14/omblepy and eigger/hass-omron."""

from __future__ import annotations

from contextlib import suppress
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import omron_eeprom as eeprom
from vitals.errors import DecodeError

RECORD = bytes.fromhex("52671747" + "0cb20ab3000000000000")  # 2023-03-05T18:42:51, 128/82, 71


def framed(octets: str) -> bytes:
    """End a frame with 00 and what makes all its octets cancel out."""
    body = bytes.fromhex(octets) + b"\0"
    return body + bytes((reduce(xor, body),))


def test_a_read_is_written_as_published() -> None:
    # omblepy _readBlockEeprom: 08 01 00, address, size, 00, exclusive or of all.
    assert eeprom.read(0x02AC, 0x2A) == framed("08010002ac2a")
    assert eeprom.read(0x02AC, 0x2A).hex() == "08010002ac2a008d"


@pytest.mark.parametrize("command", [eeprom.START, eeprom.END])
def test_the_published_commands_cancel_out(command: bytes) -> None:
    assert reduce(xor, command) == 0


def test_an_answer_tells_its_address_and_octets() -> None:
    answer = eeprom.decode(framed("16810002ac0e" + RECORD.hex()))
    assert (answer.type, answer.address, answer.data) == (eeprom.READ, 0x02AC, RECORD)


def test_a_refused_read_tells_its_code() -> None:
    body = bytes.fromhex("08810008240e05")
    answer = eeprom.decode(body + bytes((reduce(xor, body),)))
    assert (answer.address, answer.data, answer.code) == (0x0824, b"", 5)


@pytest.mark.parametrize("octets", ["", "08", "0981000000000000", "0881000000000000"])
def test_a_frame_that_breaks_a_rule_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError):
        eeprom.decode(bytes.fromhex(octets))


def test_a_slot_is_read_bit_by_bit() -> None:
    sent = eeprom.decode_record(RECORD)
    assert [int(one) for one in (sent.systolic, sent.diastolic, sent.pulse)] == [128, 82, 71]
    assert str(sent.time) == "2023-03-05T18:42:51"
    assert (sent.irregular, sent.movement, sent.time_fault) == (False, False, False)


@pytest.mark.parametrize(
    ("octets", "irregular", "movement"), [("4cb20ab3", True, False), ("8cb20ab3", False, True)]
)
def test_a_mark_changes_nothing_in_the_time(octets: str, irregular: bool, movement: bool) -> None:  # noqa: FBT001 - a table's columns
    sent = eeprom.decode_record(RECORD[:4] + bytes.fromhex(octets) + RECORD[8:])
    assert (sent.irregular, sent.movement) == (irregular, movement)
    assert str(sent.time) == "2023-03-05T18:42:51"


def test_a_second_beyond_the_minute_is_told_and_flagged() -> None:
    sent = eeprom.decode_record(RECORD[:7] + bytes((RECORD[7] | 0x3F,)) + RECORD[8:])
    assert (sent.time.second, sent.time_fault) == (59, True)


@pytest.mark.parametrize("octets", ["ff" * 14, "00" * 14, "52e2" + "174700000000" * 2])
def test_an_empty_slot_holds_no_result(octets: str) -> None:
    with pytest.raises(DecodeError):
        eeprom.decode_record(bytes.fromhex(octets))


def test_the_clock_is_read_in_the_order_the_cuff_keeps_it() -> None:
    # omblepy hem-7322t.py: month, year, hour, day, second, minute; a sum of the first eight.
    data = bytes.fromhex("00000b1a0c173822" + "00")
    assert str(eeprom.decode_clock(data + bytes((sum(data) & 0xFF,)))) == "2026-11-23T12:34:56"
    with pytest.raises(DecodeError, match="sum"):
        eeprom.decode_clock(data + b"\0")


@given(order=st.permutations([0, 1, 2, 3]))
def test_a_frame_is_joined_in_whatever_order_its_parts_come(order: list[int]) -> None:
    frame = framed("32810002ac2a" + RECORD.hex() * 3)
    parts = {at: frame[at * 16 : at * 16 + 16] for at in range(4)}
    assembler = eeprom.Assembler()
    joined = [one for at in order if (one := assembler.feed(at, parts[at])) is not None]
    assert joined == [frame]


@given(data=st.binary(max_size=70))
def test_noise_is_refused_or_read(data: bytes) -> None:
    for decode in (eeprom.decode, eeprom.decode_record, eeprom.decode_clock):
        with suppress(DecodeError):
            decode(data)
    with suppress(DecodeError):
        eeprom.decode(data + bytes((reduce(xor, data, 0),)))
