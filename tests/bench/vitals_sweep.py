"""How accurate the camera's pulse and breathing are, over made-up people, and when they refuse.

Every clip is drawn, written by a made-up camera, and measured as a program would that gets its
frames one by one; its truth is known to the beat. Prints one JSON object. 500 clips take about 40
minutes on two processors; `--count 40` is the short form, and `--fast` measures the colours that
the same people would give without drawing them: a check of the estimator without the finding of
faces.

coverage     share of clips that were given a rate
mae, rmse, p95, worst
             how wrong the rates of living people were, per minute
wrong        rates that are wrong by more than 5 per minute, or of what has no pulse
tone_gap     coverage of the lightest less that of the darkest skin, in points
negatives    walls, likenesses, pairs, and pictures too poor to read: all should be refused
first        when the first rate was there that two estimates in a row agree on, seconds, and how
             many of these rates were wrong
reliability  what the estimator said of its own chances, and how often it was right
clips_given  clips of a manifest (`--clips FOLDER`): how many were answered, and wrongly

Run: python -m tests.bench.vitals_sweep --json [--count 500] [--seed 1] [--clips FOLDER]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import cv2

from tests.bench.vitals_report import WRONG_BPM, First, Outcome, report
from tests.simulator.case import Case
from tests.simulator.cases import cases
from tests.simulator.colours import colours
from tests.simulator.heart import Truth
from tests.simulator.picture import Clip
from vitals.errors import HubError
from vitals.rppg.camera import VideoFile
from vitals.rppg.estimate import estimate
from vitals.rppg.frame import TimedFrame, frames
from vitals.rppg.measure import Status, measure
from vitals.rppg.result import Result
from vitals.rppg.trace import Trace

_WORKERS = 2
_LONGEST_S = 600.0


def drawn(case: Case) -> Outcome:
    """Measure a clip, frame by frame, and note when the first rate would have been shown."""
    clip = Clip(case)
    shots = (TimedFrame(at_s=shot.at_s, bgr=shot.bgr) for shot in clip)
    early: list[Status] = []
    result = measure(shots, progress=lambda now: early.append(now) if now.settled else None)
    found = outcome(case, result, clip.truth)
    if not early:
        return found
    first, now_s = early[0], early[0].seconds
    true = clip.truth.pulse_rate_bpm(0.0, now_s) if case.subject.alive else None
    return replace(
        found, first=First(after_s=now_s, bpm=first.result.pulse_rate_bpm, true_bpm=true)
    )


def told(case: Case) -> Outcome:
    """Estimate from the colours that the same people would give."""
    played = colours(case)
    trace = Trace(regions=played.regions, **played.columns)
    return outcome(case, estimate(trace), played.scene.truth)


def outcome(case: Case, result: Result, truth: Truth) -> Outcome:
    """Set an answer beside the truth of the stretch it was made from: the clip's last seconds."""
    until = case.seconds
    since = max(0.0, until - result.seconds_used) if result.seconds_used else 0.0
    alive = case.subject.alive
    return Outcome(
        case=case,
        true_bpm=truth.pulse_rate_bpm(since, until) if alive else None,
        true_breaths=truth.respiratory_rate_bpm(since, until) if alive else None,
        bpm=result.pulse_rate_bpm,
        breaths=result.respiratory_rate_bpm,
        guess_bpm=result.quality.get("rate_bpm"),
        confidence=result.confidence,
        reasons=tuple(reason.code for reason in result.reasons),
    )


def sweep(todo: list[Case], one: Callable[[Case], Outcome]) -> list[Outcome]:
    """Measure all cases with two processes, saying on the way how far it is."""
    done: list[Outcome] = []
    # OpenCV's own threads would be four for two processors.
    with Pool(_WORKERS, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        for result in pool.imap(one, todo):
            done.append(result)
            if len(done) % 20 == 0:
                sys.stderr.write(f"{len(done)} of {len(todo)}\n")
    return done


def given(folder: Path) -> dict[str, Any]:
    """Measure the clips of a manifest: skin alone where its source says so, else whole faces."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    answers = [_answer(folder, clip) for clip in manifest["clips"]]
    return {
        "clips": len(answers),
        "answered": sum(answer["bpm"] is not None for answer in answers),
        "wrong": sum(answer["wrong"] for answer in answers),
        "answers": [answer for answer in answers if answer["bpm"] is not None],
    }


def _answer(folder: Path, clip: dict[str, Any]) -> dict[str, Any]:
    bpm, true = _bpm(folder / clip["file"], skin="roi" in clip), clip["pulse_rate_bpm"]
    wrong = bpm is not None and (true is None or abs(bpm - true) > WRONG_BPM)
    return {"file": clip["file"], "bpm": bpm, "true_bpm": true, "wrong": wrong}


def _bpm(path: Path, *, skin: bool) -> float | None:
    """Measure one film; what is no film is a refusal too."""
    try:
        video = VideoFile(path)
    except HubError:
        return None
    result = measure(frames(video, _LONGEST_S), skin=skin)
    video.close()
    return result.pulse_rate_bpm


def main(arguments: list[str]) -> None:
    """Run the sweep and print its figures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.vitals_sweep",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--count", type=int, default=500, help="clips to draw (500)")
    parser.add_argument("--seed", type=int, default=1, help="which sweep (1)")
    parser.add_argument("--clips", type=Path, help="folder of films with a manifest.json")
    parser.add_argument("--fast", action="store_true", help="colours only, no pictures")
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    asked = parser.parse_args(arguments)
    began = time.perf_counter()
    todo = cases(asked.seed, asked.count)
    figures = report(sweep(todo, told if asked.fast else drawn)) if todo else {}
    figures |= {"seed": asked.seed, "fast": asked.fast}
    if asked.clips:
        figures["clips_given"] = given(asked.clips)
    figures["seconds"] = round(time.perf_counter() - began)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
