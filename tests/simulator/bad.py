"""Video files that a person may hand to `hearth vitals` by mistake or to trick it.

Of each it is known whether there is a pulse to be told. Where there is one, the right rate and a
refusal are both fair; where there is none, only a refusal is.

Run: python -m tests.simulator.bad FOLDER
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from tests.simulator.case import Case, Subject
from tests.simulator.cases import cases
from tests.simulator.matroska import write
from tests.simulator.negatives import NEGATIVES
from tests.simulator.picture import Clip
from tests.simulator.sensor import Frame

_QUALITY = 95
_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BadClip:
    """One file, and the pulse rate in it; None where there is none to be told."""

    file: str
    pulse_rate_bpm: float | None


def base() -> Case:
    """Return the good seat that every bad clip is made from: still, well lit, a strong pulse."""
    case = next(case for case in cases(1, 60) if case.easy and case.person.tone == "III")
    camera = replace(case.camera, width=320, height=240, fps=30.0, codec="raw", quality=0)
    return replace(
        case,
        seconds=_SECONDS,
        person=replace(case.person, amplitude=0.009, rate_bpm=72.0),
        camera=replace(camera, face_share=0.35, full_well=6000.0),
    )


def make(folder: Path) -> list[BadClip]:
    """Write all of them into a folder, and `manifest.json` beside them."""
    made = [
        BadClip(file=name, pulse_rate_bpm=maker(folder / name)) for name, maker in MAKERS.items()
    ]
    listed = [{"file": clip.file, "pulse_rate_bpm": clip.pulse_rate_bpm} for clip in made]
    text = json.dumps({"source": "tests/simulator/bad.py", "clips": listed}, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return made


Change = Callable[[Frame], Frame]


def _filmed(case: Case, path: Path, change: Change = np.asarray) -> float | None:
    """Write a case, each frame changed; return its pulse rate if one is there to be told."""
    clip = Clip(case)
    write(path, ((picture.at_s, change(picture.bgr)) for picture in clip), _QUALITY)
    return clip.truth.pulse_rate_bpm(0, case.seconds) if case.subject.alive else None


def _of(change: Callable[[Case], Case]) -> Callable[[Path], float | None]:
    return lambda path: _filmed(change(base()), path)


def _like(kind: str) -> Callable[[Path], float | None]:
    """Return a maker of one kind of the sweep's negatives."""
    random = np.random.default_rng(8)
    return lambda path: _filmed(NEGATIVES[kind](base(), random), path)


def _changed(change: Change) -> Callable[[Path], float | None]:
    return lambda path: _filmed(base(), path, change)


def _grey(bgr: Frame) -> Frame:
    return _frame(cv2.cvtColor(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))


def _turned(bgr: Frame) -> Frame:
    return _frame(cv2.rotate(bgr, cv2.ROTATE_90_CLOCKWISE))


def _frame(picture: object) -> Frame:
    return np.asarray(picture, dtype=np.uint8)


def _four_k(path: Path) -> float | None:
    case = base()
    slow = replace(case, seconds=10.0, camera=replace(case.camera, fps=15.0))
    return _filmed(slow, path, lambda bgr: _frame(cv2.resize(bgr, (3840, 2160))))


def _uneven(path: Path) -> float | None:
    """Write frames whose time apart wanders between 33 and 100 ms, each with its true time."""
    clip = Clip(base())
    write(path, _some(clip), _QUALITY)
    return clip.truth.pulse_rate_bpm(0, _SECONDS)


def _some(clip: Clip) -> Iterator[tuple[float, Frame]]:
    """Yield every frame for a while, then every second, then every third, and so on."""
    due = 0
    for number, picture in enumerate(clip):
        if number >= due:
            yield picture.at_s, picture.bgr
            due = number + 1 + (number // 40) % 3


def _cut(path: Path) -> float | None:
    """Write a film whose second half is missing in the middle of a frame."""
    rate = _filmed(base(), path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 + 7])
    return rate


def _scrambled(path: Path) -> float | None:
    """Write a film with noise over every fiftieth kilobyte."""
    rate = _filmed(base(), path)
    random = np.random.default_rng(9)
    data = bytearray(path.read_bytes())
    for start in range(20_000, len(data) - 1000, 50_000):
        data[start : start + 1000] = random.bytes(1000)
    path.write_bytes(bytes(data))
    return rate


def _empty(path: Path) -> None:
    path.touch()


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(10).bytes(100_000))


def _words(path: Path) -> None:
    path.write_text("This is no video.\n", encoding="ascii")


def _snow(path: Path) -> None:
    random = np.random.default_rng(11)
    frames = (
        (number / 30, _frame(random.integers(0, 256, (240, 320, 3)))) for number in range(300)
    )
    write(path, frames, _QUALITY)


MAKERS: Mapping[str, Callable[[Path], float | None]] = {
    "wall.mkv": _of(lambda case: replace(case, subject=Subject.WALL)),
    "photograph.mkv": _of(lambda case: replace(case, subject=Subject.PHOTO)),
    "photograph_shaken.mkv": _like("photograph, shaken"),
    "photograph_in_flickering_light.mkv": _like("photograph, flickering light"),
    "television.mkv": _like("television"),
    "doll.mkv": _of(lambda case: replace(case, subject=Subject.DOLL)),
    "black.mkv": _of(lambda case: replace(case, subject=Subject.BLACK)),
    "two_people.mkv": _like("two people"),
    "snow.mkv": _snow,
    "three_seconds.mkv": _of(lambda case: replace(case, seconds=3.0)),
    "five_frames_a_second.mkv": _of(
        lambda case: replace(case, camera=replace(case.camera, fps=5.0))
    ),
    "uneven_frame_rate.mkv": _uneven,
    "grey.mkv": _changed(_grey),
    "turned_by_90_degrees.mkv": _changed(_turned),
    "upside_down.mkv": _changed(lambda bgr: _frame(bgr[::-1, ::-1])),
    "four_k.mkv": _four_k,
    "cut_short.mkv": _cut,
    "scrambled.mkv": _scrambled,
    "empty.mkv": _empty,
    "noise.mkv": _noise,
    "words.mkv": _words,
}


def main(arguments: list[str]) -> None:
    """Write all bad clips to a folder."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator.bad", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write them; made if it is not there")
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{len(make(folder))} clips and manifest.json are in {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
