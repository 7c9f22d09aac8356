"""How the numbers of a case are drawn: bodies, movements, lamps and cameras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from tests.simulator.case import Camera, Light, Motion, Person
from tests.simulator.skin import FITZPATRICK

Random = np.random.Generator


def person(random: Random, tone: str, amplitude: float) -> Person:
    """Draw a body of a skin tone."""
    return Person(
        tone=tone,
        melanin=FITZPATRICK[tone] * random.uniform(0.85, 1.15),
        blood=random.uniform(0.005, 0.015),
        amplitude=amplitude,
        gloss=random.uniform(0.01, 0.03),
        rate_bpm=random.uniform(44, 170) if random.uniform() < 0.5 else random.uniform(55, 100),
        drift_bpm=random.uniform(0, 2.0),
        arrhythmia=random.uniform(0.0, 0.05),
        jitter_ms=random.uniform(2, 12),
        breaths_per_min=random.uniform(7, 28),
        breath_depth=random.uniform(0.004, 0.02),
    )


def _moves(name: str, random: Random, sway: float, turn: float, fidgets: float = 0.0) -> Motion:
    return Motion(
        name=name,
        sway=sway * random.uniform(0.7, 1.3),
        shake=0.0,
        shake_hz=1.0,
        turn=turn * random.uniform(0.7, 1.3),
        fidgets_per_min=fidgets,
        talking=0.0,
        blinks_per_min=random.uniform(6, 20),
    )


MOTIONS: Mapping[str, Callable[[Random], Motion]] = {
    "still": lambda random: _moves("still", random, 0.003, 0.005),
    "small": lambda random: _moves("small", random, 0.012, 0.03),
    "moving": lambda random: _moves("moving", random, 0.03, 0.08, 4.0),
    "rocking": lambda random: replace(
        _moves("rocking", random, 0.01, 0.03),
        shake=random.uniform(0.005, 0.03),
        shake_hz=random.uniform(0.7, 2.5),
    ),
    "some words": lambda random: replace(
        _moves("some words", random, 0.01, 0.03), talking=random.uniform(0.1, 0.3)
    ),
}


def _lit(name: str, random: Random) -> Light:
    return Light(
        name=name,
        level=random.uniform(0.7, 1.0),
        warmth=random.uniform(-1, 1),
        side=random.uniform(-0.3, 0.3),
        drift=0.003,
        steps_per_min=0.0,
        flicker=0.0,
        flicker_hz=0.0,
        flicker_behind=random.uniform(0.6, 1.0),
        mains=0.0,
    )


LIGHTS: Mapping[str, Callable[[Random], Light]] = {
    "steady": lambda random: _lit("steady", random),
    "dim": lambda random: replace(_lit("dim", random), level=random.uniform(0.12, 0.35)),
    "drifting": lambda random: replace(
        _lit("drifting", random), drift=random.uniform(0.01, 0.05), steps_per_min=4.0
    ),
    "film": lambda random: replace(_lit("film", random), flicker=random.uniform(0.005, 0.05)),
    "rhythm": lambda random: replace(
        _lit("rhythm", random),
        flicker=random.uniform(0.002, 0.03),
        flicker_hz=random.uniform(0.8, 3.0),
    ),
    "mains": lambda random: replace(_lit("mains", random), mains=random.uniform(0.05, 0.2)),
}
CODECS = (
    ("raw", 0),
    ("mjpg", 95),
    ("mjpg", 90),
    ("mjpg", 75),
    ("mjpg", 50),
    ("mjpg", 30),
    ("mpeg4", 0),
)
_SIZES = ((640, 480), (640, 480), (320, 240))


def camera(random: Random) -> Camera:
    """Draw a webcam: three in ten lose, repeat or delay frames."""
    width, height = _SIZES[int(random.integers(len(_SIZES)))]
    codec, quality = CODECS[int(random.integers(len(CODECS)))]
    losing = random.uniform() < 0.3
    return Camera(
        width=width,
        height=height,
        # A webcam's 30 is seldom 30: where it is not, mains folds to anywhere.
        fps=float(random.choice([30.0, 30.0, 30.0, 29.4, 25.0, 24.7, 15.0])),
        face_share=random.uniform(0.22, 0.42),
        auto_exposure=bool(random.uniform() < 0.4),
        full_well=float(np.exp(random.uniform(np.log(1500), np.log(9000)))),
        read_noise=random.uniform(2, 8),
        codec=codec,
        quality=quality,
        jitter_ms=random.uniform(0, 4),
        lost=random.uniform(0.01, 0.08) if losing else 0.0,
        doubled=random.uniform(0, 0.03) if losing else 0.0,
        late=random.uniform(0, 0.05) if losing else 0.0,
    )
