"""What tells a true pulse from a false one, as numbers: the gate's evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from vitals.rppg.lines import lines
from vitals.rppg.pulses import CHROM, FIXED, JOINT, POS, Pulses
from vitals.rppg.spectrum import RATES_BPM
from vitals.rppg.trace import Floats
from vitals.rppg.uniform import Uniform

_OFFSETS = np.arange(-100.0, 101.0)
_SAME_BPM = 3.0
_HARMONIC_BPM = 8.0
_APART_BPM = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What was measured of the joint pulse at the rate that was found.

    snr_db                pulse and harmonic against the rest of the band, mean over windows
    evidence              log evidence of a pulse against noise alone, a window
    spread_bpm            what the posterior leaves open
    peak_ratio            log likelihood of this rate beyond the best other one, a window
    octave                the same beyond half and double this rate
    region_agreement      posterior of the regions near the joint rate, 0 to 1
    region_coherence      how far the regions beat in step, -1 to 1
    method_agreement      posterior of POS and CHROM near the joint rate, 0 to 1
    signature             cosine between the colour of this pulse and that of blood
    lag                   share of the pulse that is out of step between colours
    strangeness           log10 of what moves the colours beside a pulse of this size, in pulses
    amplitude             log10 of the pulse's share of green, root mean square
    harmonic              second harmonic over the fundamental
    steadiness_bpm        how much the rate wanders from window to window
    background_share      of the background's power at the joint rate
    background_coherence  between face and background at the joint rate, 0 to 1
    flicker               share of the background's power at its own best rate
    motion_share          of the motion's power at the joint rate
    motion                log10 of face widths that the face moves, root mean square in the band
    regions, seconds, rate_bpm, lost, jitter
    """

    snr_db: float
    evidence: float
    spread_bpm: float
    peak_ratio: float
    octave: float
    region_agreement: float
    region_coherence: float
    method_agreement: float
    signature: float
    lag: float
    strangeness: float
    amplitude: float
    harmonic: float
    steadiness_bpm: float
    background_share: float
    background_coherence: float
    flicker: float
    motion_share: float
    motion: float
    regions: float
    seconds: float
    rate_bpm: float
    lost: float
    jitter: float

    def named(self) -> dict[str, float]:
        """Return every number by its name."""
        return asdict(self)


def quality(even: Uniform, found: Pulses) -> Quality:
    """Measure what the gate weighs. Every number is finite whatever the trace holds."""
    at_rate = lines(found)
    colour, lag = at_rate.signature()
    share = _at_path(found, JOINT)
    rows = dict(zip(found.names, range(len(found.names)), strict=True))
    regions = range(FIXED, FIXED + found.regions)
    return Quality(
        snr_db=float(10 * np.log10(share.mean() / (1 - share.mean()) + 1e-3)),
        evidence=float(found.track.evidence[JOINT]),
        spread_bpm=float(found.track.spread_bpm[JOINT]),
        peak_ratio=_margin(found, _not_near),
        octave=_margin(found, _half_or_double),
        region_agreement=float(np.mean([found.near(row) for row in regions])),
        region_coherence=at_rate.coherence(),
        method_agreement=(found.near(POS) + found.near(CHROM)) / 2,
        signature=colour,
        lag=lag,
        strangeness=at_rate.strangeness(),
        amplitude=float(np.log10(found.signals[JOINT].std() + 1e-6)),
        harmonic=at_rate.harmonic(),
        steadiness_bpm=float(np.abs(np.diff(found.path_bpm)).mean()) if len(share) > 1 else 0.0,
        background_share=_share(found, rows.get("background")),
        background_coherence=at_rate.with_background(),
        flicker=_flicker(found, rows.get("background")),
        motion_share=_share(found, rows.get("motion")),
        motion=_motion(even),
        regions=float(found.regions),
        seconds=float(even.at_s[-1] - even.at_s[0]),
        rate_bpm=found.rate_bpm,
        lost=even.lost,
        jitter=min(even.jitter, 10.0),
    )


def _at_path(found: Pulses, row: int) -> Floats:
    """Return (w,): the share of a row's power that the joint rate explains in each window."""
    column = np.clip(np.rint(found.path_bpm - RATES_BPM[0]).astype(np.intp), 0, len(RATES_BPM) - 1)
    return np.asarray(found.scores.share[row, np.arange(len(column)), column])


def _share(found: Pulses, row: int | None) -> float:
    return 0.0 if row is None else float(_at_path(found, row).mean())


def _flicker(found: Pulses, row: int | None) -> float:
    """Return how much of the background's power is one line, wherever it is."""
    return 0.0 if row is None else float(found.scores.share[row].max(axis=1).mean())


def _margin(found: Pulses, others: Callable[[float], NDArray[np.bool_]]) -> float:
    """Compare the joint rate with the best of others, in log likelihood a window.

    The windows are shifted onto each other along the path, so that a wandering rate stays sharp.
    """
    mean = np.zeros(len(_OFFSETS))
    for window, centre in enumerate(found.path_bpm):
        curve = found.scores.log_likelihood[JOINT, window]
        mean += np.interp(centre + _OFFSETS, RATES_BPM, curve, left=0.0, right=0.0)
    mean /= len(found.path_bpm)
    rival = mean[others(float(found.path_bpm.mean()))].max(initial=0.0)
    return float(mean[np.abs(_OFFSETS) <= _SAME_BPM].max() - rival)


def _half_or_double(rate_bpm: float) -> NDArray[np.bool_]:
    there = rate_bpm + _OFFSETS
    return np.asarray(
        (np.abs(there - 0.5 * rate_bpm) <= _HARMONIC_BPM)
        | (np.abs(there - 2.0 * rate_bpm) <= _HARMONIC_BPM)
    )


def _not_near(rate_bpm: float) -> NDArray[np.bool_]:
    return np.asarray((np.abs(_OFFSETS) > _APART_BPM) & ~_half_or_double(rate_bpm))


def _motion(even: Uniform) -> float:
    """Return log10 of the face widths that the face moves about its slow path; -3 if unknown."""
    if even.box is None:
        return -3.0
    place = even.box[:, :2] / max(float(np.median(even.box[:, 2])), 1.0)
    step = max(1, round(even.rate_hz / 5))
    return float(np.log10(np.square(place[step:] - place[:-step]).sum(axis=1).mean() ** 0.5 + 1e-3))
