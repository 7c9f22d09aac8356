"""What became of a sweep of clips, in the figures that camera estimators are compared by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.simulator.case import Case

WRONG_BPM = 5.0
WRONG_BREATHS = 2.0
_AMPLITUDES = (0.0, 0.002, 0.003, 0.005, 0.011)
_PROBABILITIES = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The first rate that would have been shown, when, and what was true of the time until then."""

    after_s: float
    bpm: float | None
    true_bpm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One clip, what is true of it, and what an estimator said.

    Parameters
    ----------
    true_bpm, true_breaths : float or None
        None where nobody's pulse can be asked for: walls, likenesses, two people.
    bpm, breaths : float or None
        The answers; None is a refusal.
    guess_bpm : float or None
        What the estimator would have said without its gate.
    confidence : float
        Its probability that `guess_bpm` is wrong by less than 5.
    first : First or None
        None where none was shown, or nobody watched.
    """

    case: Case
    true_bpm: float | None
    true_breaths: float | None
    bpm: float | None
    breaths: float | None
    guess_bpm: float | None
    confidence: float
    reasons: tuple[str, ...] = field(default=())
    first: First | None = None

    @property
    def error_bpm(self) -> float:
        """Return how wrong the answer is; infinite where there is nothing to be right about."""
        return _apart(self.bpm, self.true_bpm)

    @property
    def wrong(self) -> bool:
        """Tell whether an answer was given and should not have been."""
        return self.bpm is not None and self.error_bpm > WRONG_BPM


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return every figure of a sweep as plain values, rounded."""
    people = [one for one in outcomes if not one.case.negative]
    easy = [one for one in people if one.case.easy]
    return {
        "clips": len(outcomes),
        "people": rates(people),
        "still_well_lit": {
            **rates(easy),
            "tone": _by(easy, lambda one: one.case.person.tone),
            "amplitude_from_0.5_%": rates(
                [one for one in easy if one.case.person.amplitude >= 0.005]
            ),
        },
        "whole_sweep": rates(outcomes),
        "tone": _by(people, lambda one: one.case.person.tone),
        "tone_gap": _gap(people, easy),
        "motion": _by(people, lambda one: one.case.motion.name),
        "light": _by(people, lambda one: one.case.light.name),
        "compression": _by(people, lambda one: one.case.camera.compression),
        "amplitude": _by(people, _amplitude),
        "negatives": _negatives(outcomes),
        "breathing": _breathing(people),
        "first": {
            "still_well_lit": _first(easy),
            "people": _first(people),
            "all": _first(outcomes),
        },
        "reliability": reliability(outcomes),
        "reasons": _reasons(people),
        "wrong_ones": [_named(one) for one in outcomes if one.wrong],
    }


def rates(outcomes: Iterable[Outcome]) -> dict[str, float | int | None]:
    """Return coverage, and the errors of what was answered, per minute.

    The errors are those of answers about one living person; an answer about anything else counts
    as wrong, and has no error.
    """
    every = list(outcomes)
    given = [one for one in every if one.bpm is not None]
    errors = np.array([one.error_bpm for one in given if np.isfinite(one.error_bpm)])
    wrong = sum(one.wrong for one in given)
    return {
        "clips": len(every),
        "answered": len(given),
        "coverage": _round(len(given) / len(every)) if every else None,
        "mae": _round(errors.mean()) if len(errors) else None,
        "rmse": _round(np.sqrt(np.mean(errors**2))) if len(errors) else None,
        "p95": _round(np.quantile(errors, 0.95)) if len(errors) else None,
        "worst": _round(errors.max()) if len(errors) else None,
        "wrong": wrong,
        "wrong_share": _round(wrong / len(given)) if given else None,
    }


def reliability(outcomes: Iterable[Outcome]) -> list[dict[str, float | int]]:
    """Return, for each range of predicted probability, how often the guess was right."""
    some = [one for one in outcomes if one.guess_bpm is not None and one.confidence > 0]
    said = np.array([one.confidence for one in some])
    right = np.array([_apart(one.guess_bpm, one.true_bpm) < WRONG_BPM for one in some])
    bins = np.clip(np.digitize(said, _PROBABILITIES) - 1, 0, len(_PROBABILITIES) - 2)
    return [
        {
            "predicted": _round(said[bins == place].mean()),
            "right": _round(right[bins == place].mean()),
            "clips": int((bins == place).sum()),
        }
        for place in range(len(_PROBABILITIES) - 1)
        if (bins == place).any()
    ]


