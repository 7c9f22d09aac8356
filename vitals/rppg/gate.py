"""Whether a number may be given: hard refusals first, then the reasons for a doubtful one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from vitals.rppg.quality import Quality
from vitals.rppg.result import Refusal
from vitals.rppg.trace import Floats, Trace
from vitals.rppg.uniform import MIN_RATE_HZ, Uniform

LEAST_S = 8.0  # one window of the spectrum
_TALKING = 2.0  # the mouth's change over that of the skin, from which it moves by itself
_STRANGE = 0.1  # log10: colours that move a quarter more beside the pulse than with it
_LEAST_CHANGE = 1e-6  # of the logarithm of a colour
_NOISE = 0.2  # change in camera units, below which a ratio says nothing


def seen_wrong(trace: Trace, even: Uniform | None) -> tuple[Refusal, ...]:
    """Return what the picture itself rules out, whatever the pulse looks like.

    Columns that nobody measured rule out nothing.
    """
    found = [refusal for refusal, share, limit in _PICTURE if share(trace) > limit]
    if even is None or even.at_s[-1] - even.at_s[0] < LEAST_S:
        return (*found, Refusal.TOO_SHORT)
    found += [refusal for refusal, fault, limit in _CLOCKED if fault(even) > limit]
    return tuple(dict.fromkeys(found))


def is_light(quality: Quality) -> bool:
    """Tell whether what beats is light or movement that leaks into the pulse, and not blood.

    On simulated clips this stops nearly every lamp and screen that beats as clearly as a heart, and
    costs the pulses that strong compression has bent out of blood's colour.
    """
    return quality.strangeness > _STRANGE


def doubts(quality: Quality) -> tuple[Refusal, ...]:
    """Return why a pulse that was found is not believed, the most helpful reason first."""
    seen = quality.named()
    found = [
        refusal
        for refusal, limits in _DOUBTS
        if all(low <= seen[name] <= high for name, (low, high) in limits.items())
    ]
    return tuple(dict.fromkeys(found)) or (Refusal.TOO_WEAK,)


def _mean(column: Floats | None) -> float:
    if column is None or not (known := column[np.isfinite(column)]).size:
        return 0.0
    return float(known.mean())


def _faces(trace: Trace, least: float, most: float) -> float:
    """Return how often so many faces were seen, of the times that somebody looked."""
    if trace.faces is None or not (looked := trace.faces[np.isfinite(trace.faces)]).size:
        return 0.0
    return float(((looked >= least) & (looked <= most)).mean())


def _repeated(trace: Trace) -> float:
    """Return the share of frames that bring nothing new: the camera sent the last one again."""
    return 0.0 if trace.skin_change is None else _mean((trace.skin_change == 0).astype(np.float64))


def _talking(trace: Trace) -> float:
    """Return the share of the time in which the mouth moves much more than the skin around it."""
    if trace.skin_change is None or trace.mouth_change is None:
        return 0.0
    ratio = trace.mouth_change / np.maximum(trace.skin_change, _NOISE)
    return _mean((ratio[np.isfinite(ratio)] > _TALKING).astype(np.float64))


def _restless(even: Uniform) -> float:
    """Return how far the face moves in a fifth of a second, in its own widths, at its 90 %."""
    if even.box is None:
        return 0.0
    step = max(1, round(even.rate_hz / 5))
    place = even.box[:, :2] / max(float(np.median(even.box[:, 2])), 1.0)
    return float(np.quantile(np.linalg.norm(place[step:] - place[:-step], axis=1), 0.9))


def _frozen(even: Uniform) -> float:
    """Return whether the skin's colour never changes, but for the rounding of numbers.

    A pulse moves it by a thousandth, a camera's noise by no less than a hundred-thousandth. Below
    that there is only what arithmetic leaves, which may look like anything.
    """
    least = min((float(np.log(one).std(axis=0).max()) for one in even.colour.values()), default=1.0)
    return float(least < _LEAST_CHANGE)


# A fault of the picture, how much of the time it is there, and how much of that is too much.
_PICTURE: tuple[tuple[Refusal, Callable[[Trace], float], float], ...] = (
    (Refusal.NO_FACE, lambda trace: _faces(trace, 0, 0.5), 0.3),
    (Refusal.TWO_FACES, lambda trace: _faces(trace, 1.5, np.inf), 0.3),
    (Refusal.TOO_DARK, lambda trace: _mean(trace.dark), 0.5),
    (Refusal.TOO_BRIGHT, lambda trace: _mean(trace.saturated), 0.25),
    (Refusal.TALKING, _talking, 0.3),
    (Refusal.FRAMES_MISSING, _repeated, 0.3),
)
_CLOCKED: tuple[tuple[Refusal, Callable[[Uniform], float], float], ...] = (
    (Refusal.TOO_DARK, lambda even: float(even.seen and not even.colour), 0.5),
    (Refusal.NO_FACE, lambda even: float(not even.seen), 0.5),
    (Refusal.NO_PULSE, _frozen, 0.5),
    (Refusal.FRAMES_MISSING, lambda even: -even.rate_hz, -MIN_RATE_HZ),
    (Refusal.FRAMES_MISSING, lambda even: even.lost, 0.25),
    (Refusal.MOVING, _restless, 0.05),
)
_ANY = np.inf
# Between which limits the numbers of a doubtful pulse point to a reason. What a patient can mend
# stands before what only says that the signal is poor.
_DOUBTS: tuple[tuple[Refusal, Mapping[str, tuple[float, float]]], ...] = (
    (
        Refusal.BACKGROUND_PULSES,
        {"background_coherence": (0.8, _ANY), "background_share": (0.3, _ANY)},
    ),
    (Refusal.MOVING, {"motion": (-1.7, _ANY)}),
    (Refusal.FLICKER, {"flicker": (0.5, _ANY)}),
    (Refusal.FLICKER, {"strangeness": (_STRANGE, _ANY), "evidence": (1.0, _ANY)}),
    (Refusal.NO_PULSE, {"evidence": (-_ANY, 1.0), "region_agreement": (-_ANY, 0.5)}),
    (Refusal.REGIONS_DISAGREE, {"evidence": (1.0, _ANY), "region_agreement": (-_ANY, 0.6)}),
    (Refusal.METHODS_DISAGREE, {"evidence": (1.0, _ANY), "method_agreement": (-_ANY, 0.6)}),
)
