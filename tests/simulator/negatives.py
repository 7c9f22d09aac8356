"""What should get no answer: nobody, no pulse, or a picture that nobody could read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.simulator.case import Case, Subject
from tests.simulator.draws import MOTIONS, Random

Change = Callable[[Case, Random], Case]


def _shaken(case: Case, random: Random) -> Case:
    swing = replace(
        case.motion,
        sway=0.01,
        shake=random.uniform(0.005, 0.05),
        shake_hz=random.uniform(0.7, 2.5),
        turn=0.05,
    )
    return replace(case, motion=swing)


def _flickered(case: Case, random: Random) -> Case:
    wave = replace(
        case.light,
        flicker=random.uniform(0.002, 0.02),
        flicker_hz=random.uniform(0.8, 2.8),
        flicker_behind=random.uniform(0.0, 1.0),
    )
    return replace(case, light=wave)


def _lifeless(subject: Subject) -> Change:
    return lambda case, _: replace(case, subject=subject)


def _two_people(case: Case, random: Random) -> Case:
    """Seat two so far from the camera that both faces are whole."""
    away = replace(case.camera, face_share=random.uniform(0.2, 0.28))
    return replace(case, subject=Subject.TWO_PEOPLE, camera=away)


def _lit_with(low: float, high: float) -> Change:
    return lambda case, random: replace(
        case, light=replace(case.light, level=random.uniform(low, high))
    )


def _television(case: Case, random: Random) -> Case:
    return _flickered(replace(case, subject=Subject.TELEVISION), random)


def _heavy(case: Case, random: Random) -> Case:
    wild = replace(
        _shaken(case, random).motion, name="heavy", sway=0.08, turn=0.25, fidgets_per_min=20.0
    )
    return replace(case, motion=replace(wild, shake=random.uniform(0.05, 0.15)))


def _talking(case: Case, random: Random) -> Case:
    motion = replace(MOTIONS["small"](random), name="talking", talking=random.uniform(0.85, 1.0))
    return replace(case, motion=motion)


NEGATIVES: Mapping[str, Change] = {
    "wall": _lifeless(Subject.WALL),
    "wall, flickering light": lambda case, random: _flickered(
        replace(case, subject=Subject.WALL), random
    ),
    "photograph": _lifeless(Subject.PHOTO),
    "photograph, shaken": lambda case, random: _shaken(
        replace(case, subject=Subject.PHOTO), random
    ),
    "photograph, flickering light": lambda case, random: _flickered(
        replace(case, subject=Subject.PHOTO), random
    ),
    "television": _television,
    "doll": _lifeless(Subject.DOLL),
    "doll, moved": lambda case, random: _shaken(replace(case, subject=Subject.DOLL), random),
    "black": _lifeless(Subject.BLACK),
    "two people": _two_people,
    "too dark": _lit_with(0.004, 0.02),
    "too bright": _lit_with(3.0, 8.0),
    "heavy motion": _heavy,
    "talking": _talking,
    "half of the frames lost": lambda case, _: replace(
        case, camera=replace(case.camera, lost=0.5, doubled=0.1)
    ),
}
