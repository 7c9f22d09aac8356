"""E2E-CRC, against published checks, and what it catches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import DataObject as Drawn
from hypothesis.strategies import binary, data, integers

from drivers.codecs import cgm
from drivers.codecs.crc import e2e_crc
from vitals.errors import DecodeError

# NordicSemiconductor/Android-BLE-Common-Library, ContinuousGlucoseMeasurementDataCallbackTest
FULL = bytes.fromhex("0fe3d2e405000214ff02f0e5f38e3f")


@pytest.mark.parametrize(
    ("octets", "crc"),
    [
        (b"123456789", 0x6F91),  # the check value of CRC-16/MCRF4XX
        # CGM Service 1.0.1, the example; printed there with its octets the other way round
        (bytes.fromhex("3e010203040506070809"), 0x2F01),
        (bytes.fromhex("0fe378001e00010203500060 00"), 0xACEC),  # Nordic, as FULL
        (b"", 0xFFFF),
    ],
)
def test_the_checksum_is_the_published_one(octets: bytes, crc: int) -> None:
    assert e2e_crc(octets) == crc


@given(octets=binary(max_size=64))
def test_octets_with_their_own_checksum_leave_nothing(octets: bytes) -> None:
    # A reflected CRC without a final change: the residue is zero.
    assert e2e_crc(octets + e2e_crc(octets).to_bytes(2, "little")) == 0


@given(octets=binary(min_size=1, max_size=64), drawn=data())
def test_one_or_two_wrong_bits_are_always_caught(octets: bytes, drawn: Drawn) -> None:
    # The polynomial finds every error of two bits within 32767 bits.
    place = integers(0, 8 * len(octets) - 1)
    wrong = bytearray(octets)
    for bit in {drawn.draw(place), drawn.draw(place)}:
        wrong[bit // 8] ^= 1 << bit % 8
    assert e2e_crc(bytes(wrong)) != e2e_crc(octets)


@given(at=integers(0, 8 * (len(FULL) - 2) - 1))
def test_a_record_with_a_wrong_bit_never_passes_for_a_right_one(at: int) -> None:
    wrong = bytearray(FULL)
    wrong[at // 8] ^= 1 << at % 8
    try:
        records = cgm.decode_measurement(bytes(wrong))
    except DecodeError:
        return
    assert not any(record.check.crc_ok for record in records)


def test_a_feature_without_checksums_holds_ffff_and_is_not_checked() -> None:
    # Nordic's CGMFeatureDataCallbackTest, both
    assert cgm.decode_feature(bytes.fromhex("6e8e0116ffff")).crc_ok is None
    assert cgm.decode_feature(bytes.fromhex("6e9e01168ac1")).crc_ok
    assert cgm.decode_feature(bytes.fromhex("6e9e01168ac0")).crc_ok is False
