"""Heart-rate variability: when each pulse came, finer than the frames, and how that varies."""

from __future__ import annotations

import numpy as np

from vitals.rppg import filters
from vitals.rppg.result import Hrv
from vitals.rppg.trace import Floats

LEAST_S = 59.0  # a minute, less the odd frame
_FINE = 8
_LEAST_BEATS = 40
_NOISE_MS = 20.0  # most that noise may add to RMSSD, root mean square
_NORMAL = 0.9  # share of beats that must follow the last one as usual
_BAND_HZ = 6.5  # of the joint pulse: its noise in neighbouring frames is not independent


def variability(wave: Floats, rate_hz: float, path_bpm: Floats) -> Hrv | None:
    """Measure SDNN and RMSSD of the joint pulse, or None unless nearly every beat is clear.

    Parameters
    ----------
    wave : (n,) float64
        The joint pulse, more blood upwards; the gate has let its rate through.
    rate_hz : float
    path_bpm : (w,) float64
        Pulse rate in windows spread evenly over the wave.

    Returns
    -------
    Hrv or None
        None for less than 59 s, fewer than 40 beats, more than one in ten out of place, or where
        the noise alone would make an RMSSD of 20 ms.

    Notes
    -----
    A beat is first where its wave rises steepest, which moves less with its shape than the peak
    (Peralta et al., Physiol. Meas. 40(2):025007, 2019), then where the mean beat fits it best.
    What does not fit is noise, and how far that moves a beat is the bound of Cramer and Rao (Kay,
    Fundamentals of Statistical Signal Processing I, 1993, section 3.11). An RMSSD of evenly
    spaced beats that noise moves by s is s times the root of 6.
    """
    if len(wave) / rate_hz < LEAST_S:
        return None
    beats = _beats(wave, rate_hz, path_bpm)
    if len(beats) < _LEAST_BEATS:
        return None
    beats, moved_s = _fitted(wave, rate_hz, beats)
    gaps = np.diff(beats)
    usual = filters.running_median(gaps, 7)
    normal = np.abs(gaps - usual) < 0.3 * usual  # the rest are missed or doubled beats
    if 1e3 * moved_s * np.sqrt(6) > _NOISE_MS or normal.mean() < _NORMAL:
        return None
    kept = gaps[normal]
    steps = np.diff(gaps)[normal[1:] & normal[:-1]]
    return Hrv(
        sdnn_ms=float(1e3 * kept.std(ddof=1)),
        rmssd_ms=float(1e3 * np.sqrt(np.square(steps).mean())),
        beats=len(beats),
    )


def _beats(wave: Floats, rate_hz: float, path_bpm: Floats) -> Floats:
    """Return when each beat rises steepest, in seconds from the first sample."""
    high = min(2.6 * float(path_bpm.max()) / 60, 0.45 * rate_hz)
    low = 0.5 * float(path_bpm.min()) / 60
    fine = filters.finer(filters.bandpass(wave, (low, high), rate_hz), _FINE)
    rise = np.gradient(fine)
    apart = 0.6 * 60 / float(path_bpm.max()) * rate_hz * _FINE
    peaks = filters.peaks(rise, max(1.0, apart))
    edge = rate_hz * _FINE  # a second, in which the filter has not seen the beat's both sides
    peaks = peaks[(peaks > edge) & (peaks < len(rise) - edge)]
    before, at, after = rise[peaks - 1], rise[peaks], rise[peaks + 1]
    shift = 0.5 * (before - after) / (before - 2 * at + after - 1e-30)
    return np.asarray((peaks + shift) / (rate_hz * _FINE))


def _fitted(wave: Floats, rate_hz: float, beats: Floats) -> tuple[Floats, float]:
    """Move each beat to where the mean beat, of any height and base, fits it best.

    Returns
    -------
    (k,) float64, seconds, and how far noise moves a beat, root mean square.
    """
    at = np.arange(len(wave)) / rate_hz
    fine = filters.finer(wave, _FINE)
    fine_at = np.arange(len(fine)) / (rate_hz * _FINE)
    period = float(np.median(np.diff(beats)))
    offsets = np.arange(-0.35 * period, 0.45 * period, 1 / rate_hz)
    inside = (beats + offsets[0] >= 0) & (beats + offsets[-1] <= at[-1])
    beats = beats[inside]
    rest = bend = np.zeros((0, 0))
    for _ in range(3):
        each = np.interp(beats[:, np.newaxis] + offsets, fine_at, fine)
        mean = each.mean(axis=0)
        bend = np.gradient(mean, offsets)
        shapes = np.stack([mean, bend, np.ones_like(mean)], axis=1)
        weights, *_ = np.linalg.lstsq(shapes, each.T, rcond=None)
        rest = each.T - shapes @ weights
        # A beat that comes later by d is the mean beat less d times its slope.
        late = -weights[1] / np.maximum(weights[0], 0.2)
        beats = beats + np.clip(late, -0.1 * period, 0.1 * period)
    together = max(1.0, rate_hz / (2 * _BAND_HZ))
    return beats, float(np.sqrt(together * rest.var() / (np.square(bend).sum() + 1e-30)))
