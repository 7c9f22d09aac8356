"""Amplitude and phase of every signal at the rate that was found, to see if it is blood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitals.rppg.extract import SIGNATURE
from vitals.rppg.pulses import FIXED, JOINT, Pulses
from vitals.rppg.spectrum import windows

Complex = NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lines:
    """Complex amplitudes at the joint rate, one row a window of 8 s.

    joint, second : (w,)     the joint pulse at its rate, and at twice its rate
    regions : (w, r)         the pulse of each region
    skin : (w, r, 3)         the cleaned colours of each region
    raw, background : (w,)   green of the face before cleaning, and of the background or None
    """

    joint: Complex
    second: Complex
    regions: Complex
    skin: Complex
    raw: Complex
    background: Complex | None

    def signature(self) -> tuple[float, float]:
        """Return the cosine of this pulse's colour with that of blood, and its part out of step.

        Motion and light move all colours alike, or along the colour of the lamp; only blood
        absorbs green most. De Haan and van Leest, Physiol. Meas. 35(9):1913, 2014.
        """
        answer = _onto(self.skin.mean(axis=1), self.joint)
        size = float(np.linalg.norm(answer)) + 1e-12
        blood = -SIGNATURE / np.linalg.norm(SIGNATURE)
        return float(answer.real @ blood) / size, float(np.linalg.norm(answer.imag)) / size

    def strangeness(self) -> float:
        """Return log10 of how much the colours move beside this pulse, in units of the pulse.

        The matched filter lets blood pass as it is. Light or motion that leaks through it is
        far greater in the colours it came from.
        """
        blood = -SIGNATURE / SIGNATURE[1]
        rest = _onto(self.skin.mean(axis=1), self.joint) - blood
        return float(np.log10(np.linalg.norm(rest) / np.linalg.norm(blood) + 1e-2))

    def coherence(self) -> float:
        """Return how far the regions beat in step, averaged over pairs; 0 with a single region."""
        count = self.regions.shape[1]
        if count == 1:
            return 0.0
        cross = (self.regions.conj().T @ self.regions).real
        scale = np.sqrt(np.diag(cross)) + 1e-12
        return float((np.sum(cross / np.outer(scale, scale)) - count) / (count * (count - 1)))

    def harmonic(self) -> float:
        """Return the amplitude of the second harmonic over that of the fundamental, at most 2."""
        first = float(np.linalg.norm(self.joint)) + 1e-12
        return min(2.0, float(np.linalg.norm(self.second)) / first)

    def with_background(self) -> float:
        """Return the coherence of face and background at the joint rate; 0 without a background."""
        if self.background is None:
            return 0.0
        cross = abs(np.vdot(self.background, self.raw))
        return float(cross / (np.linalg.norm(self.background) * np.linalg.norm(self.raw) + 1e-12))


def lines(found: Pulses) -> Lines:
    """Measure every signal at the joint rate of each window."""
    columns = np.concatenate([found.signals, found.skin.T, found.raw[np.newaxis]])
    starts, length = windows(columns.shape[1], found.rate_hz)
    time = np.arange(length) / found.rate_hz
    turn = np.exp(-2j * np.pi * (found.path_bpm[:, np.newaxis] / 60) * time) * np.hanning(length)
    cut = columns[:, starts[:, np.newaxis] + np.arange(length)]  # (k, w, length)
    at_rate = np.einsum("kwl,wl->wk", cut, turn)
    second = np.einsum("wl,wl->w", cut[JOINT], turn * turn / (np.hanning(length) + 1e-9))
    rows, regions = len(found.signals), found.regions
    background = (
        at_rate[:, found.names.index("background")] if "background" in found.names else None
    )
    return Lines(
        joint=at_rate[:, JOINT],
        second=second,
        regions=at_rate[:, FIXED : FIXED + regions],
        skin=at_rate[:, rows:-1].reshape(len(starts), regions, 3),
        raw=at_rate[:, -1],
        background=background,
    )


def _onto(columns: Complex, reference: Complex) -> Complex:
    """Return (k,): how columns (w, k) answer to the reference (w,), amplitude and phase."""
    power = float(np.square(np.abs(reference)).sum()) + 1e-30
    return np.asarray(reference.conj() @ columns / power)
