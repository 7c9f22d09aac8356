"""A made-up sitter to measure this machine's speed with: what a detector takes for a face.

It says nothing of how right an estimate is: for that, tests/simulator draws people with care.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vitals.rppg.frame import Picture, TimedFrame

Singles = NDArray[np.float32]

WIDE, HIGH, RATE_HZ = 640, 480, 30.0
PULSE_BPM = 72.0
_SKIN = (105.0, 125.0, 175.0)  # blue, green, red
_CLOTH, _WALL = (120.0, 60.0, 50.0), (140.0, 145.0, 150.0)
_BLOOD = (0.69, 1.0, 0.43)  # relative to green: de Haan and van Leest, Physiol. Meas. 35:1913, 2014
_SHARE = 0.01  # of green, from the middle to the top of a beat
_FACE = 190.0  # pixels, ear to ear
_NOISE = 2.5  # camera units
# Dark places of a face: right and down of its middle, their size, in face widths, and how dark.
_SPOTS = (
    (0.0, 0.05, 0.05, 0.16, -0.12),  # the bridge of the nose, which is bright
    *((side * 0.205, -0.12, 0.15, 0.09, 0.35) for side in (-1, 1)),  # sockets
    *((side * 0.205, -0.10, 0.075, 0.035, 0.75) for side in (-1, 1)),  # eyes
    *((side * 0.21, -0.215, 0.12, 0.022, 0.70) for side in (-1, 1)),  # brows
    *((side * 0.05, 0.215, 0.03, 0.02, 0.45) for side in (-1, 1)),  # nostrils
    (0.0, 0.37, 0.14, 0.025, 0.5),  # mouth
)
_SWAY_PX, _SWAY_HZ = 2.0, 0.27


def sitter(seconds: float) -> Iterator[TimedFrame]:
    """Yield a sitter in 640x480 at 30 pictures a second, pulse 72 per minute, with noise."""
    random = np.random.default_rng(1)
    still, alive = _drawing()
    # One large field of noise, cut anew for each picture: to draw it would cost more than to look.
    noise = random.normal(0, _NOISE, (HIGH + 64, WIDE + 64, 3)).round().astype(np.int8)
    level = np.empty(still.shape, np.float32)
    for number in range(int(seconds * RATE_HZ)):
        at_s = number / RATE_HZ
        np.multiply(alive, _SHARE * _beat(2 * np.pi * PULSE_BPM / 60 * at_s), out=level)
        level += still
        down, right = random.integers(64, size=2)
        level += noise[down : down + HIGH, right : right + WIDE]
        np.clip(level, 0, 255, out=level)
        aside = round(_SWAY_PX * np.sin(2 * np.pi * _SWAY_HZ * at_s))
        yield TimedFrame(at_s=at_s, bgr=np.roll(level.astype(np.uint8), aside, axis=1))


def _beat(phase: float) -> np.float32:
    """Return a wave with a second hill, as pulses have."""
    return np.float32(np.cos(phase) + 0.4 * np.cos(2 * phase - 1.0))


def _drawing() -> tuple[Picture, Picture]:
    """Return the picture (h, w, 3), and what a beat of 1 adds to it."""
    u = (np.arange(WIDE, dtype=np.float32) - WIDE / 2)[np.newaxis, :] / np.float32(_FACE)
    v = (np.arange(HIGH, dtype=np.float32) - 0.45 * HIGH)[:, np.newaxis] / np.float32(_FACE)
    head = _below(60 * (np.hypot(u / 0.5, v / 0.68) - 1))
    body = _below(40 * (np.hypot(u / 1.3, (v - 1.75) / 0.95) - 1)) * (1 - head)
    lit = head * _relief(u, v)
    cloth = body * (0.8 + 0.2 * np.sin(40 * v) * np.cos(25 * u))
    still = np.empty((HIGH, WIDE, 3), np.uint8)
    alive = np.empty_like(still)
    for channel, skin in enumerate(_SKIN):
        alive[..., channel] = lit * skin * _BLOOD[channel]
        around = cloth * _CLOTH[channel] + (1 - head) * (1 - body) * _WALL[channel]
        still[..., channel] = lit * skin + around
    return still, alive


def _relief(u: Singles, v: Singles) -> Singles:
    """Return how bright each place of a face is: what the detector's cascade looks for."""
    light = 0.75 + 0.25 * np.sqrt(np.clip(1 - (u / 0.6) ** 2 - (v / 0.8) ** 2, 0, 1))
    for x, y, wide, high, depth in _SPOTS:
        light *= 1 - depth * np.exp(-(((u - x) / wide) ** 2) - ((v - y) / high) ** 2)
    hair = _below(60 * (v + 0.47))
    return np.asarray(light * (1 - 0.85 * hair), dtype=np.float32)


def _below(edge: Singles) -> Singles:
    """Return 1 where a number is far below 0, 0 where it is far above, and a soft way between."""
    return np.asarray(0.5 - 0.5 * np.tanh(edge / 2), dtype=np.float32)
