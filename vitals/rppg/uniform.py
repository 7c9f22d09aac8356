"""From frames as they came to columns on an even clock: the only form the estimator computes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vitals.rppg.trace import Floats, Trace

MAX_RATE_HZ = 30.0  # a pulse of 180 per minute and its third harmonic need 18
MIN_RATE_HZ = 8.0  # below, the second harmonic of a fast pulse folds back
MAX_GAP_S = 2.0  # nothing can be said about two beats nobody saw
MAX_SECONDS = 120.0
_IMPOSSIBLE = 1e7  # seconds since a start, pixels, camera units
_BLACK = 4.0  # median green in camera units, where 8 bits leave nothing to see
_LEAST_COLOUR = 0.5  # so that a black frame among others has a logarithm
_SEEN = 0.7  # a region hidden for longer is no help


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uniform:
    """A trace on an even clock. `colour` keeps only regions that were seen nearly all the time.

    Parameters
    ----------
    at_s : (n,) float64, seconds
        Even steps of `1 / rate_hz`.
    colour : mapping of name to (n, 3) float64, camera units
        Red, green, blue of each region, all above 0. Regions that are black are left out.
    seen : bool
        Whether any region was seen nearly all the time, black or not.
    background, box, shoulders
        As in `Trace`, without NaN; None where they were not measured or hardly seen.
    lost : share 0 to 1
        Time between frames that are further apart than twice the usual.
    jitter : float
        Standard deviation of the time between frames over its median.
    """

    rate_hz: float
    at_s: Floats
    colour: Mapping[str, Floats]
    seen: bool
    background: Floats | None
    box: Floats | None
    shoulders: Floats | None
    lost: float
    jitter: float


def in_order(trace: Trace) -> Trace:
    """Return the frames by time, each millisecond once, from the last gap of over 2 s on.

    Frames without a finite time go: nobody knows when they were. At most the last 120 s stay.
    """
    trace = _believable(trace)
    known = np.flatnonzero(np.isfinite(trace.at_s))
    _, first = np.unique(np.round(trace.at_s[known], 3), return_index=True)
    trace = trace.rows(known[first])
    gaps = np.flatnonzero(np.diff(trace.at_s) > MAX_GAP_S)
    if len(gaps):
        trace = trace.rows(np.arange(gaps[-1] + 1, len(trace)))
    return trace.last(MAX_SECONDS)


def _believable(trace: Trace) -> Trace:
    """Return the trace with NaN for every number no camera gives, which would drown the rest."""
    return trace.mapped(lambda column: np.where(np.abs(column) < _IMPOSSIBLE, column, np.nan))


def uniform(trace: Trace) -> Uniform | None:
    """Put a trace that is in order on an even clock by linear interpolation between its frames.

    Returns
    -------
    Uniform or None
        None with fewer than 16 frames. The clock runs at the usual frame rate, at most 30 Hz.

    Notes
    -----
    A constant stays constant. Frames that come faster than the clock are averaged first, so that
    nothing above half its rate folds back.
    """
    steps = np.diff(trace.at_s)
    if len(steps) < 15 or (usual := float(np.median(steps))) <= 0:  # noqa: PLR2004 - see Returns
        return None
    rate = min(1.0 / usual, MAX_RATE_HZ)
    at = np.arange(trace.at_s[0], trace.at_s[-1], 1.0 / rate)
    # Averaging an odd number keeps every sample at its own time.
    width = 2 * int(1.0 / usual / rate / 2) + 1

    def even(columns: Floats | None) -> Floats | None:
        return None if columns is None else _even(trace.at_s, columns, at, width)

    colour = {name: even(rgb) for name, rgb in trace.regions.items()}
    return Uniform(
        rate_hz=rate,
        at_s=at,
        colour={
            name: np.maximum(rgb, _LEAST_COLOUR)
            for name, rgb in colour.items()
            if rgb is not None and float(np.median(rgb[:, 1])) > _BLACK
        },
        seen=any(rgb is not None for rgb in colour.values()),
        background=even(trace.background),
        box=even(trace.box),
        shoulders=even(trace.shoulders),
        lost=float(steps[steps > 2 * usual].sum() / steps.sum()),
        jitter=float(steps.std() / usual),
    )


def _even(at_s: Floats, columns: Floats, to_s: Floats, width: int) -> Floats | None:
    flat = columns.reshape(len(columns), -1)
    seen = np.isfinite(flat).all(axis=1)
    if seen.mean() < _SEEN:
        return None
    if width > 1:
        window = np.ones(width) / width
        padded = np.pad(flat[seen], ((width // 2, width // 2), (0, 0)), mode="edge")
        smooth = [np.convolve(column, window, mode="valid") for column in padded.T]
    else:
        smooth = list(flat[seen].T)
    known = at_s[seen]
    even = np.stack([np.interp(to_s, known, column) for column in smooth], axis=1)
    return even.reshape(len(to_s), *columns.shape[1:])
