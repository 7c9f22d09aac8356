"""Rates from signals: which one explains a window, how it is followed, what the gate adds up."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vitals.rppg.breathing import Breathing
from vitals.rppg.model import Model, Term, frozen
from vitals.rppg.quality import Quality
from vitals.rppg.spectrum import RATES_BPM, scores
from vitals.rppg.track import track

Floats = NDArray[np.float64]
RATE_HZ = 15.0


def wave(rate_bpm: float, harmonic: float, noise: float, seconds: float = 30.0) -> Floats:
    phase = 2 * np.pi * rate_bpm / 60 * np.arange(0, seconds, 1 / RATE_HZ)
    clean = np.sin(phase) + harmonic * np.sin(2 * phase + 0.7)
    return np.asarray(clean + np.random.default_rng(4).normal(0, noise, len(phase)))


@pytest.mark.parametrize("rate_bpm", [44, 60, 75, 90, 120, 150, 176])
@pytest.mark.parametrize("harmonic", [0.0, 0.6])
def test_neither_half_nor_double_explains_a_pulse_as_well(rate_bpm: int, harmonic: float) -> None:
    found = scores(wave(rate_bpm, harmonic, 0.5)[np.newaxis], RATE_HZ)
    mean = found.log_likelihood[0].mean(axis=0)

    assert RATES_BPM[mean.argmax()] == pytest.approx(rate_bpm, abs=2)


def test_noise_explains_nothing() -> None:
    chance = np.random.default_rng(8)
    found = scores(chance.normal(size=(40, 450)), RATE_HZ)

    # One of some 30 independent frequencies holds a thirtieth of the power.
    assert found.share.mean() == pytest.approx(1 / 20, abs=0.03)


def test_silence_explains_nothing() -> None:
    assert scores(np.zeros((1, 450)), RATE_HZ).share.max() == 0


def test_a_flat_likelihood_leaves_every_rate_open() -> None:
    found = track(np.zeros((1, 20, len(RATES_BPM))))

    assert found.rate_bpm[0] == pytest.approx(110, abs=1)  # the middle of 40 to 180
    # A uniform distribution over a width of 140 has a deviation of 140 / sqrt(12).
    assert found.spread_bpm[0] == pytest.approx(140 / np.sqrt(12), rel=0.05)


def test_one_window_that_strays_does_not_lead_the_path_away() -> None:
    likelihood = np.zeros((1, 20, len(RATES_BPM)))
    likelihood[0, :, RATES_BPM == 70] = 30.0
    likelihood[0, 9] = 0.0
    likelihood[0, 9, RATES_BPM == 140] = 30.0

    assert track(likelihood).path_bpm[0] == pytest.approx(np.full(20, 70.0), abs=3)


def test_the_path_follows_a_rate_that_rises() -> None:
    likelihood = np.zeros((1, 30, len(RATES_BPM)))
    rising = np.arange(80, 110)
    for window, rate in enumerate(rising):
        likelihood[0, window, rate == RATES_BPM] = 40.0

    assert track(likelihood).path_bpm[0] == pytest.approx(rising.astype(np.float64), abs=1)


def test_the_probability_is_that_of_the_logistic_model() -> None:
    model = Model(
        offset=-1.0,
        terms=(
            Term(name="snr_db", knots=(0.0, 2.0, 4.0), gains=(1.0, 3.0)),
            Term(name="lag", knots=(0.0, 1.0), gains=(2.0,), falls=True),
        ),
        threshold=0.9,
    )

    # -1 + 1 + 3/2 + 2 x 3/4 = 3, and 1 / (1 + e^-3) = 0.952574 (tables of the logistic function).
    assert model.probability({"snr_db": 3.0, "lag": 0.25}) == pytest.approx(0.952574, abs=1e-6)
    # What is unknown counts as its worst: -1 + 0 + 0, 1 / (1 + e) = 0.268941.
    nothing = {"snr_db": float("nan"), "lag": float("inf")}
    assert model.probability(nothing) == pytest.approx(0.268941, abs=1e-6)


@pytest.mark.parametrize(("name", "kind"), [("pulse", Quality), ("breathing", Breathing)])
@given(data=st.data())
def test_a_better_picture_never_lowers_the_confidence(
    name: str, kind: type[Quality | Breathing], data: st.DataObject
) -> None:
    model = frozen(name)
    numbers = {field.name: data.draw(st.floats(-50, 50)) for field in fields(kind)}
    term = data.draw(st.sampled_from(model.terms))
    step = data.draw(st.floats(0, 50)) * (-1 if term.falls else 1)
    better = {**numbers, term.name: numbers[term.name] + step}

    assert model.probability(better) >= model.probability(numbers)


@pytest.mark.parametrize("name", ["pulse", "breathing"])
def test_no_number_is_given_on_less_than_even_odds(name: str) -> None:
    assert frozen(name).threshold >= 0.5
    assert all(gain >= 0 for term in frozen(name).terms for gain in term.gains)
