"""The fit of the gate: probabilities that mean what they say, a threshold that keeps its word."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tests.bench.additive import fit, predict, reliability, threshold
from tests.bench.reliability import svg, wilson


def test_a_fitted_probability_is_the_share_that_was_right() -> None:
    chance = np.random.default_rng(11)
    snr, noise = chance.uniform(-3, 3, 20_000), chance.uniform(-3, 3, 20_000)
    # Right with the logistic function of twice the first number, whatever the second.
    right = chance.uniform(size=20_000) < 1 / (1 + np.exp(-2 * snr))
    model = fit({"snr": snr, "noise": noise}, right, {"snr": 1, "noise": 1})
    at = np.array([-1.5, 0.0, 1.0])

    found = predict(model, {"snr": at, "noise": np.zeros(3)})
    np.testing.assert_allclose(found, [0.0474, 0.5, 0.8808], atol=0.04)


def test_what_can_only_rise_is_not_let_fall() -> None:
    chance = np.random.default_rng(12)
    number = chance.uniform(0, 1, 2000)
    model = fit({"x": number}, chance.uniform(size=2000) > number, {"x": 1})

    assert model.terms[0].gains == pytest.approx([0] * len(model.terms[0].gains), abs=1e-3)


def test_the_threshold_leaves_the_share_of_wrong_answers_that_was_asked_for() -> None:
    probability = np.array([0.99, 0.98, 0.97, 0.96, 0.95, 0.9, 0.8, 0.7])
    right = np.array([True, True, True, True, False, True, True, False])

    assert threshold(probability, right, 0.0) == 0.96
    assert threshold(probability, right, 0.2) == 0.8  # one of seven; with the last, two of eight
    assert threshold(probability, np.zeros(8, dtype=bool), 0.2) == 1.0


def test_bins_hold_what_was_predicted_and_what_came() -> None:
    probability = np.array([0.1, 0.2, 0.9, 0.9])
    right = np.array([False, True, True, True])

    bins = reliability(probability, right, [0.5])

    np.testing.assert_allclose(bins, [(0.15, 0.5, 2), (0.9, 1.0, 2)])


def test_the_interval_is_wilsons() -> None:
    # 9 of 10: 0.596 to 0.982 (Brown, Cai and DasGupta, Statistical Science 16(2):101, 2001).
    np.testing.assert_allclose(wilson(0.9, 10), (0.596, 0.982), atol=1e-3)


def test_the_diagram_is_a_picture_with_a_circle_for_each_bin() -> None:
    drawn = ET.fromstring(svg([(0.1, 0.2, 5), (0.9, 0.95, 50)], 0.97, "two bins"))  # noqa: S314 - ours

    assert len(drawn.findall("{http://www.w3.org/2000/svg}circle")) == 2
