"""Nonin 3230 packets, worked by hand from Nonin's own sample program (PulseOximeterClass.m)."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import nonin
from drivers.codecs.nonin import Status
from vitals.errors import DecodeError

GOOD = bytes.fromhex("0a151c00c8000f610048")


def test_a_packet_tells_its_numbers_high_octet_first() -> None:
    sent = nonin.decode(GOOD)
    assert (sent.saturation_percent, sent.pulse_bpm, sent.counter) == (97, 72, 15)
    assert sent.amplitude_percent == Decimal("2.00")
    assert sent.accepted


@pytest.mark.parametrize(
    "status",
    [
        0x01,  # neither check
        0x11,  # finger in right, SmartPoint not passed
        0x05,  # SmartPoint passed, finger not in right
        0x1D,  # both, but searching
    ],
)
def test_without_both_checks_the_oximeter_does_not_vouch_for_it(status: int) -> None:
    assert not nonin.decode(GOOD[:1] + bytes((status,)) + GOOD[2:]).accepted


@pytest.mark.parametrize("numbers", ["7f0048", "6101ff", "7f01ff"])
def test_a_number_that_is_missing_is_not_vouched_for(numbers: str) -> None:
    sent = nonin.decode(GOOD[:7] + bytes.fromhex(numbers))
    assert not sent.accepted
    assert None in {sent.saturation_percent, sent.pulse_bpm}


def test_an_encrypted_link_changes_nothing_in_the_packet() -> None:
    sent = nonin.decode(GOOD[:1] + b"\x55" + GOOD[2:])
    assert Status.ENCRYPTED in sent.status
    assert sent.accepted


def test_octets_the_maker_reserves_are_passed_over() -> None:
    assert nonin.decode(b"\x0c" + GOOD[1:] + b"\x01\x02").saturation_percent == 97


@given(data=st.binary(max_size=14))
def test_noise_is_refused_or_read(data: bytes) -> None:
    with suppress(DecodeError):
        nonin.decode(data)
