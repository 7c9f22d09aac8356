"""People for the tests of the camera side, from the simulator, with one thing chosen at a time."""

from __future__ import annotations

from dataclasses import replace

from tests.simulator.case import Camera, Case, Light, Motion, Person, Subject
from tests.simulator.skin import FITZPATRICK

TONES = tuple(FITZPATRICK)

_STILL = Motion(
    name="still",
    sway=0.003,
    shake=0.0,
    shake_hz=1.0,
    turn=0.005,
    fidgets_per_min=0.0,
    talking=0.0,
    blinks_per_min=10.0,
)
_STEADY = Light(
    name="steady",
    level=0.85,
    warmth=0.0,
    side=0.1,
    drift=0.003,
    steps_per_min=0.0,
    flicker=0.0,
    flicker_hz=0.0,
    flicker_behind=0.8,
    mains=0.0,
)
_WEBCAM = Camera(
    width=320,
    height=240,
    fps=30.0,
    face_share=0.32,
    auto_exposure=False,
    full_well=5000.0,
    read_noise=4.0,
    codec="raw",
    quality=0,
    jitter_ms=1.0,
    lost=0.0,
    doubled=0.0,
    late=0.0,
)


def sitter(  # noqa: PLR0913 - each test names the one thing it is about
    *,
    tone: str = "III",
    rate_bpm: float = 72.0,
    seconds: float = 12.0,
    amplitude: float = 0.006,
    subject: Subject = Subject.PERSON,
    motion: Motion = _STILL,
    light: Light = _STEADY,
    camera: Camera = _WEBCAM,
    seed: int = 11,
) -> Case:
    """Seat somebody still before a fair webcam in steady light."""
    person = Person(
        tone=tone,
        melanin=FITZPATRICK[tone],
        blood=0.01,
        amplitude=amplitude,
        gloss=0.02,
        rate_bpm=rate_bpm,
        drift_bpm=0.5,
        arrhythmia=0.02,
        jitter_ms=5.0,
        breaths_per_min=14.0,
        breath_depth=0.012,
    )
    return Case(
        number=0,
        seed=seed,
        seconds=seconds,
        kind="person",
        negative=not subject.alive,
        subject=subject,
        person=person,
        motion=motion,
        light=light,
        camera=camera,
    )


def moving(**changes: float) -> Motion:
    """Return a motion that differs from sitting still."""
    return replace(_STILL, **changes)  # type: ignore[arg-type]  # each is a number


def webcam(**changes: float | str | bool) -> Camera:
    """Return a camera that differs from a fair webcam."""
    return replace(_WEBCAM, **changes)  # type: ignore[arg-type]  # checked by the tests that use it


def lamp(**changes: float) -> Light:
    """Return a light that differs from a steady one."""
    return replace(_STEADY, **changes)  # type: ignore[arg-type]  # each is a number
