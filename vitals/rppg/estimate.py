"""The estimator: one trace in, one result out, and nothing given that the gate did not let by."""

from __future__ import annotations

import numpy as np

from vitals.rppg.breathing import breathing
from vitals.rppg.gate import doubts, is_light, seen_wrong
from vitals.rppg.model import frozen
from vitals.rppg.pulses import JOINT, Pulses, pulses
from vitals.rppg.quality import Quality, quality
from vitals.rppg.result import Insight, Refusal, Result
from vitals.rppg.spectrum import RATES_BPM
from vitals.rppg.trace import Trace
from vitals.rppg.uniform import MIN_RATE_HZ, Uniform, in_order, uniform
from vitals.rppg.variability import variability

# Probability of the pulse below which nothing is said of breathing: a doll that is rocked, or a
# television, has shoulders that rise and fall.
_ALIVE = 0.5


def estimate(trace: Trace) -> Result:
    """Estimate pulse rate, respiratory rate and variability of one person, or say why not.

    Parameters
    ----------
    trace : Trace
        From 8 s on; 30 s for breathing, 60 s for variability. Of more than 120 s, the last.

    Returns
    -------
    Result
        Whatever the trace holds: this never raises.

    Notes
    -----
    The order of frames does not matter, nor when the clock started, nor how bright the light is.
    """
    trace = in_order(trace)
    even = uniform(trace)
    wrong = seen_wrong(trace, even)
    seconds = float(trace.at_s[-1] - trace.at_s[0]) if len(trace) else 0.0
    blind = even is None or not even.colour or even.rate_hz < MIN_RATE_HZ
    if even is None or blind or Refusal.TOO_SHORT in wrong:
        return Result(reasons=wrong, seconds_used=seconds)
    found = pulses(even)
    evidence = quality(even, found)
    model = frozen(model_of(even))
    stopped = bool(wrong) or is_light(evidence)
    confidence = 0.0 if stopped else model.probability(evidence.named())
    given = confidence >= model.threshold
    alive = confidence >= _ALIVE
    rate, breath_confidence = _breathing(even, found, evidence) if alive else (None, 0.0)
    return Result(
        pulse_rate_bpm=evidence.rate_bpm if given else None,
        respiratory_rate_bpm=rate,
        hrv=variability(found.wave, even.rate_hz, found.path_bpm) if given else None,
        confidence=confidence,
        respiratory_confidence=breath_confidence,
        reasons=wrong or (() if given else doubts(evidence)),
        quality=evidence.named(),
        seconds_used=seconds,
        insight=_insight(even, found),
    )


def model_of(even: Uniform) -> str:
    """Return which model judges a trace: one region and nothing behind it is judged harder."""
    return "patch" if even.background is None or len(even.colour) == 1 else "pulse"


def _breathing(even: Uniform, found: Pulses, seen: Quality) -> tuple[float | None, float]:
    """Return the respiratory rate, if its own gate lets it by, and its confidence."""
    breath = breathing(even, found.wave, found.path_bpm, heart=seen.evidence)
    if breath is None:
        return None, 0.0
    model = frozen("breathing")
    confidence = model.probability(breath.named())
    return (breath.rate_bpm if confidence >= model.threshold else None), confidence


def _insight(even: Uniform, found: Pulses) -> Insight:
    return Insight(
        at_s=even.at_s,
        pulse=found.wave,
        rates_bpm=RATES_BPM,
        likelihood=np.asarray(found.track.each[JOINT].mean(axis=0)),
    )
