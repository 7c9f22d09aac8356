"""Breathing and variability, against rhythms that are drawn beat by beat."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vitals.rppg.breathing import breathing
from vitals.rppg.trace import Trace
from vitals.rppg.uniform import Uniform, uniform
from vitals.rppg.variability import variability

Floats = NDArray[np.float64]
RATE_HZ = 30.0


def wave_of(beats_s: Floats, seconds: float, noise: float = 0.0) -> Floats:
    """Draw a beat as a steep rise and a slow fall wherever one was."""
    at_s = np.arange(0, seconds, 1 / RATE_HZ)
    since = at_s[:, np.newaxis] - beats_s
    each = np.exp(-0.5 * np.square((since - 0.15) / 0.07)) + 0.4 * np.exp(
        -0.5 * np.square((since - 0.4) / 0.1)
    )
    drawn = each.sum(axis=1) + np.random.default_rng(2).normal(0, noise, len(at_s))
    return np.asarray(drawn - drawn.mean())


def even(seconds: float, *, shoulders: Floats | None = None) -> Uniform:
    at_s = np.arange(0, seconds, 1 / RATE_HZ)
    noise = np.random.default_rng(1).normal(0, 0.05, (len(at_s), 3))
    found = uniform(Trace(at_s=at_s, regions={"forehead": 120 + noise}, shoulders=shoulders))
    assert found is not None
    return found


@pytest.mark.parametrize("breaths", [7, 12, 18, 28])
def test_shoulders_that_rise_and_fall_tell_the_rate(breaths: float) -> None:
    at_s = np.arange(0, 40, 1 / RATE_HZ)
    noise = np.random.default_rng(3).normal(0, 0.3, len(at_s))
    trace = even(40, shoulders=2 * np.sin(2 * np.pi * breaths / 60 * at_s) + noise)
    found = breathing(
        trace, wave_of(np.arange(0, 40, 0.8), 40)[: len(trace.at_s)], np.full(30, 75.0), heart=9.0
    )

    assert found is not None
    assert found.rate_bpm == pytest.approx(breaths, abs=0.5)
    assert found.shoulders > 0.5


@pytest.mark.parametrize("breaths", [9, 15, 22])
def test_a_heart_that_quickens_with_each_breath_tells_the_rate(breaths: float) -> None:
    at_s = np.arange(0, 40, 1 / RATE_HZ)
    hertz = 1.2 * (1 + 0.08 * np.sin(2 * np.pi * breaths / 60 * at_s))
    wave = np.sin(2 * np.pi * np.cumsum(hertz) / RATE_HZ)
    trace = even(40)
    found = breathing(trace, wave[: len(trace.at_s)], np.full(30, 72.0), heart=9.0)

    assert found is not None
    assert found.rate_bpm == pytest.approx(breaths, abs=1.0)


def test_twenty_seconds_are_too_few_for_breathing() -> None:
    trace = even(20)

    assert breathing(trace, np.zeros(len(trace.at_s)), np.full(12, 70.0), heart=9.0) is None


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("spread_ms", [15.0, 50.0])
def test_variability_is_that_of_the_beats_drawn(seed: int, spread_ms: float) -> None:
    chance = np.random.default_rng(seed)
    gaps = 0.85 + chance.normal(0, spread_ms / 1e3, 70)
    beats = np.cumsum(gaps)
    seen = np.diff(beats)
    wave = wave_of(beats, float(beats[-1]), noise=0.02)
    found = variability(wave, RATE_HZ, np.full(60, 60 / 0.85))

    assert found is not None
    # Definitions of the Task Force of the ESC and NASPE, Circulation 93:1043, 1996.
    assert found.sdnn_ms == pytest.approx(1e3 * np.std(seen, ddof=1), abs=6.0)
    assert found.rmssd_ms == pytest.approx(
        1e3 * np.sqrt(np.mean(np.square(np.diff(seen)))), abs=9.0
    )


def test_a_metronome_does_not_vary() -> None:
    found = variability(wave_of(np.arange(0, 65, 0.8), 65), RATE_HZ, np.full(57, 75.0))

    assert found is not None
    assert found.sdnn_ms < 3
    assert found.rmssd_ms < 5


def test_variability_is_not_told_from_half_a_minute() -> None:
    assert variability(wave_of(np.arange(0, 30, 0.8), 30), RATE_HZ, np.full(22, 75.0)) is None


def test_variability_is_not_told_from_noise() -> None:
    noise = np.random.default_rng(9).normal(size=1950)

    assert variability(noise, RATE_HZ, np.full(57, 75.0)) is None


def test_beats_that_the_noise_hides_are_not_guessed() -> None:
    wave = wave_of(np.arange(0, 65, 0.8), 65, noise=1.5)

    assert variability(wave, RATE_HZ, np.full(57, 75.0)) is None
