"""One probability out of many numbers: an additive model that can only move the sensible way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from vitals.rppg.trace import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What one number adds: a curve through `gains` at `knots`, level beyond both ends.

    The gains rise, or fall where `falls`, and nothing else: a better picture can never lower the
    probability. `knots` has one number more than `gains`, which are the rises between knots.
    """

    name: str
    knots: tuple[float, ...]
    gains: tuple[float, ...]
    falls: bool = False

    def ramps(self, values: Floats) -> Floats:
        """Return (n, k): how far each value (n,) has climbed each of the k rises, 0 to 1."""
        low, high = np.array(self.knots[:-1]), np.array(self.knots[1:])
        climbed = np.clip((values[:, np.newaxis] - low) / (high - low), 0.0, 1.0)
        return np.asarray(1.0 - climbed if self.falls else climbed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A probability, and the least of it at which a number is given.

    Generalised additive logistic model (Hastie and Tibshirani, Statistical Science 1(3):297, 1986)
    with monotone piecewise linear terms.
    """

    offset: float
    terms: tuple[Term, ...]
    threshold: float

    def probability(self, numbers: Mapping[str, float]) -> float:
        """Return the probability, 0 to 1; a number that is not finite counts as its worst."""
        total = self.offset
        for term in self.terms:
            value = numbers[term.name]
            worst = term.knots[-1] if term.falls else term.knots[0]
            known = np.array([value if np.isfinite(value) else worst])
            total += float(term.ramps(known)[0] @ np.array(term.gains))
        return float(1.0 / (1.0 + np.exp(-np.clip(total, -50.0, 50.0))))


@cache
def frozen(name: str) -> Model:
    """Return the model that was fitted for "pulse", "patch" or "breathing", as gate.json holds it.

    `python -m tests.bench.vitals_fit` fits both again and writes the file.
    """
    text = resources.files("vitals.rppg").joinpath("gate.json").read_text(encoding="utf-8")
    one = json.loads(text)[name]
    return Model(
        offset=one["offset"],
        threshold=one["threshold"],
        terms=tuple(
            Term(
                name=term["name"],
                knots=tuple(term["knots"]),
                gains=tuple(term["gains"]),
                falls=term["falls"],
            )
            for term in one["terms"]
        ),
    )
