"""Every published vector, whole, cut and lengthened. Expected values are the vectors' own."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers, sampled_from

from drivers.codecs.cursor import Cursor
from drivers.codecs.ieee11073 import read_float32, read_sfloat, text
from drivers.decode import CHARACTERISTICS, describe, fields
from vitals.errors import DecodeError

Vector = dict[str, Any]


def _load(name: str) -> list[Vector]:
    found: list[Vector] = json.loads(
        (Path(__file__).parent / "vectors" / f"{name}.json").read_text(encoding="utf-8")
    )
    return found


def _id(vector: Vector) -> str:
    return f"{vector['uuid']}-{vector['hex']}"


FLOATS = _load("ieee11073")
FAMILIES = (
    "blood_pressure",
    "body_composition",
    "cgm",
    "clocks",
    "date_time",
    "device",
    "enhanced_blood_pressure",
    "glucose",
    "health_sensor",
    "heart_rate",
    "pulse_oximeter",
    "record_access",
    "thermometer",
    "weight",
)
VECTORS = [vector for name in FAMILIES for vector in _load(name)]
# No source gives a frame of these: tests/test_codec_layouts.py makes some from the layout.
WITHOUT_VECTORS = {
    *("2a14", "2a1d", "2a1e", "2a21", "2a23", "2a24", "2a25", "2a26", "2a27", "2a28", "2a29"),
    *("2a2a", "2a38", "2a50", "2a99", "2a9a", "2aa4", "2aa5", "2bdd", "2bed", "2bf4", "2bff"),
}
LEGAL = [vector for vector in VECTORS if "error" not in vector["decoded"]]
BROKEN = [vector for vector in VECTORS if "error" in vector["decoded"]]

# A record count is two octets; a vector of Nordic's Android library has one, so one is accepted.
# Therefore this message alone may lose, or gain, its last octet and still be legal.
COUNT_IN_ONE_OCTET = "050001"
COUNT_IN_TWO_OCTETS = "05000201"
# What follows may be the start of a checksum, of a second record, or of one interval more.
MAY_GO_ON = {"2AA7", "2AA9", "2AAA", "2AAB", "2AAC", "2BF2", "2A37"}
_BAD_SIZE = "truncated at 0 need 6"  # a CGM record's size is its first octet
_RR_INTERVALS, _HEART_RATE_16_BITS, _ENERGY = 0x10, 0x01, 0x08


def may_end(uuid: str, data: bytes) -> bool:
    """Tell whether this is one of the few layouts whose end is no octet's business to announce.

    A checksum that only the service's feature tells of (2AA9 to 2AAC), two octets that only a
    read has (2BF2), and lists that fill the packet (2A37, 2B36).
    """
    ends = {"2aa9": {5, 7}, "2aaa": {9, 11}, "2aab": {2, 4}, "2aac": {3, 5}, "2bf2": {9, 11}}
    if uuid.lower() == "2b36":
        return len(data) > len("hssuu")
    if uuid.lower() == "2a37" and data and data[0] & _RR_INTERVALS:
        fixed = 2 + bool(data[0] & _HEART_RATE_16_BITS) + 2 * bool(data[0] & _ENERGY)
        return len(data) >= fixed and (len(data) - fixed) % 2 == 0
    return len(data) in ends.get(uuid.lower(), set())


def _float_text(vector: Vector, data: bytes) -> str:
    cursor = Cursor(data, vector["characteristic"])
    read = read_sfloat if vector["characteristic"] == "SFLOAT" else read_float32
    number = read(cursor, "the number")
    cursor.end()
    return text(number)


def test_no_vector_is_lost() -> None:
    assert (len(FLOATS), len(LEGAL), len(BROKEN)) == (24, 107, 4)
    shown = {vector["uuid"].lower() for vector in VECTORS}
    assert shown | WITHOUT_VECTORS == set(CHARACTERISTICS)
    assert not shown & WITHOUT_VECTORS


@pytest.mark.parametrize("vector", FLOATS, ids=_id)
def test_a_float_has_the_value_its_source_gives(vector: Vector) -> None:
    assert _float_text(vector, bytes.fromhex(vector["hex"])) == vector["decoded"]["value"]


@pytest.mark.parametrize("vector", LEGAL, ids=_id)
def test_a_frame_has_the_fields_its_source_gives(vector: Vector) -> None:
    found = fields(vector["uuid"], bytes.fromhex(vector["hex"]))
    if vector["uuid"] == "2AAC":  # its source gives nothing but the checksum it would have
        found = {"crc16": found["crc16"]}
    assert found == vector["decoded"]


@pytest.mark.parametrize("vector", LEGAL, ids=_id)
def test_a_frame_can_be_said_in_words(vector: Vector) -> None:
    lines = describe(vector["uuid"], bytes.fromhex(vector["hex"]))
    assert lines
    assert all(line.isprintable() and line == line.strip() != "" for line in lines)


@pytest.mark.parametrize("vector", BROKEN, ids=_id)
def test_a_broken_frame_is_refused_where_its_source_says(vector: Vector) -> None:
    error = vector["decoded"]["error"]
    where = re.fullmatch(r"truncated at (\d+) need \d+", error.replace("bad size", _BAD_SIZE))
    assert where
    with pytest.raises(DecodeError) as caught:
        fields(vector["uuid"], bytes.fromhex(vector["hex"]))
    assert caught.value.at == int(where[1])


@pytest.mark.parametrize("vector", FLOATS, ids=_id)
def test_a_cut_or_lengthened_float_is_refused(vector: Vector) -> None:
    whole = bytes.fromhex(vector["hex"])
    for length in range(len(whole)):
        with pytest.raises(DecodeError):
            _float_text(vector, whole[:length])
    for more in range(1, 5):
        with pytest.raises(DecodeError):
            _float_text(vector, whole + bytes(more))


@pytest.mark.parametrize("vector", LEGAL, ids=_id)
def test_a_cut_frame_is_refused(vector: Vector) -> None:
    whole = bytes.fromhex(vector["hex"])
    for length in range(len(whole)):
        if vector["hex"] == COUNT_IN_TWO_OCTETS and length == len(whole) - 1:
            assert fields(vector["uuid"], whole[:length])["count"] == 0x02
            continue
        if may_end(vector["uuid"], whole[:length]):
            assert fields(vector["uuid"], whole[:length]) != vector["decoded"]
            continue
        with pytest.raises(DecodeError) as caught:
            fields(vector["uuid"], whole[:length])
        assert 0 <= caught.value.at <= length


@pytest.mark.parametrize("filling", [0x00, 0x01, 0xFF])
@pytest.mark.parametrize("vector", LEGAL, ids=_id)
def test_a_lengthened_frame_is_refused_after_its_last_field(vector: Vector, filling: int) -> None:
    whole = bytes.fromhex(vector["hex"])
    for more in range(1, 5):
        longer = whole + bytes([filling]) * more
        if vector["hex"] == COUNT_IN_ONE_OCTET:
            if more == 1:
                assert fields(vector["uuid"], longer)["count"] == 0x01 + 256 * filling
                continue
            whole_length = len(whole) + 1
        else:
            whole_length = len(whole)
        if may_end(vector["uuid"], longer):
            assert fields(vector["uuid"], longer) != vector["decoded"]
            continue
        with pytest.raises(DecodeError) as caught:
            fields(vector["uuid"], longer)
        if vector["uuid"] == "2B8B":  # it begins with its length, and is refused there
            assert caught.value.at < whole_length
        elif vector["uuid"] in MAY_GO_ON:
            assert whole_length <= caught.value.at <= len(longer)
        else:
            assert caught.value.at == whole_length


@pytest.mark.parametrize("uuid", CHARACTERISTICS)
@given(data=binary(max_size=64))
def test_noise_is_refused_or_decoded_but_never_crashes(uuid: str, data: bytes) -> None:
    with suppress(DecodeError):
        fields(uuid, data)
    with suppress(DecodeError):
        describe(uuid, data)


@given(vector=sampled_from(LEGAL), noise=binary(min_size=1, max_size=20))
def test_a_frame_that_decays_never_crashes(vector: Vector, noise: bytes) -> None:
    whole = bytes.fromhex(vector["hex"])
    decayed = bytes(a ^ b for a, b in zip(whole, noise.ljust(len(whole), b"\0"), strict=False))
    with suppress(DecodeError):
        fields(vector["uuid"], decayed)


@pytest.mark.parametrize("uuid", ["2a18", "2a34", "2a35", "2a36"])
@given(flags=integers(0, 255), values=binary(min_size=20, max_size=20), length=integers(0, 20))
def test_a_refusal_depends_on_the_shape_and_never_on_the_values(
    uuid: str, flags: int, values: bytes, length: int
) -> None:
    assert _refusal(uuid, bytes([flags]) + values[:length]) == _refusal(
        uuid, bytes([flags]) + bytes(length)
    )


def _refusal(uuid: str, data: bytes) -> str | None:
    try:
        fields(uuid, data)
    except DecodeError as error:
        return str(error)
    return None
