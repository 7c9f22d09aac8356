"""What is around a face: a wall with things on it, a neck and shoulders, a print, a television."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tests.simulator.case import Camera, Person
from tests.simulator.portrait import Face
from tests.simulator.shapes import Brush, Single, encoded, single, speckle
from tests.simulator.skin import Floats, skin

MIDDLE = 0.46  # of the picture's height: where the middle of the face is
_WALLS = ((0.45, 0.43, 0.40), (0.30, 0.36, 0.42), (0.40, 0.33, 0.25), (0.18, 0.20, 0.18))
_CLOTH = ((0.05, 0.07, 0.20), (0.35, 0.05, 0.05), (0.40, 0.40, 0.38), (0.03, 0.03, 0.035))
_THINGS = 7
_PAPER = (0.75, 0.75, 0.72)
_BEZEL = 0.012


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """A picture as the camera writes it, blue first, multiplied by its cover."""

    colour: Single
    cover: Single


def wall(camera: Camera, seed: int) -> Single:
    """Draw (h, w, 3): a wall, and shelves, frames and doors on it, out of focus."""
    random = np.random.default_rng([seed, 5])
    light = np.empty((camera.height, camera.width, 3))
    light[:] = _WALLS[int(random.integers(len(_WALLS)))]
    light *= np.linspace(1.1, 0.85, camera.height)[:, np.newaxis, np.newaxis]
    for _ in range(_THINGS):
        left, top = random.uniform(-0.1, 0.95, 2) * (camera.width, camera.height)
        wide, high = random.uniform(0.05, 0.35, 2) * (camera.width, camera.height)
        part = np.s_[int(max(top, 0)) : int(top + high), int(max(left, 0)) : int(left + wide)]
        light[part] = random.uniform(0.03, 0.6) * random.uniform(0.6, 1.4, 3)
    light *= speckle(random, light.shape[:2], camera.width / 3)[..., np.newaxis]
    soft = np.asarray(cv2.GaussianBlur(light, (0, 0), camera.width / 250), dtype=np.float64)
    return _blue_first(encoded(soft))


def shoulders(person: Person, camera: Camera, width: float, seed: int) -> Layer:
    """Draw neck and shoulders for the lower part of a picture, in its full width.

    Its middle column is that of the face; its first row is the middle of the face.
    """
    random = np.random.default_rng([seed, 6])
    brush = Brush(width, camera.width / 2 / width, 0.0, camera.height * 0.75 / width)
    cloth = np.array(_CLOTH[int(random.integers(len(_CLOTH)))])
    weave = 1.0 + 0.25 * np.sin(brush.v * random.uniform(20, 60)) * (random.uniform() < 0.5)
    light = (weave * speckle(random, brush.u.shape, width))[..., np.newaxis] * cloth
    body = skin(melanin=person.melanin, blood=person.blood).diffuse
    neck = np.clip((0.27 - np.abs(brush.u)) * width / 2, 0, 1)
    shade = 0.45 + 0.3 * np.clip((brush.v - 0.6) / 0.3, 0, 1)
    rim = brush.oval(0.0, 1.9, 1.35, 0.95, soft=0.02)
    collar = np.clip((brush.v - 0.92 - 0.25 * (0.3 - np.abs(brush.u))) * width / 2, 0, 1)
    light = brush.mixed(shade[..., np.newaxis] * body, light, rim * np.maximum(collar, neck < 1))
    cover = np.maximum(rim, neck)
    return Layer(colour=_blue_first(encoded(light) * cover[..., np.newaxis]), cover=single(cover))


def printed(drawn: Face) -> Face:
    """Put a face on paper with a white edge: flat, matt, and all of it moves together."""
    high, wide = drawn.cover.shape
    ground = np.full((high, wide, 3), encoded(np.array([0.25, 0.22, 0.18]))[np.newaxis])
    sheet = drawn.colour + ground * (1.0 - drawn.cover[..., np.newaxis])
    edge = max(2, wide // 30)
    for part in (np.s_[:edge], np.s_[-edge:], np.s_[:, :edge], np.s_[:, -edge:]):
        sheet[part] = encoded(np.array(_PAPER))
    nothing = np.zeros_like(drawn.colour)
    return Face(colour=single(sheet), cover=np.ones_like(drawn.cover), pulse=nothing, gloss=nothing)


def screen(camera: Camera, width: float) -> tuple[Layer, Layer]:
    """Draw a television around a face of so many pixels: what shines, and the black frame."""
    brush = Brush(1.0, camera.width / 2, camera.height * MIDDLE, camera.height * (1 - MIDDLE) - 1)
    half = (1.05 * width, 1.05 * width)
    away = np.maximum(np.abs(brush.u) - half[0], np.abs(brush.v) - half[1])
    away = away[: camera.height, : camera.width]
    inside = single(np.clip(0.5 - away, 0, 1))
    frame = single(np.clip(_BEZEL * camera.width + 0.5 - away, 0, 1))
    glow = single(np.full((*inside.shape, 3), encoded(np.array(0.2))) * inside[..., np.newaxis])
    black = single(np.full((*inside.shape, 3), encoded(np.array(0.01))) * frame[..., np.newaxis])
    return Layer(colour=glow, cover=inside), Layer(colour=black, cover=frame)


def _blue_first(rgb: Floats) -> Single:
    return single(rgb[..., ::-1])
