"""Noise within a band that is known at every moment: what nobody does on purpose."""

from __future__ import annotations

import numpy as np

from tests.simulator.skin import Floats

_TONES = 24


class Wander:
    """A random curve of root mean square 1, made of 24 tones: smooth, and without end.

    Parameters
    ----------
    random : numpy's generator
        Two calls with one generator give two curves.
    low_hz, high_hz : float
        The tones lie between, evenly on a logarithmic scale.
    """

    def __init__(self, random: np.random.Generator, *, low_hz: float, high_hz: float) -> None:
        self._hz = low_hz * (high_hz / low_hz) ** random.uniform(size=_TONES)
        self._turns = random.uniform(size=_TONES)

    def __call__(self, at_s: Floats) -> Floats:
        turns = np.multiply.outer(np.asarray(at_s, dtype=np.float64), self._hz) + self._turns
        return np.asarray(np.sin(2 * np.pi * turns).sum(axis=-1) * np.sqrt(2.0 / _TONES))
