"""Contec packets over Bluetooth: recorded in tobiasisenberg/OxiVis issue 2, or by pulseoxdl.c."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import contec_ble
from vitals.errors import DecodeError

RECORDED = bytes.fromhex("eb010453637f0025")
WAVES = [bytes.fromhex("eb000348093f"), bytes.fromhex("eb00433c0771")]


def test_the_recorded_packet_is_read_as_its_owner_did() -> None:
    sent = contec_ble.decode(RECORDED)
    assert (sent.pulse_bpm, sent.saturation_percent, sent.perfusion_percent) == (83, 99, None)


def test_a_fast_pulse_has_its_top_bit_elsewhere() -> None:
    assert contec_ble.decode(bytes.fromhex("eb010616607f0067")).pulse_bpm == 150


def test_a_device_with_an_index_tells_it_in_hundredths() -> None:
    sent = contec_ble.decode(bytes.fromhex("eb010448623102" + "4d"))
    assert sent.perfusion_percent == Decimal("3.05")


def test_without_a_finger_there_is_no_number() -> None:
    sent = contec_ble.decode(bytes.fromhex("eb01067f7f7f006f"))
    assert (sent.pulse_bpm, sent.saturation_percent) == (None, None)


@pytest.mark.parametrize("command", [contec_ble.START, contec_ble.STAY, contec_ble.STOP])
def test_a_command_ends_in_its_sum(command: bytes) -> None:
    # pulseoxdl's exchange.h: 9b 01 1c, 9a 1a, 9b 7f 1a; a sum of seven bits.
    assert sum(command[:-1]) & 0x7F == command[-1]


@given(at=st.integers(0, 7), octet=st.integers(0, 255))
def test_one_wrong_octet_is_noticed(at: int, octet: int) -> None:
    data = bytes((*RECORDED[:at], octet, *RECORDED[at + 1 :]))
    if data != RECORDED:
        with pytest.raises(DecodeError):
            contec_ble.decode(data)


@given(size=st.integers(1, 40), noise=st.binary(max_size=12))
def test_packets_are_cut_out_of_waves_in_any_pieces(size: int, noise: bytes) -> None:
    stream = noise + (WAVES[0] + WAVES[0] + RECORDED + WAVES[1] + RECORDED) * 3
    framer = contec_ble.Framer()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    packets = [one for piece in pieces for one in framer.feed(piece)]
    assert packets[-6:] == [RECORDED] * 6


@given(data=st.binary(max_size=12))
def test_noise_is_refused_or_read(data: bytes) -> None:
    for one in (data, *contec_ble.Framer().feed(data * 3)):
        with suppress(DecodeError):
            contec_ble.decode(one)
