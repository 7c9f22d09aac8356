"""The few filters that are needed here, on numpy alone.

`scipy.signal` has them all, and loading it takes 50 MB and seconds on a hub: more than a whole call
has to spare. These give its results to the last digits; `tests/test_rppg_filters.py` compares them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vitals.rppg.trace import Floats

_PAD = 15  # samples by which a filter of this order is led in, unless more is asked for
_FADED = 1e-17
_LONGEST = 1 << 17
_BETA = 5.0  # of the Kaiser window: 50 dB of what a finer raster would mirror
_HALF = 10  # zero crossings of the interpolating sinc, to either side


def bandpass(
    signals: Floats,
    edges_hz: tuple[float, float],
    rate_hz: float,
    *,
    axis: int = -1,
    pad: int = _PAD,
) -> Floats:
    """Filter forwards and backwards by a Butterworth bandpass of second order: no phase is moved.

    Parameters
    ----------
    signals : (..., n, ...) float64
        Along `axis`; longer than `pad`.
    edges_hz : tuple of float
        Half of the power passes here, each way; below half of `rate_hz`.
    pad : int
        Samples that are mirrored at each end, turned about the last value.

    Notes
    -----
    Poles and zeros: Oppenheim and Schafer, Discrete-Time Signal Processing, bilinear transform of
    the analogue prototype. A filter that passes no constant starts as if the first value had been
    there for ever (Gustafsson, IEEE Trans. Signal Process. 44(4):988, 1996) once that is taken off.
    """
    rows = np.moveaxis(signals, axis, -1)
    first, last = rows[..., :1], rows[..., -1:]
    led = np.concatenate(
        [2 * first - rows[..., pad:0:-1], rows, 2 * last - rows[..., -2 : -pad - 2 : -1]], axis=-1
    )
    for _ in range(2):
        led = _filtered(led - led[..., :1], edges_hz, rate_hz)[..., ::-1]
    return np.moveaxis(led[..., pad : led.shape[-1] - pad], -1, axis)


def _filtered(rows: Floats, edges_hz: tuple[float, float], rate_hz: float) -> Floats:
    """Filter once, from rest, by the frequencies' own factors: as exact as the recursion."""
    low, high = (4 * np.tan(np.pi * edge / rate_hz) for edge in edges_hz)
    half = (high - low) / 2 * np.exp(0.75j * np.pi * np.array([1, -1]))
    swing = np.sqrt(half**2 - low * high)
    analogue = np.concatenate([half + swing, half - swing])
    poles = (4 + analogue) / (4 - analogue)
    gain = 16 * (high - low) ** 2 / np.prod(4 - analogue).real
    fade = np.log(_FADED) / np.log(np.abs(poles).max())
    samples = rows.shape[-1]
    length = 1 << int(np.ceil(np.log2(samples + min(fade, _LONGEST))))
    z = np.exp(2j * np.pi * np.arange(length // 2 + 1) / length)
    below = (z[:, np.newaxis] - poles).prod(axis=1)
    response = gain * (z**2 - 1) ** 2 / below
    return np.asarray(np.fft.irfft(np.fft.rfft(rows, length) * response, length)[..., :samples])


def hilbert(wave: Floats) -> NDArray[np.complex128]:
    """Return the analytic signal of a wave (n,): its size and its phase at each moment.

    Gabor, J. IEE 93(26):429, 1946: the negative frequencies are left out.
    """
    samples = len(wave)
    factors = np.zeros(samples)
    factors[0] = 1
    factors[1 : (samples + 1) // 2] = 2
    if samples % 2 == 0:
        factors[samples // 2] = 1
    return np.asarray(np.fft.ifft(np.fft.fft(wave) * factors))


def detrended(rows: Floats) -> Floats:
    """Take the straight line of least squares out of each row (k, n)."""
    time = np.arange(rows.shape[1]) - (rows.shape[1] - 1) / 2
    level = rows - rows.mean(axis=1, keepdims=True)
    slopes = level @ time / np.square(time).sum()
    return np.asarray(level - slopes[:, np.newaxis] * time)


def finer(wave: Floats, times: int) -> Floats:
    """Return a wave (n,) at so many times the rate, (n * times,), by a sinc in Kaiser's window."""
    reach = _HALF * times
    sinc = np.sinc(np.arange(-reach, reach + 1) / times) * np.kaiser(2 * reach + 1, _BETA)
    sinc *= times / sinc.sum()
    spread = np.zeros(len(wave) * times)
    spread[::times] = wave
    return np.convolve(spread, sinc)[reach : reach + len(spread)]


def running_median(values: Floats, size: int) -> Floats:
    """Return the median of each value (n,) and its neighbours, `size` altogether, an odd number.

    Beyond the ends there are zeros.
    """
    padded = np.pad(values, size // 2)
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, size), axis=1))


def peaks(wave: Floats, apart: float) -> NDArray[np.intp]:
    """Return where a wave (n,) has its peaks of at least 0, the higher of two that are too near.

    `apart` is the least distance in samples. A plateau counts once, in its middle.
    """
    found = [at for at in _tops(wave) if wave[at] >= 0]
    least, gone = int(np.ceil(apart)), set[int]()
    for rank in np.argsort(wave[found])[::-1]:
        if int(rank) in gone:
            continue
        for step in (-1, 1):
            other = int(rank) + step
            while 0 <= other < len(found) and abs(found[other] - found[int(rank)]) < least:
                gone.add(other)
                other += step
    return np.array([at for rank, at in enumerate(found) if rank not in gone], np.intp)


def _tops(wave: Floats) -> list[int]:
    """Return the middle of every stretch that is higher than what is on both its sides."""
    if len(wave) == 0:
        return []
    starts = np.concatenate([[0], np.flatnonzero(np.diff(wave)) + 1])
    ends = np.concatenate([starts[1:], [len(wave)]]) - 1
    level = wave[starts]
    inside = (level[1:-1] > level[:-2]) & (level[1:-1] > level[2:])
    return [int(one) for one in (starts[1:-1] + ends[1:-1])[inside] // 2]