def _by(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, Any]:
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(key(one), []).append(one)
    return {name: rates(groups[name]) for name in sorted(groups)}


def _gap(people: Sequence[Outcome], easy: Sequence[Outcome]) -> dict[str, float | None]:
    """Return how many points more of the lightest than of the darkest are answered."""
    return {"all": _points(people), "still_well_lit": _points(easy)}


def _points(outcomes: Sequence[Outcome]) -> float | None:
    tones = _by(outcomes, lambda one: one.case.person.tone)
    if "I" not in tones or "VI" not in tones:
        return None
    return _round(100 * (tones["I"]["coverage"] - tones["VI"]["coverage"]))


def _negatives(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return how many of each kind were answered, and how many of these answers were wrong."""
    some = [one for one in outcomes if one.case.negative]
    lifeless = [one for one in some if not one.case.subject.alive]
    kinds = _by(some, lambda one: one.case.kind)
    return {
        "clips": len(some),
        "answered": sum(one.bpm is not None for one in some),
        "wrong": sum(one.wrong for one in some),
        "without_a_pulse": len(lifeless),
        "without_a_pulse_answered": sum(one.bpm is not None for one in lifeless),
        "without_a_pulse_breathing_answered": sum(one.breaths is not None for one in lifeless),
        "kinds": {
            name: {key: found[key] for key in ("clips", "answered", "wrong")}
            for name, found in kinds.items()
        },
    }


def _breathing(people: Sequence[Outcome]) -> dict[str, Any]:
    given = [one for one in people if one.breaths is not None]
    errors = np.array([_apart(one.breaths, one.true_breaths) for one in given])
    return {
        "clips": len(people),
        "coverage": _round(len(given) / len(people)) if people else None,
        "mae": _round(errors.mean()) if len(errors) else None,
        "p95": _round(np.quantile(errors, 0.95)) if len(errors) else None,
        "worst": _round(errors.max()) if len(errors) else None,
        "wrong": int((errors > WRONG_BREATHS).sum()),
    }


def _first(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """Return how soon the first rates are shown, and how many of them are wrong."""
    shown = [one.first for one in outcomes if one.first is not None]
    after = np.array([first.after_s for first in shown])
    return {
        "shown": len(shown),
        "median_s": _round(np.median(after)) if len(after) else None,
        "p95_s": _round(np.quantile(after, 0.95)) if len(after) else None,
        "wrong": sum(_apart(first.bpm, first.true_bpm) > WRONG_BPM for first in shown),
    }


def _reasons(people: Iterable[Outcome]) -> Mapping[str, int]:
    """Return how often each reason came first where a readable person was refused."""
    first = [one.reasons[0] for one in people if one.bpm is None and one.reasons]
    return {reason: first.count(reason) for reason in sorted(set(first))}


def _named(one: Outcome) -> dict[str, Any]:
    case = one.case
    return {
        "number": case.number,
        "kind": case.kind,
        "tone": case.person.tone,
        "motion": case.motion.name,
        "light": case.light.name,
        "compression": case.camera.compression,
        "amplitude": _round(case.person.amplitude),
        "true_bpm": None if one.true_bpm is None else _round(one.true_bpm),
        "bpm": None if one.bpm is None else _round(one.bpm),
        "confidence": _round(one.confidence),
    }


def _amplitude(one: Outcome) -> str:
    edges = [f"{100 * edge:.1f}" for edge in _AMPLITUDES]
    place = int(np.digitize(one.case.person.amplitude, _AMPLITUDES)) - 1
    return f"{edges[place]} to {edges[place + 1]} %"


def _apart(said: float | None, true: float | None) -> float:
    return float("inf") if said is None or true is None else abs(said - true)


def _round(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)
