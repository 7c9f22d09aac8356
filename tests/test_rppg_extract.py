"""Every sentence in the notes of the extractors, against numbers worked from the papers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vitals.rppg.extract import band, chrom, joined, matched, pos, without

Floats = NDArray[np.float64]
RATE_HZ = 30.0
# De Haan and van Leest, Physiol. Meas. 35(9):1913, 2014: the pulse in red, green and blue.
BLOOD = np.array([0.33, 0.77, 0.53])


def beat(seconds: float = 20.0, rate_hz: float = 1.25) -> Floats:
    """Return a sinusoid of 75 per minute, whole periods of it in 1.6 s."""
    at_s = np.arange(0, seconds, 1 / RATE_HZ)
    return np.asarray(np.sin(2 * np.pi * rate_hz * at_s))


def skin(pulse: Floats, colour: Floats) -> Floats:
    return np.asarray(np.array([170.0, 120.0, 90.0]) * (1 + pulse[:, np.newaxis] * colour))


def middle(signal: Floats) -> Floats:
    """Leave out 3 s at both ends, where filters settle."""
    return signal[90:-90]


def test_pos_adds_its_two_projections_in_step() -> None:
    # (G - B) + (G - B) after tuning: 2 x (0.77 - 0.53), equations of Wang 2017, algorithm 1.
    pulse = 1e-3 * beat()

    np.testing.assert_allclose(
        middle(pos(skin(pulse, BLOOD), RATE_HZ)), 0.48 * middle(pulse), atol=2e-6
    )


def test_chrom_subtracts_its_two_projections() -> None:
    # X = 3R - 2G = -0.55, Y = 1.5R + G - 1.5B = 0.47, X - |X|/|Y| Y = -1.10: de Haan 2013.
    pulse = 1e-3 * beat()

    np.testing.assert_allclose(
        middle(chrom(skin(pulse, BLOOD), RATE_HZ)), -1.10 * middle(pulse), atol=4e-6
    )


@pytest.mark.parametrize("method", [pos, chrom])
@given(brighter=st.floats(0.05, 20))
def test_doubling_the_light_changes_nothing(method: type[object], brighter: float) -> None:
    rgb = skin(2e-3 * beat(4.0), BLOOD)
    extract = {pos.__name__: pos, chrom.__name__: chrom}[method.__name__]

    np.testing.assert_allclose(extract(brighter * rgb, RATE_HZ), extract(rgb, RATE_HZ), atol=1e-12)


def test_pos_is_blind_to_light_that_changes_all_colours_alike() -> None:
    rgb = skin(1e-2 * beat(), np.ones(3))

    assert np.abs(pos(rgb, RATE_HZ)).max() < 1e-12


def test_the_matched_filter_passes_blood_as_a_share_of_green() -> None:
    chance = np.random.default_rng(5)
    pulse = 1e-2 * beat()
    logs = np.log(skin(pulse, BLOOD)) + chance.normal(0, 1e-4, (len(pulse), 3))
    found = matched(band(logs, RATE_HZ), RATE_HZ)

    assert middle(found).std() == pytest.approx(0.77 * middle(pulse).std(), rel=0.05)
    # Where more light comes back there is less blood.
    assert np.corrcoef(middle(found), middle(pulse))[0, 1] < -0.99


def test_the_matched_filter_turns_away_from_movement_of_the_light() -> None:
    chance = np.random.default_rng(6)
    pulse, light = 1e-3 * beat(), 2e-2 * beat(rate_hz=1.9)
    logs = np.log(skin(pulse, BLOOD)) + light[:, np.newaxis]
    found = matched(band(logs + chance.normal(0, 1e-4, logs.shape), RATE_HZ), RATE_HZ)

    # Twenty times the pulse went in; less than a tenth of the pulse may come out.
    assert abs(middle(found) @ middle(light)) / (middle(light) @ middle(light)) < 0.1 / 20
    assert abs(np.corrcoef(middle(found), middle(pulse))[0, 1]) > 0.9


def test_a_still_picture_has_no_pulse() -> None:
    still = np.full((300, 3), 120.0)

    assert np.abs(pos(still, RATE_HZ)).max() == 0
    assert np.abs(chrom(still, RATE_HZ)).max() == 0
    assert np.abs(matched(band(np.log(still), RATE_HZ), RATE_HZ)).max() < 1e-9


def test_the_quieter_region_counts_more() -> None:
    # Inverse-power weights of 1 and 1/100 (with a tenth of each power added to itself).
    quiet, loud = np.ones(600), 10 * np.ones(600)

    np.testing.assert_allclose(joined(np.stack([quiet, loud]), RATE_HZ), (1 + 10 / 100) / 1.01)


def test_what_is_known_is_taken_out() -> None:
    chance = np.random.default_rng(7)
    known, rest = chance.normal(size=(2000, 2)), chance.normal(size=2000)
    mixed = (rest + 5 * known[:, 0] - 3 * known[:, 1])[:, np.newaxis]

    assert np.corrcoef(without(mixed, known)[:, 0], rest)[0, 1] > 0.98


def test_the_band_keeps_pulses_and_drops_breath_and_flicker() -> None:
    at_s = np.arange(0, 30, 1 / RATE_HZ)
    kept = {hz: middle(band(np.sin(2 * np.pi * hz * at_s), RATE_HZ)).std() for hz in (0.2, 1.2, 12)}

    assert kept[1.2] == pytest.approx(np.sqrt(0.5), rel=0.06)
    assert kept[0.2] < 0.05
    assert kept[12] < 0.05
