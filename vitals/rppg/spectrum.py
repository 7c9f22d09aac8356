"""How well each pulse rate explains each few seconds of a signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import percentile_filter

from vitals.rppg.trace import Floats

LOWEST_BPM = 40
HIGHEST_BPM = 180
RATES_BPM = np.arange(LOWEST_BPM, HIGHEST_BPM + 1, dtype=np.float64)
WINDOW_S = 8.0
HOP_S = 1.0
_BAND_HZ = (0.55, 6.2)
_STEP_HZ = 0.015
_SMOOTH_HZ = 1.6
_FLOOR = 20  # per cent: a slow, wandering pulse and its harmonics fill half of the band
_HARMONIC = 0.8  # of the power of the fundamental: what a codec leaves of it can be weak
_LEAKAGE = 0.02  # of a line's power, within the width of the floor beside it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """What each window of each signal says of each rate.

    Parameters
    ----------
    at_s : (w,) float64, seconds
        Middle of each window from the first sample.
    log_likelihood : (s, w, r) float64
        Of a pulse of `RATES_BPM[r]`, against noise alone.
    share : (s, w, r) float64, 0 to 0.95
        Of the whitened power in the band that the pulse explains.
    """

    at_s: Floats
    log_likelihood: Floats
    share: Floats


def scores(signals: Floats, rate_hz: float) -> Scores:
    """Compare, in each window of 8 s, a pulse of each rate with noise alone.

    Parameters
    ----------
    signals : (s, n) float64
        Pulse signals of any scale, one a row, without anything above 6.5 Hz.
    rate_hz : float

    Notes
    -----
    A sinusoid and its second harmonic against white noise of unknown strength: with R2 the share
    of the power in the band they explain, the log likelihood ratio is -N log(1 - R2) for N
    independent frequencies (Bretthorst, Bayesian Spectrum Analysis, 1988, chapter 3). The signal
    is whitened by its own smooth spectrum first. The harmonic counts up to 0.8 of the fundamental:
    more would let half the true rate explain everything.
    """
    starts, length = windows(signals.shape[1], rate_hz)
    cut = signals[:, starts[:, np.newaxis] + np.arange(length)]  # (s, w, length)
    bins = 2 ** int(np.ceil(np.log2(rate_hz / _STEP_HZ)))
    hertz = np.arange(bins // 2 + 1, dtype=np.float64) * (rate_hz / bins)
    keep = (hertz >= _BAND_HZ[0]) & (hertz <= min(_BAND_HZ[1], 0.45 * rate_hz))
    hertz = hertz[keep]
    power = np.square(np.abs(np.fft.rfft(cut * np.hanning(length), bins)[..., keep]))
    power /= _colour(power, hertz) + 1e-30
    total = power.sum(axis=2, keepdims=True) + 1e-30
    independent = 1.5 * rate_hz / length  # Hz one sinusoid fills under a Hann window
    first = _at(power, hertz, RATES_BPM / 60)
    second = _at(power, hertz, RATES_BPM / 30)
    across = independent / (hertz[1] - hertz[0])
    explained = across * (first + np.minimum(second, _HARMONIC * first))
    share = np.clip(explained / total, 0.0, 0.95)
    # A window with far more power than usual has more of something else than pulse.
    trust = np.minimum(1.0, np.median(total, axis=1, keepdims=True) / total)
    count = (hertz[-1] - hertz[0]) / independent
    return Scores(
        at_s=np.asarray((starts + length / 2) / rate_hz, dtype=np.float64),
        log_likelihood=-count * np.log1p(-share) * trust,
        share=share,
    )


def windows(samples: int, rate_hz: float) -> tuple[NDArray[np.intp], int]:
    """Return where windows of 8 s start, one a second, and how many samples each has."""
    length = min(round(WINDOW_S * rate_hz), samples)
    return np.arange(0, samples - length + 1, max(1, round(HOP_S * rate_hz))), length


def _colour(power: Floats, hertz: Floats) -> Floats:
    """Return (s, 1, f): the smooth spectrum of each signal, which lines do not lift."""
    group = 4
    few = power.mean(axis=1)[:, : len(hertz) // group * group]
    few = few.reshape(len(few), -1, group).mean(axis=2)
    wide = max(3, int(_SMOOTH_HZ / (hertz[1] - hertz[0]) / group))
    smooth = percentile_filter(few, _FLOOR, size=(1, wide), mode="nearest")
    whole = np.minimum(np.arange(len(hertz)) // group, few.shape[1] - 1)
    # At the ends the floor of the outermost full width: a mirror would show the same line twice.
    half = min(wide, few.shape[1]) // 2
    smooth[:, :half], smooth[:, -half - 1 :] = smooth[:, [half]], smooth[:, [-half - 1]]
    # Beside a strong line lies only its own leakage, which is no colour of noise.
    smooth = np.maximum(smooth, _LEAKAGE * few.max(axis=1, keepdims=True))
    return np.asarray(smooth[:, np.newaxis, whole])


def _at(power: Floats, hertz: Floats, wanted: Floats) -> Floats:
    """Return the power at the wanted frequencies, 0 outside the band."""
    nearest = np.clip(np.searchsorted(hertz, wanted), 0, len(hertz) - 1)
    inside = (wanted >= hertz[0]) & (wanted <= hertz[-1])
    return np.where(inside, power[..., nearest], 0.0)
