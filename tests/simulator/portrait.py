"""A face, drawn from ellipses and light: good enough for a detector of faces, and known to a pixel.

Places are in face widths, right and down of the middle of the face, so that one drawing fits every
size. Colours are linear light under a white lamp of strength 1, red first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.simulator.case import Person
from tests.simulator.shapes import GAMMA, Brush, Single, encoded, single, speckle
from tests.simulator.skin import Floats, skin

ACROSS, ABOVE, BELOW = 0.85, 1.0, 0.9  # the sprite around the middle of the face, in face widths
_HAIR = ((0.03, 0.02, 0.015), (0.09, 0.05, 0.025), (0.25, 0.24, 0.23), (0.01, 0.01, 0.01))
_LIPS = (0.75, 0.50, 0.52)  # of the skin's colour
_WHITE = (0.55, 0.52, 0.50)
_IRIS = (0.05, 0.03, 0.02)
_MOUTH = (0.04, 0.012, 0.012)
_EYE = 0.205, -0.10  # place of an eye
_PULSING = ((0.0, -0.42, 0.34, 1.0), (0.26, 0.16, 0.20, 0.9), (-0.26, 0.16, 0.20, 0.9))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """One drawing of a face as the camera writes it, 0 to 255, multiplied by its cover.

    `colour` (h, w, 3) blue first; `cover` (h, w) 0 to 1; and how `colour` changes, per unit of the
    pulse (`pulse`) and when the gloss doubles (`gloss`), both to the first order, which is exact
    to 1e-4.
    """

    colour: Single
    cover: Single
    pulse: Single
    gloss: Single


def face(person: Person, width: float, seed: int, *, jaw: float = 0.0, lids: float = 0.0) -> Face:
    """Draw a face.

    Parameters
    ----------
    width : pixels
        Of the face, ear to ear.
    seed : int
        Whose face: hair, brows, pores.
    jaw, lids : float, 0 to 1
        How far the mouth is open and the eyes are shut.
    """
    random = np.random.default_rng([seed, 4])
    brush = Brush(width, ACROSS, ABOVE, BELOW)
    hair = np.array(_HAIR[int(random.integers(len(_HAIR)))])
    body = skin(melanin=person.melanin, blood=person.blood)
    # Below the nose everything follows the jaw.
    brush.v = brush.v - 0.07 * jaw * np.clip((brush.v - 0.26) / 0.3, 0.0, 1.0)
    head = brush.oval(0.0, -0.02, 0.5, 0.68, soft=0.02)
    ears = np.maximum(brush.oval(-0.5, 0.02, 0.06, 0.14), brush.oval(0.5, 0.02, 0.06, 0.14))
    bare = np.maximum(head, ears * 0.98)
    relief = _relief(brush) * speckle(random, bare.shape, width)
    colour = relief[..., np.newaxis] * body.diffuse
    alive = _strength(brush)
    colour, alive = _mouth(brush, colour, alive, jaw)
    colour, alive = _eyes(brush, colour, alive, lids)
    colour, alive = _hair(brush, colour, alive, hair)
    cover = np.maximum(bare, _mop(brush))
    gloss = person.gloss * relief * _shine(brush) * np.clip(alive * 2, 0.15, 1.0)
    return _written(colour, gloss, cover, GAMMA * person.amplitude * alive, body.pulse)


def _written(
    colour: Floats,
    gloss: Floats,
    cover: Floats,
    alive: Floats,
    direction: Floats,
) -> Face:
    """Return the drawing as a camera writes it, with its two slopes."""
    light = colour + gloss[..., np.newaxis]
    written = encoded(light) * cover[..., np.newaxis]
    # d(level) = level / GAMMA * d(light) / light
    slope = written / (GAMMA * np.maximum(light, 1e-4))
    return Face(
        colour=_blue_first(written),
        cover=single(cover),
        pulse=_blue_first(slope * colour * alive[..., np.newaxis] * direction),
        gloss=_blue_first(slope * gloss[..., np.newaxis]),
    )


def _blue_first(rgb: Floats) -> Single:
    return single(rgb[..., ::-1])


def _relief(brush: Brush) -> Floats:
    """Return how much light each place of the face catches: a ball with sockets and a nose."""
    depth = np.sqrt(np.clip(1.0 - (brush.u / 0.56) ** 2 - ((brush.v + 0.02) / 0.80) ** 2, 0.02, 1))
    light: Floats = 0.42 + 0.58 * np.clip(0.92 * depth - 0.25 * brush.v, 0.0, 1.0)
    for side in (-1, 1):
        eye_u, eye_v = side * _EYE[0], _EYE[1]
        light *= 1.0 - 0.42 * brush.glow(eye_u, eye_v - 0.03, 0.13, 0.075)
        light *= 1.0 - 0.22 * brush.glow(side * 0.075, 0.0, 0.035, 0.16)
        light *= 1.0 - 0.10 * brush.glow(side * 0.17, 0.27, 0.03, 0.10)
        light *= 1.0 + 0.10 * brush.glow(side * 0.25, 0.10, 0.12, 0.08)
        light *= 1.0 - 0.55 * brush.glow(side * 0.055, 0.215, 0.022, 0.014)
    light *= 1.0 + 0.16 * brush.glow(0.0, 0.04, 0.035, 0.15)
    light *= 1.0 - 0.30 * brush.glow(0.0, 0.235, 0.10, 0.022)
    light *= 1.0 + 0.08 * brush.glow(0.0, -0.36, 0.28, 0.12)
    light *= 1.0 - 0.22 * brush.glow(0.0, 0.47, 0.12, 0.025)
    return np.asarray(light)


def _strength(brush: Brush) -> Floats:
    """Return how strong the pulse is: most on forehead and cheeks, half elsewhere."""
    peaks = [height * brush.glow(u, v, wide, wide * 0.7) for u, v, wide, height in _PULSING]
    return np.asarray(np.clip(0.5 + 0.55 * np.max(peaks, axis=0), 0.0, 1.0))


def _shine(brush: Brush) -> Floats:
    """Return the gloss: some everywhere, most on forehead, nose and cheekbones."""
    spots = 1.3 * brush.glow(0.05, -0.40, 0.14, 0.07) + 2.2 * brush.glow(0.01, 0.12, 0.025, 0.04)
    for side in (-1, 1):
        spots = spots + 0.9 * brush.glow(side * 0.26, 0.06, 0.06, 0.04)
    return np.asarray(0.7 + spots)


def _mouth(brush: Brush, colour: Floats, alive: Floats, jaw: float) -> tuple[Floats, Floats]:
    at = 0.37
    lips = brush.oval(0.0, at, 0.165 - 0.02 * jaw, 0.042 + 0.015 * jaw, soft=0.015)
    colour = brush.mixed(colour, colour * _LIPS, lips)
    line = brush.oval(0.0, at, 0.155 - 0.02 * jaw, 0.008 + 0.045 * jaw, soft=0.01)
    return brush.mixed(colour, np.array(_MOUTH), 0.85 * line), alive * (1.0 - line)


def _eyes(brush: Brush, colour: Floats, alive: Floats, lids: float) -> tuple[Floats, Floats]:
    for side in (-1, 1):
        u, v = side * _EYE[0], _EYE[1]
        opened = 0.036 * (1.0 - lids)
        white = brush.oval(u, v, 0.088, max(opened, 0.001), soft=0.012) * (1.0 - 0.9 * lids)
        iris = np.minimum(brush.oval(u, v, 0.036, 0.036, soft=0.01), white)
        lashes = brush.oval(u, v - opened, 0.095, 0.016, soft=0.012)
        brow = brush.oval(u + side * 0.01, v - 0.115, 0.125, 0.022, soft=0.02)
        colour = brush.mixed(colour, np.array(_WHITE) * np.clip(colour * 3, 0.2, 1), white)
        colour = brush.mixed(colour, np.array(_IRIS), iris)
        colour = brush.mixed(colour, colour * 0.15, 0.9 * lashes)
        colour = brush.mixed(colour, colour * 0.18 + 0.004, 0.85 * brow)
        alive = alive * (1.0 - np.maximum.reduce([white, lashes, brow]))
    return colour, alive


def _mop(brush: Brush) -> Floats:
    """Return where hair is or could be: over the head and down to the ears."""
    cap = brush.oval(0.0, -0.16, 0.565, 0.66, soft=0.03)
    return np.asarray(cap * np.clip((0.12 - brush.v) / 0.06, 0.0, 1.0))


def _hair(brush: Brush, colour: Floats, alive: Floats, hair: Floats) -> tuple[Floats, Floats]:
    under = brush.oval(0.0, 0.04, 0.475, 0.64, soft=0.05)
    ears = np.maximum(brush.oval(-0.52, 0.02, 0.05, 0.13), brush.oval(0.52, 0.02, 0.05, 0.13))
    over = _mop(brush) * (1.0 - under) * (1.0 - ears)
    strands = 1.0 + 0.12 * np.sin(90.0 * brush.u + 14.0 * np.sin(5.0 * brush.v))
    return brush.mixed(colour, strands[..., np.newaxis] * hair, over), alive * (1.0 - over)
