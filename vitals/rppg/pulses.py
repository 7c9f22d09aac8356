"""One even trace turned into every pulse signal the gate compares, and the rate behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from vitals.rppg import filters
from vitals.rppg.extract import band, chrom, joined, matched, pos, without
from vitals.rppg.spectrum import RATES_BPM, Scores, scores
from vitals.rppg.trace import Floats
from vitals.rppg.track import Track, track
from vitals.rppg.uniform import Uniform

_ENOUGH_HZ = 13.0  # twice the band of the signals: more only costs time
_AGREE_BPM = 3.0
JOINT, POS, CHROM = 0, 1, 2  # rows that are always there; then one per region
FIXED = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pulses:
    """Signals (s, m), one a row, and what their spectra say.

    Rows: the joint pulse of all regions, POS and CHROM of their mean colour, the pulse of each
    region, then, if they were measured, green of the background and the position of the face.

    Parameters
    ----------
    wave : (n,) float64, share of green
        The joint pulse at the rate of the even trace.
    rate_hz : float
        Of everything else, which is thinned out to what its band needs.
    names : tuple of s str
    signals : (s, m) float64
    skin : (m, 3r) float64
        Log colour of the regions, red, green, blue of each, through the band and cleaned of what
        background and motion explain.
    raw : (m,) float64
        Log green of all regions before that.
    """

    wave: Floats
    rate_hz: float
    names: tuple[str, ...]
    signals: Floats
    skin: Floats
    raw: Floats
    scores: Scores
    track: Track

    @property
    def regions(self) -> int:
        """Return how many regions there are."""
        return int(self.skin.shape[1]) // 3

    @property
    def path_bpm(self) -> Floats:
        """Return (w,): the rate of the joint pulse in each window."""
        return np.asarray(self.track.path_bpm[JOINT])

    @property
    def rate_bpm(self) -> float:
        """Return the mean rate of the joint pulse, from the turns of its phase along the path.

        The path knows each window to a beat or so; phase counts beats, from the first frame to
        the last. Where the two do not agree, noise has turned the phase, and the path stands.
        """
        path = self.path_bpm
        middle = float(path.mean())
        turned = _drift_bpm(self.signals[JOINT], self.rate_hz, self.scores.at_s, path)
        count = np.arange(self.signals.shape[1]) / self.rate_hz
        whole = float(np.interp(count, self.scores.at_s, path).mean())
        return whole + turned if abs(whole + turned - middle) < _AGREE_BPM else middle

    def near(self, row: int, apart_bpm: float = 5.0) -> float:
        """Return how much of a row's posterior lies near the joint rate, averaged over windows."""
        close = np.abs(RATES_BPM - self.path_bpm[:, np.newaxis]) <= apart_bpm
        return float((self.track.each[row] * close).sum(axis=1).mean())


def pulses(even: Uniform) -> Pulses:
    """Extract and follow every signal of a trace that has at least one region."""
    rate = even.rate_hz
    colour = list(even.colour.values())
    logs = np.log(np.concatenate(colour, axis=1))
    columns = [logs, *_disturbances(even)]
    filtered = band(np.concatenate(columns, axis=1), rate)
    skin, known = filtered[:, : logs.shape[1]], filtered[:, logs.shape[1] :]
    if even.background is not None:
        # A rolling shutter sees the flicker of the mains at another phase in every row.
        late = np.imag(filters.hilbert(known[:, 1]))[:, np.newaxis]
        known = np.concatenate([late, known], axis=1)
    clean = without(skin, known) if known.shape[1] else skin
    regions = np.stack([matched(clean[:, i : i + 3], rate) for i in range(0, logs.shape[1], 3)])
    mean = np.exp(sum(np.log(rgb) for rgb in colour) / len(colour))
    methods = band(np.stack([pos(mean, rate), chrom(mean, rate)], axis=1), rate).T
    named = {"joint": joined(regions, rate), "pos": methods[0], "chrom": methods[1]}
    named |= dict(zip(even.colour, regions, strict=True))
    if even.background is not None:
        named["background"] = known[:, 2]
    if even.box is not None:
        named["motion"] = _largest(known[:, -3:])
    thin = max(1, int(rate / _ENOUGH_HZ))
    names = tuple(named)
    signals = np.stack(list(named.values()))[:, ::thin]
    found = scores(signals, rate / thin)
    return Pulses(
        wave=named["joint"],
        rate_hz=rate / thin,
        names=names,
        signals=signals,
        skin=clean[::thin],
        raw=skin[::thin, 1::3].mean(axis=1),
        scores=found,
        track=track(found.log_likelihood * _unlit(found.share, names)),
    )


def _disturbances(even: Uniform) -> list[Floats]:
    """Return the columns that have no pulse: the background's colour, the face's place and size."""
    columns = []
    if even.background is not None:
        columns.append(np.log(np.maximum(even.background, 0.5)))
    if even.box is not None:
        columns.append(even.box[:, :3] / max(float(np.median(even.box[:, 2])), 1.0))
    return columns


def _unlit(share: Floats, names: tuple[str, ...]) -> Floats:
    """Return (s, 1, r) from 0 to 1: which rates a signal may have that the light does not have.

    A lamp's rate, and twice it, which codecs make of a strong one, are no evidence of a pulse.
    """
    free = np.ones((len(names), 1, share.shape[2]))
    if "background" in names:
        row = names.index("background")
        lamp = share[row].mean(axis=0)
        twice = np.interp(RATES_BPM / 2, RATES_BPM, lamp, left=0.0)
        free[:row] = 1.0 - np.clip((np.maximum(lamp, twice) - 0.2) / 0.4, 0.0, 1.0)
    return free


def _largest(columns: Floats) -> Floats:
    """Return the direction (n,) in which columns (n, k) vary most."""
    _, vectors = np.linalg.eigh(columns.T @ columns)
    return np.asarray(columns @ vectors[:, -1])


def _drift_bpm(signal: Floats, rate_hz: float, at_s: Floats, path_bpm: Floats) -> float:
    """Return by how much a signal's phase outruns the path through it, on average."""
    time = np.arange(len(signal)) / rate_hz
    turns = np.cumsum(np.interp(time, at_s, path_bpm)) / 60 / rate_hz
    slow = uniform_filter1d(signal * np.exp(-2j * np.pi * turns), max(1, round(2 * rate_hz)))
    slow = uniform_filter1d(slow, max(1, round(2 * rate_hz)))
    angle = np.unwrap(np.angle(slow))
    strong = np.abs(slow)
    centred = time - np.average(time, weights=strong + 1e-30)
    slope = (strong * centred) @ angle / (strong @ np.square(centred) + 1e-30)
    return float(60 * slope / (2 * np.pi))
