"""Measure the sweep's clips with vitallens's local methods, as they are. Runs in their environment.

Prints one JSON object with the figures of `tests.bench.vitals_report` for each method. vitallens
gives a rate for every face it finds; its only refusal is to find none.

Run: tests/bench/vitallens/run [--count 500] [--seed 1] [--methods pos,chrom]
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from functools import partial
from importlib import import_module
from multiprocessing import Pool
from typing import Any

import numpy as np

from tests.bench.vitals_report import Outcome, rates, report
from tests.simulator.case import Case
from tests.simulator.cases import cases
from tests.simulator.picture import Clip
from tests.simulator.sensor import Frame

_WORKERS = 2
_SHOWN = ("people", "still_well_lit", "whole_sweep", "tone", "tone_gap", "negatives")


def measured(methods: tuple[str, ...], case: Case) -> dict[str, Outcome]:
    """Draw a clip once and give it whole to each method."""
    clip = Clip(case)
    video = np.stack([shot.bgr[..., ::-1] for shot in clip])
    fps = (len(video) - 1) / float(clip.scene.at_s[-1] - clip.scene.at_s[0])
    return {method: _outcome(clip, _rate(method, video, fps)) for method in methods}


def _rate(method: str, video: Frame, fps: float) -> tuple[float | None, float]:
    """Return what vitallens says, and how sure it says it is."""
    logging.disable(logging.WARNING)
    # Not a dependency of ours: this file runs where it is installed.
    lens = import_module("vitallens").VitalLens(method=method, export_to_json=False)
    try:
        faces = lens(video, fps=fps)
    except ValueError:  # its band-pass filter cannot be made for a clip of few frames a second
        return None, 0.0
    if not faces or "heart_rate" not in faces[0]["vitals"]:
        return None, 0.0
    said = faces[0]["vitals"]["heart_rate"]
    sure = said["confidence"]
    value = said["value"]
    if value is None or not np.isfinite(value):
        return None, 0.0
    return float(value), float(np.mean(sure)) if sure is not None else 0.0


def _outcome(clip: Clip, said: tuple[float | None, float]) -> Outcome:
    case = clip.case
    bpm, sure = said
    alive = case.subject.alive
    return Outcome(
        case=case,
        true_bpm=clip.truth.pulse_rate_bpm(0, case.seconds) if alive else None,
        true_breaths=None,
        bpm=bpm,
        breaths=None,
        guess_bpm=bpm,
        confidence=sure,
    )


def main(arguments: list[str]) -> None:
    """Run the methods over a sweep and print their figures."""
    parser = argparse.ArgumentParser(prog="tests/bench/vitallens/run", description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="clips to draw (500)")
    parser.add_argument("--seed", type=int, default=1, help="which sweep (1)")
    parser.add_argument("--methods", default="pos,chrom", help="of vitallens (pos,chrom)")
    asked = parser.parse_args(arguments)
    methods = tuple(asked.methods.split(","))
    done: list[dict[str, Outcome]] = []
    with Pool(_WORKERS) as pool:
        for found in pool.imap(partial(measured, methods), cases(asked.seed, asked.count)):
            done.append(found)
            if len(done) % 20 == 0:
                sys.stderr.write(f"{len(done)} of {asked.count}\n")
    figures = {method: _figures([one[method] for one in done]) for method in methods}
    sys.stdout.write(json.dumps({"seed": asked.seed, "methods": figures}, indent=1) + "\n")


def _figures(outcomes: list[Outcome]) -> dict[str, Any]:
    whole = report(outcomes)
    sure = [one for one in outcomes if one.confidence >= 0.9]
    return {name: whole[name] for name in _SHOWN} | {"confidence_from_0.9": rates(sure)}


if __name__ == "__main__":
    main(sys.argv[1:])
