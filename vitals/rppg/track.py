"""The pulse rate as it moves through a trace, and how sure it is: a hidden Markov model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vitals.rppg.spectrum import HOP_S, RATES_BPM
from vitals.rppg.trace import Floats

_WALK_BPM = 1.5  # how far a resting rate wanders in one hop of 1 s
_JUMP = 1e-4
_TEMPER = 0.3  # windows of 8 s every second repeat themselves


def _steps() -> Floats:
    apart = RATES_BPM[:, np.newaxis] - RATES_BPM
    near = np.exp(-0.5 * np.square(apart / (_WALK_BPM * np.sqrt(HOP_S))))
    near /= near.sum(axis=1, keepdims=True)
    return np.asarray((1 - _JUMP) * near + _JUMP / len(RATES_BPM))


_STEP = _steps()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """Posterior over rates: `each` (s, w, r) at each window, `whole` (s, r) averaged over them."""

    each: Floats
    evidence: Floats

    @property
    def path_bpm(self) -> Floats:
        """Return (s, w): the mean rate of each window."""
        return np.asarray(self.each @ RATES_BPM)

    @property
    def rate_bpm(self) -> Floats:
        """Return (s,): the mean rate over the trace."""
        return np.asarray(self.path_bpm.mean(axis=1))

    @property
    def spread_bpm(self) -> Floats:
        """Return (s,): the standard deviation that each window leaves open, averaged."""
        variance = self.each @ np.square(RATES_BPM) - np.square(self.path_bpm)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)).mean(axis=1))


def track(log_likelihood: Floats) -> Track:
    """Follow the rate forwards and backwards through the windows.

    Parameters
    ----------
    log_likelihood : (s, w, r) float64
        From `spectrum.scores`; each of s signals is followed on its own.

    Notes
    -----
    Rabiner, Proc. IEEE 77(2):257, 1989, section III. A flat likelihood gives every rate alike.
    """
    hot = _TEMPER * log_likelihood
    top = hot.max(axis=2, keepdims=True)
    seen = np.exp(hot - top)
    forward, backward = np.empty_like(seen), np.ones_like(seen)
    now = np.full_like(seen[:, 0], 1 / seen.shape[2])
    evidence = top[:, :, 0].sum(axis=1)
    for window in range(seen.shape[1]):
        now = (now @ _STEP if window else now) * seen[:, window]
        norm = now.sum(axis=1, keepdims=True)
        evidence += np.log(norm[:, 0])
        now = forward[:, window] = now / norm
    for window in range(seen.shape[1] - 2, -1, -1):
        after = (backward[:, window + 1] * seen[:, window + 1]) @ _STEP.T
        backward[:, window] = after / after.max(axis=1, keepdims=True)
    each = forward * backward
    each /= each.sum(axis=2, keepdims=True)
    return Track(each=each, evidence=evidence / seen.shape[1])
