"""Fits the camera's gate on simulated people and things, and draws how far it can be believed.

`python -m tests.bench.vitals_fit` in the repository's root writes gate.json and two diagrams into
vitals/rppg and prints one JSON object. The model is fitted on the clips of one seed, its threshold
chosen on those of a second, and what is printed and drawn comes from a third:

clips, answered, wrong    views of clips, those given a rate; of these, wrong by the limit or more
coverage, coverage_easy   share of readable people that were answered; of still, well-lit ones
lifeless_answered         walls, photographs, dolls and pairs of people that were answered
mae, rmse                 per minute, of the right ones; of all people's that were answered
expected_error            mean distance between predicted and true share over the bins
bins                      of predicted probability: its mean, share that was right, clips

The limit is 5 per minute for the pulse and 2 for breathing. A view is the whole clip, its last 9 to
20 s, or one region of it without background ("patch"); what a hard refusal stops never comes this
far.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.bench.additive import Floats, fit, predict, reliability, threshold
from tests.bench.reliability import svg
from tests.simulator.case import Case
from tests.simulator.cases import cases
from tests.simulator.colours import colours
from tests.simulator.heart import Truth
from vitals.rppg.breathing import breathing
from vitals.rppg.estimate import model_of
from vitals.rppg.gate import is_light, seen_wrong
from vitals.rppg.model import Model
from vitals.rppg.pulses import pulses
from vitals.rppg.quality import quality
from vitals.rppg.trace import Trace
from vitals.rppg.uniform import in_order, uniform

_HOME = Path("vitals/rppg")
# Which numbers are weighed, and whether more of each is better.
PULSE = {
    "snr_db": 1,
    "evidence": 1,
    "spread_bpm": -1,
    "octave": 1,
    "region_agreement": 1,
    "region_coherence": 1,
    "method_agreement": 1,
    "lag": -1,
    "strangeness": -1,
    "background_share": -1,
    "motion_share": -1,
}
# A lone patch of skin has no other region to agree with, and nothing behind it.
PATCH = {
    name: sign
    for name, sign in PULSE.items()
    if name not in ("region_agreement", "region_coherence", "background_share", "motion_share")
}
BREATHING = {
    "share": 1,
    "second": 1,
    "agreement": 1,
    "shoulders": 1,
    "spread_bpm": -1,
    "heart": 1,
}
_NUMBERS = {"pulse": PULSE, "patch": PATCH, "breathing": BREATHING}
_LIMIT_BPM = {"pulse": 5.0, "patch": 5.0, "breathing": 2.0}
_WRONG = {"pulse": 0.004, "patch": 0.004, "breathing": 0.05}
Bins = list[tuple[float, float, int]]
_EDGES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one stretch of one clip gave: numbers for the model, and how wrong the rate was."""

    of: str
    numbers: Mapping[str, float]
    error_bpm: float
    case: Case


def rows(case: Case) -> list[Row]:
    """Look at a clip as a whole, at a short part of it, and through one region only."""
    played = colours(case)
    whole = Trace(regions=played.regions, **played.columns)
    chance = np.random.default_rng([case.seed, 99])
    one = str(chance.choice(sorted(whole.regions)))
    alone = Trace(at_s=whole.at_s, regions={"skin": whole.regions[one]})
    views = [whole, whole.last(chance.uniform(9, 20)), alone.last(chance.uniform(12, 31))]
    truth = played.scene.truth
    return [row for view in views for row in _looked_at(case, view, truth)]


