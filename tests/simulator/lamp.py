"""Light that falls on faces and walls, and a camera that tries to keep up with it."""

from __future__ import annotations

import numpy as np

from tests.simulator.case import Camera, Light
from tests.simulator.skin import Floats
from tests.simulator.wander import Wander

MAINS_HZ = 100.0  # lamps on 50 Hz mains flicker twice a cycle
EXPOSED_S = 0.006  # in a bright room: half of the mains' swing come through
_STEP_S = 0.08
_SCREEN = np.array([0.8, 1.0, 1.3])  # a television's white is bluer than a lamp's
_WARM = np.array([0.12, 0.0, -0.15])  # what white balance leaves of it
_SHOTS_HZ = 0.6  # a film changes its picture every one or two seconds
_STOP = 0.04  # one step of the exposure, as a share
_DEAD_BAND = 0.06
_SETTLES_S = 0.25


def light_on_face(light: Light, at_s: Floats, random: np.random.Generator) -> Floats:
    """Return the red, green, blue light (n, 3) on the face, without what mains does to it."""
    slow = Wander(random, low_hz=0.01, high_hz=0.1)(at_s)
    level = 1.0 + light.drift * slow
    steps = random.uniform(0, at_s[-1], random.poisson(light.steps_per_min * at_s[-1] / 60.0))
    for start in steps:
        size = random.choice((-1.0, 1.0)) * random.uniform(0.02, 0.08)
        level *= 1.0 + size * np.clip((at_s - start) / _STEP_S, 0.0, 1.0)
    colour = 1.0 + light.warmth * _WARM
    screen = light.flicker * _screen(light.flicker_hz, at_s, random)
    lit = level[:, np.newaxis] * colour + screen[:, np.newaxis] * _SCREEN
    return np.asarray(light.level * np.maximum(lit, 0.01))


def light_behind(light: Light, on_face: Floats) -> Floats:
    """Return the light (n, 3) on the wall: the same lamp, and its own share of the flicker."""
    still = np.median(on_face, axis=0)
    return np.asarray(still + light.flicker_behind * (on_face - still))


def mains(light: Light, at_s: Floats, rows: Floats, *, fps: float) -> Floats:
    """Return what mains makes of the light, (n, r), at rows between 0 (top) and 1 (bottom).

    A rolling shutter reads the rows one after the other over most of a frame's time, so that the
    flicker stands in the picture as bands; a long exposure averages it away.
    """
    when = np.add.outer(at_s, 0.8 * rows / fps)
    depth = light.mains * np.sinc(MAINS_HZ * EXPOSED_S)
    return np.asarray(1.0 + depth * np.sin(2 * np.pi * MAINS_HZ * when))


def exposure(camera: Camera, light: Floats, at_s: Floats) -> Floats:
    """Return the gain (n,) of each frame: 1 where locked, else steps towards the old brightness."""
    gain = np.ones_like(light)
    if not camera.auto_exposure:
        return gain
    now, changed = 1.0, -1.0
    for frame, (bright, at) in enumerate(zip(light / light[0], at_s, strict=True)):
        wrong = np.log(bright * now)
        if abs(wrong) > _DEAD_BAND and at - changed > _SETTLES_S:
            now *= 1.0 - _STOP * np.sign(wrong)
            changed = at
        gain[frame] = now
    return gain


def _screen(rate_hz: float, at_s: Floats, random: np.random.Generator) -> Floats:
    """Return a screen's light about its mean: a rhythm, or the changing shots of a film."""
    if rate_hz:
        turn = 2 * np.pi * (rate_hz * at_s + random.uniform())
        return np.asarray(np.sin(turn) + 0.3 * np.sin(2 * turn))
    shots = np.sort(random.uniform(0, at_s[-1], max(2, int(_SHOTS_HZ * at_s[-1]))))
    levels = random.uniform(-1, 1, len(shots) + 1)
    within = 0.3 * Wander(random, low_hz=0.3, high_hz=3.0)(at_s)
    return np.asarray(levels[np.searchsorted(shots, at_s)] + within)
