"""Jumper packets: the published example, and what several readers take for none."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import jumper
from vitals.errors import DecodeError


def test_the_published_example_is_read_as_it_says() -> None:
    sent = jumper.decode(bytes.fromhex("81386344"))  # jumper_po_jpd_500f.dart: 56 and 99
    assert (sent.pulse_bpm, sent.saturation_percent) == (56, 99)
    assert sent.perfusion_percent == Decimal("6.8")


@pytest.mark.parametrize("octets", ["81ff7f00", "817f7f00", "81000000"])
def test_without_a_finger_there_is_no_number(octets: str) -> None:
    # Healthbox readers: 255 and 127; agungpambudi55: 127 and 127.
    sent = jumper.decode(bytes.fromhex(octets))
    assert (sent.pulse_bpm, sent.saturation_percent, sent.perfusion_percent) == (None, None, None)


def test_127_beside_a_saturation_is_a_pulse() -> None:
    assert jumper.decode(bytes.fromhex("817f6010")).pulse_bpm == 127


@pytest.mark.parametrize("octets", ["80386344", "813863", "8138634400", "80010203040506070809"])
def test_a_piece_of_the_wave_holds_no_numbers(octets: str) -> None:
    with pytest.raises(DecodeError):
        jumper.decode(bytes.fromhex(octets))


@given(data=st.binary(max_size=8))
def test_noise_is_refused_or_read(data: bytes) -> None:
    with suppress(DecodeError):
        jumper.decode(data)
