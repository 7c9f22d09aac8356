"""Viatom frames: three answers recorded in MackeyStingray/o2r (o2state.py), framed by o2pkt.py."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import viatom
from vitals.errors import DecodeError

WORN = bytes.fromhex("5500ff00000d00624200000000006100920a01002f")
OFF = bytes.fromhex("5500ff00000d00ffffff0000000060000500000043")
CHARGING = bytes.fromhex("5500ff00000d00ffffff000000006201000000003d")


def test_a_worn_ring_tells_saturation_and_pulse() -> None:
    sent = viatom.decode_sensors(WORN)
    assert (sent.saturation_percent, sent.pulse_bpm, sent.worn) == (98, 66, True)


@pytest.mark.parametrize("frame", [OFF, CHARGING])
def test_a_ring_that_is_not_worn_has_no_numbers(frame: bytes) -> None:
    sent = viatom.decode_sensors(frame)
    assert (sent.saturation_percent, sent.pulse_bpm, sent.worn) == (None, None, False)


def test_the_question_is_the_published_one() -> None:
    # ...E8000000001B in several programs for these oximeters; the CRC by o2pkt.py.
    assert viatom.ASK_SENSORS.hex() == "aa17e8000000001b"


def test_an_answer_that_is_not_done_holds_nothing() -> None:
    with pytest.raises(DecodeError, match="did not do it"):
        viatom.decode(bytes.fromhex("5501fe00000000"))


@given(at=st.integers(0, 20), octet=st.integers(0, 255))
def test_one_wrong_octet_is_noticed(at: int, octet: int) -> None:
    data = bytes((*WORN[:at], octet, *WORN[at + 1 :]))
    if data != WORN:
        with pytest.raises(DecodeError):
            viatom.decode_sensors(data)


@given(size=st.integers(1, 40), noise=st.binary(max_size=20))
def test_frames_are_cut_out_of_any_pieces(size: int, noise: bytes) -> None:
    stream = (WORN + OFF) * 3
    framer = viatom.Framer()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [one for piece in pieces for one in framer.feed(piece)] == [WORN, OFF] * 3
    framer.feed(noise)
    framer.broke()
    assert framer.feed(WORN) == [WORN]


@given(data=st.binary(max_size=40))
def test_noise_is_refused(data: bytes) -> None:
    for one in (data, *viatom.Framer().feed(data * 3)):
        with suppress(DecodeError):
            viatom.decode_sensors(one)
