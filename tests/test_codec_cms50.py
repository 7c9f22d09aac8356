"""Contec CMS50D+ packets: values worked by hand from the layouts that others read devices with.

V7.0: timegrid/CMS50Dplus7, RealtimeDataPoint. Before: atbrask/CMS50Dplus, LiveDataPoint.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import cms50
from vitals.errors import DecodeError

PACKET = bytes.fromhex("018086c088c8e2ac81")
OLD_PACKET = bytes.fromhex("8640084862")


def test_a_packet_tells_saturation_pulse_and_signal() -> None:
    sample = cms50.decode(PACKET)
    assert (sample.saturation_percent, sample.pulse_bpm, sample.signal) == (98, 72, 6)
    assert sample.measuring


def test_an_old_packet_tells_the_same() -> None:
    sample = cms50.decode_old(OLD_PACKET)
    assert (sample.saturation_percent, sample.pulse_bpm, sample.signal) == (98, 72, 6)
    assert sample.measuring


@pytest.mark.parametrize(
    "octets",
    [
        "018096c088c8e2ac81",  # searching too long
        "0182" + "86c088c8e2ac81",  # searching for the pulse: top bit of the wave
        "0181" + "86c088c8e2ac81",  # probe error: top bit of the state
        "018886c088ffe2ac81",  # pulse 255
        "018086c088c8ffac81",  # saturation 127
        "018086c088c880ac81",  # saturation 0
    ],
)
def test_a_sample_without_a_finger_is_no_measurement(octets: str) -> None:
    assert not cms50.decode(bytes.fromhex(octets)).measuring


@pytest.mark.parametrize(
    "octets",
    [
        "9640084862",  # finger out
        "8640184862",  # probe error
        "8640284862",  # searching
        "8640487f62",  # pulse 255
        "864008487f",  # saturation 127
    ],
)
def test_an_old_sample_without_a_finger_is_no_measurement(octets: str) -> None:
    assert not cms50.decode_old(bytes.fromhex(octets)).measuring


@pytest.mark.parametrize(
    ("number", "octets"),
    [
        # timegrid/CMS50Dplus7 tests.py: a command is 7d 81, the command, six times 80.
        (cms50.START_LIVE, "7d81a1808080808080"),
        (cms50.STOP_LIVE, "7d81a2808080808080"),
        (cms50.STAY, "7d81af808080808080"),
    ],
)
def test_commands_are_written_as_the_published_tests_expect(number: int, octets: str) -> None:
    assert cms50.command(number).hex() == octets


@given(size=st.integers(1, 40), skip=st.integers(0, 8))
def test_a_stream_is_cut_right_from_any_octet_on_in_any_pieces(size: int, skip: int) -> None:
    stream = (PACKET * 5)[skip:]
    framer = cms50.Framer(cms50.OCTETS, starts_high=False)
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    packets = [packet for piece in pieces for packet in framer.feed(piece)]
    assert packets == [PACKET] * (5 if skip == 0 else 4)


@given(noise=st.binary(max_size=200))
def test_after_noise_at_most_one_packet_is_lost(noise: bytes) -> None:
    framer = cms50.Framer(cms50.OLD_OCTETS, starts_high=True)
    framer.feed(noise)
    assert framer.feed(OLD_PACKET * 3)[-2:] == [OLD_PACKET] * 2


@given(data=st.binary(max_size=12))
def test_noise_is_refused_or_read(data: bytes) -> None:
    for decode in (cms50.decode, cms50.decode_old):
        with suppress(DecodeError):
            decode(data)
