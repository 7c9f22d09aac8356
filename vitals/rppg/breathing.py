"""The respiratory rate, from what breathing does to the shoulders, the head and the pulse."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from vitals.rppg import filters
from vitals.rppg.trace import Floats
from vitals.rppg.uniform import Uniform

LOWEST_BPM = 6.0
HIGHEST_BPM = 30.0
LEAST_S = 29.0  # three breaths at the slowest rate; half a minute less the odd frame
RATES_BPM = np.arange(LOWEST_BPM, HIGHEST_BPM + 0.01, 0.25)
_NEAR_BPM = 2.0
_APART_BPM = 3.0  # the width of a line over 30 s
_RATE_HZ = 4.0
_BAND_HZ = (0.08, 0.75)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breathing:
    """A respiratory rate and what speaks for it, for the gate to weigh.

    share               of the slow movements' power that this rate explains, in the best signal
    second              the same for the best rate that is not near it
    agreement           posterior of the other signals within 2 per minute, the best of them
    shoulders           share that it explains of the shoulders' movement, 0 if nobody saw them
    spread_bpm          what the posterior leaves open
    heart               log evidence of a pulse in the same trace: a doll that is rocked has none
    """

    rate_bpm: float
    share: float
    second: float
    agreement: float
    shoulders: float
    spread_bpm: float
    heart: float

    def named(self) -> dict[str, float]:
        """Return every number by its name."""
        return asdict(self)


def breathing(even: Uniform, wave: Floats, path_bpm: Floats, *, heart: float) -> Breathing | None:
    """Find the rate that shoulders, head and pulse move by together.

    Parameters
    ----------
    even : Uniform
    wave : (n,) float64
        The joint pulse, on the even clock.
    path_bpm : (w,) float64
        Pulse rate in windows spread evenly over the trace.
    heart : float
        The gate's evidence of a pulse.

    Returns
    -------
    Breathing or None
        None for less than 29 s: at 6 per minute that is not three breaths.

    Notes
    -----
    The pulse is modulated in baseline, amplitude and frequency: Charlton et al., Physiol. Meas.
    37(4):610, 2016. Each signal's likelihood is that of a sinusoid in noise of unknown strength
    (Bretthorst 1988, chapter 3), and independent signals' add up.
    """
    seconds = float(even.at_s[-1] - even.at_s[0])
    if seconds < LEAST_S:
        return None
    signals, shoulders = _signals(even, wave, path_bpm)
    share = _share(*_slow(signals, even.rate_hz))
    each = -(_BAND_HZ[1] - _BAND_HZ[0]) * seconds * np.log1p(-share)
    # Signals of one body share their disturbances, so the sum is taken for less than it says.
    total = 0.6 * each.sum(axis=0)
    posterior = _normal(total)
    best = int(posterior.argmax())
    near = np.abs(RATES_BPM - RATES_BPM[best]) <= 1.0
    rate = float((posterior * RATES_BPM)[near].sum() / posterior[near].sum())
    apart = np.abs(RATES_BPM - rate) > _APART_BPM
    close = np.abs(RATES_BPM - rate) <= _NEAR_BPM
    agreeing = np.sort([float(_normal(one)[close].sum()) for one in each])
    mean = float(posterior @ RATES_BPM)
    return Breathing(
        rate_bpm=rate,
        share=float(share[:, best].max()),
        second=float(total[best] - total[apart].max()),
        agreement=float(agreeing[-2:].mean()),
        shoulders=float(share[0, best]) if shoulders else 0.0,
        spread_bpm=float(np.sqrt(max(0.0, posterior @ np.square(RATES_BPM) - mean**2))),
        heart=heart,
    )


def _signals(even: Uniform, wave: Floats, path_bpm: Floats) -> tuple[Floats, bool]:
    """Return (k, n) movements that follow breathing, the shoulders' first if they were seen."""
    rows = []
    if even.shoulders is not None:
        rows.append(even.shoulders)
    if even.box is not None:
        rows.append(even.box[:, 1])
    logs = np.log(np.concatenate(list(even.colour.values()), axis=1)).mean(axis=1)
    centre = float(path_bpm.mean()) / 60
    edges = (max(0.5, 0.65 * centre), min(1.5 * centre, 0.45 * even.rate_hz))
    turning = filters.hilbert(filters.bandpass(wave, edges, even.rate_hz))
    size = np.abs(turning)
    speed = np.gradient(np.unwrap(np.angle(turning)))
    # Where the pulse fades its phase is noise: hold the rate to what a heart can do.
    usual = float(np.median(speed))
    rows += [logs, size, np.clip(speed, 0.6 * usual, 1.4 * usual)]
    return np.stack(rows), even.shoulders is not None


def _slow(rows: Floats, rate_hz: float) -> tuple[Floats, float]:
    """Return the rows at about 4 Hz and that rate, without what is slower or faster than breath."""
    step = max(1, round(rate_hz / _RATE_HZ))
    kept = rows[:, : rows.shape[1] // step * step]
    few = kept.reshape(len(rows), -1, step).mean(axis=2)
    few = filters.bandpass(filters.detrended(few), _BAND_HZ, rate_hz / step)
    # A cough or a nod must not outweigh ten breaths.
    limit = 2.5 * np.median(np.abs(few), axis=1, keepdims=True) + 1e-12
    return np.clip(few, -limit, limit), rate_hz / step


def _share(rows: Floats, rate_hz: float) -> Floats:
    """Return (k, r): the share of each row's power that a sinusoid of each rate explains."""
    samples = rows.shape[1]
    turn = np.exp(-2j * np.pi * np.outer(np.arange(samples) / rate_hz, RATES_BPM / 60))
    explained = 2.0 / samples * np.square(np.abs(rows @ turn))
    total = np.square(rows).sum(axis=1, keepdims=True) + 1e-30
    return np.asarray(np.clip(explained / total, 0.0, 0.95))


def _normal(log_likelihood: Floats) -> Floats:
    weights = np.exp(log_likelihood - log_likelihood.max())
    return np.asarray(weights / weights.sum())
