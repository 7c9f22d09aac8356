"""Write a case of the sweep as a video file, to try `hearth vitals` on, and print its truth.

A video file has one frame rate and no time stamps: frames that the case loses, repeats or delays
are all there, each at its time.

Run: python -m tests.simulator --case 0 --out clip.avi
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tests.simulator.case import Subject
from tests.simulator.cases import cases
from tests.simulator.picture import Clip
from tests.simulator.sensor import written


def main(arguments: list[str]) -> None:
    """Write one clip; print what is in it and what is true of it, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--case", type=int, default=0, help="number in the sweep, from 0")
    parser.add_argument("--seed", type=int, default=1, help="which sweep (1)")
    parser.add_argument("--out", type=Path, required=True, help="video file to write, .avi")
    parser.add_argument("--seconds", type=float, help="length of the clip (as in the sweep)")
    asked = parser.parse_args(arguments)
    case = cases(asked.seed, asked.case + 1)[asked.case]
    calm = replace(case.camera, jitter_ms=0.0, lost=0.0, doubled=0.0, late=0.0)
    case = replace(case, camera=calm, seconds=asked.seconds or case.seconds)
    clip = Clip(case)
    frames = (picture.bgr for picture in clip)
    codec = "mp4v" if case.camera.codec == "mpeg4" else "MJPG"
    written(str(asked.out), frames, case.camera, codec)
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
