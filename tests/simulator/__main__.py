"""Write a case of the sweep as a video file, to try `hearth vitals` on, and print its truth.

A Matroska file keeps the time of every frame. An AVI has one frame rate: there, frames that the
case loses, repeats or delays all come, each at its time.

Run: python -m tests.simulator --case 0 --out clip.mkv
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tests.simulator import matroska
from tests.simulator.case import Subject
from tests.simulator.cases import cases
from tests.simulator.picture import Clip
from tests.simulator.sensor import written

_UNTOUCHED = 100  # JPEG quality: the case's own codec has been at the frames already


def main(arguments: list[str]) -> None:
    """Write one clip; print what is in it and what is true of it, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--case", type=int, default=0, help="number in the sweep, from 0")
    parser.add_argument("--seed", type=int, default=1, help="which sweep (1)")
    parser.add_argument("--out", type=Path, required=True, help="video file to write, .mkv or .avi")
    parser.add_argument("--seconds", type=float, help="length of the clip (as in the sweep)")
    asked = parser.parse_args(arguments)
    case = cases(asked.seed, asked.case + 1)[asked.case]
    case = replace(case, seconds=asked.seconds or case.seconds)
    if asked.out.suffix == ".avi":
        even = replace(case.camera, jitter_ms=0.0, lost=0.0, doubled=0.0, late=0.0)
        clip = Clip(replace(case, camera=even))
        written(str(asked.out), (picture.bgr for picture in clip), even, "MJPG")
    else:
        clip = Clip(case)
        matroska.write(asked.out, ((one.at_s, one.bgr) for one in clip), _UNTOUCHED)
    sys.stdout.write(json.dumps(described(clip), indent=2) + "\n")


def described(clip: Clip) -> dict[str, Any]:
    """Return a case and its truth as plain values."""
    case, truth = clip.case, clip.truth
    alive = case.subject.alive
    return {
        "truth": {
            "pulse_rate_bpm": truth.pulse_rate_bpm(0, case.seconds) if alive else None,
            "respiratory_rate_bpm": truth.respiratory_rate_bpm(0, case.seconds) if alive else None,
            "should_be_refused": case.negative,
        },
        "case": asdict(case, dict_factory=_plain),
    }


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value.value if isinstance(value, Subject) else value for name, value in pairs}


if __name__ == "__main__":
    main(sys.argv[1:])