def _looked_at(case: Case, view: Trace, truth: Truth) -> list[Row]:
    view = in_order(view)
    even = uniform(view)
    wrong = seen_wrong(view, even)
    if even is None or not even.colour or wrong:
        return []
    at = float(view.at_s[0]), float(view.at_s[-1])
    found = pulses(even)
    seen = quality(even, found)
    alive = case.subject.alive
    error = abs(seen.rate_bpm - truth.pulse_rate_bpm(*at)) if alive else np.inf
    gone = []
    if not is_light(seen):
        gone.append(Row(of=model_of(even), numbers=seen.named(), error_bpm=error, case=case))
    breath = breathing(even, found.wave, found.path_bpm, heart=seen.evidence)
    if breath is not None:
        error = abs(breath.rate_bpm - truth.respiratory_rate_bpm(*at)) if alive else np.inf
        gone.append(Row(of="breathing", numbers=breath.named(), error_bpm=error, case=case))
    return gone


def looked_at(seed: int, count: int) -> list[Row]:
    """Return the rows of a sweep, worked out by two processes."""
    with Pool(2) as pool:
        return [row for some in pool.imap(rows, cases(seed, count), 16) for row in some]


def numbers_of(seen: Sequence[Row]) -> dict[str, Floats]:
    """Return the rows' numbers as one column each."""
    return {name: np.array([row.numbers[name] for row in seen]) for name in seen[0].numbers}


def fitted(of: str, parts: Sequence[Sequence[Row]]) -> tuple[Model, dict[str, object], Bins]:
    """Fit on the first part, choose the threshold on the second, report on the third."""
    learn, choose, test = ([row for row in part if row.of == of] for part in parts)
    model = fit(numbers_of(learn), right_of(learn, of), _NUMBERS[of])
    limit = threshold(predict(model, numbers_of(choose)), right_of(choose, of), _WRONG[of])
    model = replace(model, threshold=round(limit, 4))
    probability, right = predict(model, numbers_of(test)), right_of(test, of)
    bins = reliability(probability, right, _EDGES)
    return model, _report(test, probability >= limit, bins, _LIMIT_BPM[of]), bins


def right_of(seen: Sequence[Row], of: str) -> NDArray[np.bool_]:
    """Tell which rows are wrong by less than the limit."""
    return np.array([row.error_bpm < _LIMIT_BPM[of] for row in seen])


def _report(
    test: Sequence[Row], given: NDArray[np.bool_], bins: Bins, limit: float
) -> dict[str, object]:
    error = np.array([row.error_bpm for row in test])
    negative = np.array([row.case.negative for row in test])
    people = np.array([row.case.subject.alive for row in test])
    easy = np.array([row.case.easy for row in test])
    right = given & (error < limit)
    total = sum(count for *_, count in bins)
    return {
        "clips": len(test),
        "answered": int(given.sum()),
        "wrong": int((given & (error >= limit)).sum()),
        "wrong_share": round(float((error[given] >= limit).mean()), 4),
        "coverage": round(float(given[~negative].mean()), 3),
        "coverage_easy": round(float(given[easy].mean()), 3),
        "lifeless_answered": int((given & ~people).sum()),
        "mae": round(float(error[right].mean()), 3),
        "rmse": round(float(np.sqrt(np.square(error[given & people]).mean())), 3),
        "expected_error": round(sum(abs(p - r) * n for p, r, n in bins) / total, 4),
        "bins": [[round(p, 3), round(r, 3), n] for p, r, n in bins],
    }


def main(arguments: Sequence[str]) -> int:
    """Fit, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=1500, help="Clips in each of the three parts.")
    parser.add_argument("--seed", type=int, default=101, help="Of the first part; the next follow.")
    chosen = parser.parse_args(arguments)
    parts = [looked_at(chosen.seed + part, chosen.clips) for part in range(3)]
    frozen, reports = {}, {}
    for of in _NUMBERS:
        model, reports[of], bins = fitted(of, parts)
        frozen[of] = asdict(model)
        drawn = svg(bins, model.threshold, f"{of}: {reports[of]['clips']} test clips")
        (_HOME / f"reliability_{of}.svg").write_text(drawn, encoding="utf-8")
    text = json.dumps(frozen, indent=1) + "\n"
    (_HOME / "gate.json").write_text(text, encoding="utf-8")
    sys.stdout.write(json.dumps(reports, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
