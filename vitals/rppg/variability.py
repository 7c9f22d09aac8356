"""Heart-rate variability: when each pulse came, finer than the frames, and how that varies."""

from __future__ import annotations

import numpy as np
from scipy import signal

from vitals.rppg.result import Hrv
from vitals.rppg.trace import Floats

LEAST_S = 59.0  # a minute, less the odd frame
_FINE = 8
_LEAST_BEATS = 40
_TEMPLATE = 0.7  # correlation with the mean beat from which a beat is believed
_BELIEVED = 0.9  # share of beats that must be


def variability(wave: Floats, rate_hz: float, path_bpm: Floats) -> Hrv | None:
    """Measure SDNN and RMSSD of the joint pulse, or None unless nearly every beat is clear.

    Parameters
    ----------
    wave : (n,) float64
        The joint pulse, more blood upwards; the gate has let its rate through.
    rate_hz : float
    path_bpm : (w,) float64
        Pulse rate in windows spread evenly over the wave.

    Notes
    -----
    A beat is where its wave rises steepest, which moves less with its shape than the peak
    (Peralta et al., Physiol. Meas. 40(2):025007, 2019), to a fraction of a frame by a parabola
    through the finest three samples.
    """
    if len(wave) / rate_hz < LEAST_S:
        return None
    beats = _beats(wave, rate_hz, path_bpm)
    if len(beats) < _LEAST_BEATS or _clear(wave, rate_hz, beats) < _BELIEVED:
        return None
    gaps = np.diff(beats)
    usual = signal.medfilt(gaps, 7)
    normal = np.abs(gaps - usual) < 0.3 * usual  # the rest are missed or doubled beats
    if normal.mean() < _BELIEVED:
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
    sections = signal.butter(2, (low, high), "bandpass", fs=rate_hz, output="sos")
    smooth = signal.sosfiltfilt(sections, wave)
    fine = signal.resample_poly(smooth, _FINE, 1)
    rise = np.gradient(fine)
    apart = 0.6 * 60 / float(path_bpm.max()) * rate_hz * _FINE
    peaks, _ = signal.find_peaks(rise, distance=max(1.0, apart), height=0.0)
    edge = rate_hz * _FINE  # a second, in which the filter has not seen the beat's both sides
    peaks = peaks[(peaks > edge) & (peaks < len(rise) - edge)]
    before, at, after = rise[peaks - 1], rise[peaks], rise[peaks + 1]
    shift = 0.5 * (before - after) / (before - 2 * at + after - 1e-30)
    return np.asarray((peaks + shift) / (rate_hz * _FINE))


def _clear(wave: Floats, rate_hz: float, beats: Floats) -> float:
    """Return the share of beats that look like the mean beat."""
    half = 0.45 * float(np.median(np.diff(beats)))
    offsets = np.arange(-half, half, 1.0 / rate_hz)
    inside = beats[(beats > half) & (beats < len(wave) / rate_hz - half)]
    at = np.arange(len(wave)) / rate_hz
    each = np.interp(inside[:, np.newaxis] + offsets, at, wave)
    each = each - each.mean(axis=1, keepdims=True)
    mean = each.mean(axis=0)
    size = np.linalg.norm(each, axis=1) * np.linalg.norm(mean) + 1e-30
    return float((each @ mean / size > _TEMPLATE).mean())
