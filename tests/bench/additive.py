"""Fits the gate's additive model: monotone ramps under a logistic link, and its threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from vitals.rppg.model import Model, Term

Floats = NDArray[np.float64]
_QUANTILES = (0.02, 0.15, 0.35, 0.55, 0.75, 0.95)
_RIDGE = 3e-5


def fit(
    numbers: Mapping[str, Floats], right: NDArray[np.bool_], directions: Mapping[str, int]
) -> Model:
    """Fit the probability of being right; the threshold is still 1.

    Parameters
    ----------
    numbers : mapping of name to (n,) float64
    right : (n,) bool
    directions : mapping of name to 1 (more is better) or -1 (less is better)
        Which numbers to weigh, and the only way each may move the probability.
    """
    terms = [_bare(name, numbers[name], sign < 0) for name, sign in directions.items()]
    ramps = np.concatenate([term.ramps(numbers[term.name]) for term in terms], axis=1)
    sides = np.where(right, 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = sides * (weights[0] + ramps @ weights[1:])
        slope = -sides / (1.0 + np.exp(np.clip(margin, -50, 50))) / len(sides)
        slope_of = np.concatenate([[slope.sum()], slope @ ramps + 2 * _RIDGE * weights[1:]])
        value = np.logaddexp(0.0, -margin).mean() + _RIDGE * np.square(weights[1:]).sum()
        return float(value), slope_of

    start = np.zeros(ramps.shape[1] + 1)
    bounds = [(None, None), *[(0.0, None)] * ramps.shape[1]]
    best = minimize(
        loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 2000}
    )
    weights = np.asarray(best.x, dtype=np.float64)
    return Model(offset=float(weights[0]), terms=_filled(terms, weights[1:]), threshold=1.0)


def predict(model: Model, numbers: Mapping[str, Floats]) -> Floats:
    """Return the probability (n,) of every row."""
    total = np.full(len(next(iter(numbers.values()))), model.offset)
    for term in model.terms:
        total += term.ramps(numbers[term.name]) @ np.array(term.gains)
    return np.asarray(1.0 / (1.0 + np.exp(-total)))


def threshold(probability: Floats, right: NDArray[np.bool_], wrong_share: float) -> float:
    """Return the least probability above which at most that share of answers is wrong.

    Probabilities from seeds that the model was not fitted on. At least 0.5.
    """
    order = np.argsort(-probability)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(wrong <= wrong_share)
    return max(0.5, float(probability[order[allowed[-1]]])) if allowed.size else 1.0


def reliability(
    probability: Floats, right: NDArray[np.bool_], edges: Sequence[float]
) -> list[tuple[float, float, int]]:
    """Return per bin of predicted probability its mean, the share that was right, and the count."""
    which = np.digitize(probability, edges)
    return [
        (float(probability[here].mean()), float(right[here].mean()), int(here.sum()))
        for number in range(len(edges) + 1)
        if (here := which == number).any()
    ]


def _bare(name: str, values: Floats, falls: bool) -> Term:  # noqa: FBT001 - it is Term's own field
    knots = np.unique(np.round(np.quantile(values, _QUANTILES), 4))
    if len(knots) < 2:
        knots = np.array([knots[0], knots[0] + 1.0])
    return Term(name=name, knots=tuple(knots.tolist()), gains=(), falls=falls)


def _filled(terms: Sequence[Term], weights: Floats) -> tuple[Term, ...]:
    done, start = [], 0
    for term in terms:
        count = len(term.knots) - 1
        gains = tuple(np.round(weights[start : start + count], 4).tolist())
        done.append(Term(name=term.name, knots=term.knots, gains=gains, falls=term.falls))
        start += count
    return tuple(done)
