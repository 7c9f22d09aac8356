"""The pulse out of skin colour: POS, CHROM, and a matched filter over all regions at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from vitals.rppg import filters
from vitals.rppg.trace import Floats

# Relative strength of the blood-volume pulse in red, green and blue of a camera under white light:
# de Haan and van Leest, Physiol. Meas. 35(9):1913, 2014.
SIGNATURE = np.array([0.33, 0.77, 0.53])
_STEER = -SIGNATURE / SIGNATURE[1]  # blood takes light away
_POS_PLANE = np.array([[0.0, 1.0, -1.0], [-2.0, 1.0, 1.0]])
_CHROM_PLANE = np.array([[3.0, -2.0, 0.0], [1.5, 1.0, -1.5]])
_SHORT_S = 1.6  # both papers: longer than the slowest beat, shorter than a change of light
_PRETENDED = 0.3
LOW_HZ = 0.5
HIGH_HZ = 6.5


def band(columns: Floats, rate_hz: float) -> Floats:
    """Keep what a pulse and its harmonics can be, 0.5 to 6.5 Hz, forwards and backwards.

    Parameters
    ----------
    columns : (n, ...) float64
        Signals along the first axis. At least 16 samples.
    """
    high = min(HIGH_HZ, 0.45 * rate_hz)
    pad = min(len(columns) - 1, int(2 * rate_hz))
    return filters.bandpass(columns, (LOW_HZ, high), rate_hz, axis=0, pad=pad)


def pos(rgb: Floats, rate_hz: float) -> Floats:
    """Extract the pulse by the plane orthogonal to skin (POS), overlapping and adding.

    Parameters
    ----------
    rgb : (n, 3) float64, camera units, all above 0
    rate_hz : float

    Returns
    -------
    (n,) float64, without unit

    Notes
    -----
    Doubling the light doubles every channel and leaves the result alone.
    Wang et al., IEEE Trans. Biomed. Eng. 64(7):1479, 2017, algorithm 1.
    """
    return _overlap_add(rgb, rate_hz, _POS_PLANE, 1.0)


def chrom(rgb: Floats, rate_hz: float) -> Floats:
    """Extract the pulse from colour differences (CHROM); parameters and result as in `pos`.

    De Haan and Jeanne, IEEE Trans. Biomed. Eng. 60(10):2878, 2013, equations 8 to 13.
    """
    return _overlap_add(rgb, rate_hz, _CHROM_PLANE, -1.0)


def _overlap_add(rgb: Floats, rate_hz: float, plane: Floats, sign: float) -> Floats:
    """Project windows of 1.6 s on two axes, tune the second to the first, and add them up."""
    length = max(4, min(round(_SHORT_S * rate_hz), len(rgb)))
    starts = _starts(len(rgb), length, max(1, length // 12))
    windows = rgb[starts[:, np.newaxis] + np.arange(length)]  # (w, length, 3)
    normal = windows / windows.mean(axis=1, keepdims=True) - 1.0
    first, second = normal @ plane[0], normal @ plane[1]
    spread = second.std(axis=1)
    tuned = np.divide(first.std(axis=1), spread, out=np.zeros_like(spread), where=spread > 0)
    pulse = first + sign * tuned[:, np.newaxis] * second
    return _added((pulse - pulse.mean(axis=1, keepdims=True)), starts, len(rgb))


def _starts(samples: int, length: int, hop: int) -> NDArray[np.intp]:
    """Return where windows start so that together they reach both ends."""
    return np.unique(np.append(np.arange(0, samples - length, hop), samples - length))


def _added(parts: Floats, starts: NDArray[np.intp], samples: int) -> Floats:
    """Blend overlapping parts (w, length) into one signal (samples,), each strongest inside."""
    length = parts.shape[1]
    taper = np.hanning(length + 2)[1:-1]
    where = (starts[:, np.newaxis] + np.arange(length)).ravel()
    total = np.bincount(where, (parts * taper).ravel(), samples)
    return np.asarray(total / np.bincount(where, np.tile(taper, len(parts)), samples))


def matched(skin: Floats, rate_hz: float, *, window_s: float = 8.0) -> Floats:
    """Extract what moves like blood and unlike anything else.

    A minimum-variance filter, made anew for every few seconds: of all weighted sums of red, green
    and blue that pass a pulse of the known colour unchanged, the one with the least power. Where
    the picture is still it is nearly all green; where the head moves or the light changes it turns
    orthogonal to what they do to the colours.

    Parameters
    ----------
    skin : (n, 3) float64
        Logarithm of one region's red, green, blue, through `band`.
    rate_hz : float

    Returns
    -------
    (n,) float64
        Share of green that blood takes away, so 0.01 is one per cent, and up is more blood.

    Notes
    -----
    Capon, Proc. IEEE 57(8):1408, 1969, with diagonal loading (Carlson, IEEE Trans. Aerosp.
    Electron. Syst. 24(4):397, 1988), steered by the blood-volume signature. One region at a time:
    regions differ in amplitude, and a filter over all of them would null the difference.
    """
    length = min(round(window_s * rate_hz), len(skin))
    starts = _starts(len(skin), length, max(1, length // 4))
    parts = skin[starts[:, np.newaxis] + np.arange(length)]  # (w, length, 3)
    weights = _weights(parts)
    return _added(np.einsum("wlk,wk->wl", parts, weights), starts, len(skin))


def _weights(windows: Floats) -> Floats:
    """Return (w, 3): the least-power weights of each window that pass the signature unchanged."""
    local = np.swapaxes(windows, 1, 2) @ windows / windows.shape[1]
    power = np.trace(local, axis1=1, axis2=2)[:, np.newaxis, np.newaxis]
    usual = local.mean(axis=0) * (power / max(float(power.mean()), 1e-30))
    shrunk = 0.8 * local + 0.2 * usual
    # Blood of another person's colour must not be taken for a disturbance, so some noise is
    # pretended: a share of what is left when light common to all colours has gone.
    tint = power[:, 0, 0] - local.sum(axis=(1, 2)) / 3
    shrunk += (_PRETENDED * tint + 1e-12)[:, np.newaxis, np.newaxis] * np.eye(3)
    weights = np.linalg.solve(shrunk, _STEER[:, np.newaxis])[..., 0]
    return np.asarray(weights / (weights @ _STEER)[:, np.newaxis])


def joined(pulses: Floats, rate_hz: float) -> Floats:
    """Join the pulses (r, n) of several regions, each by how quiet it is at the time.

    Returns
    -------
    (n,) float64
        Their mean, weighted by the inverse of their power over some 6 s: the best there is for one
        signal in independent noise (Brennan, Proc. IRE 47(6):1075, 1959).
    """
    power = uniform_filter1d(np.square(pulses), max(1, int(6 * rate_hz)), axis=1, mode="nearest")
    power += 0.1 * power.mean(axis=1, keepdims=True) + 1e-30
    return np.asarray((pulses / power).sum(axis=0) / (1.0 / power).sum(axis=0))


def without(columns: Floats, known: Floats) -> Floats:
    """Take out of every column (n, k) what a weighted sum of the known ones (n, m) explains."""
    scale = known.std(axis=0)
    known = known[:, scale > 0] / scale[scale > 0]
    # A ridge, so that the noise of what is known does not enter by the back door.
    gram = known.T @ known + 0.02 * len(known) * np.eye(known.shape[1])
    return np.asarray(columns - known @ np.linalg.solve(gram, known.T @ columns))
