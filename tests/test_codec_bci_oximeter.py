"""BerryMed's five octets: values worked by hand from adafruit_ble_berrymed_pulse_oximeter."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codecs import bci_oximeter
from vitals.errors import DecodeError


def test_a_sample_tells_saturation_and_pulse() -> None:
    sent = bci_oximeter.decode(bytes.fromhex("8640084862"))
    assert (sent.saturation_percent, sent.pulse_bpm) == (98, 72)
    assert sent.finger
    assert not sent.searching


@pytest.mark.parametrize(
    "octets",
    [
        "8640184862",  # octet 2, bit 4: no finger
        "a640084862",  # octet 0, bit 5: probe unplugged
    ],
)
def test_without_a_finger_the_sample_says_so(octets: str) -> None:
    assert not bci_oximeter.decode(bytes.fromhex(octets)).finger


@pytest.mark.parametrize(
    "octets",
    [
        "8640284862",  # octet 2, bit 5: searching for the pulse
        "9040084862",  # octet 0, bit 4: no signal
    ],
)
def test_without_a_pulse_it_is_searching(octets: str) -> None:
    assert bci_oximeter.decode(bytes.fromhex(octets)).searching


@given(data=st.binary(max_size=12))
def test_noise_is_refused_or_read(data: bytes) -> None:
    with suppress(DecodeError):
        bci_oximeter.decode(data)
