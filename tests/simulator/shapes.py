"""What drawings are made of: soft ovals, glows, noise, and how a camera writes light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.simulator.skin import Floats

Single = NDArray[np.float32]

GAMMA = 2.2
FULL = 255.0


def encoded(light: Floats) -> Floats:
    """Return levels, 0 to 255 and beyond, of linear light."""
    return np.asarray(FULL * np.maximum(light, 0.0) ** (1.0 / GAMMA))


def single(values: object) -> Single:
    """Return pixels in the form that OpenCV is fast with."""
    return np.ascontiguousarray(values, dtype=np.float32)


class Brush:
    """A canvas around a middle, and where its pixels are, in units of `width` pixels.

    `u` runs to the right and `v` down; both are 0 in the middle.
    """

    def __init__(self, width: float, across: float, above: float, below: float) -> None:
        columns, up, down = (round(part * width) for part in (across, above, below))
        self.width = width
        self.u = (np.arange(-columns, columns + 1) / width)[np.newaxis, :] + np.zeros((1, 1))
        self.v = (np.arange(-up, down + 1) / width)[:, np.newaxis] + np.zeros((1, 1))
        self.u, self.v = np.broadcast_arrays(self.u, self.v)

    def oval(self, u: float, v: float, wide: float, high: float, *, soft: float = 0.01) -> Floats:
        """Return cover, 0 to 1, of an oval with so soft an edge."""
        out = np.sqrt(((self.u - u) / wide) ** 2 + ((self.v - v) / high) ** 2)
        edge = max(soft, 1.0 / self.width) / min(wide, high)
        return np.asarray(np.clip((1.0 - out) / edge + 0.5, 0.0, 1.0))

    def glow(self, u: float, v: float, wide: float, high: float) -> Floats:
        """Return a hill of height 1."""
        return np.asarray(np.exp(-0.5 * (((self.u - u) / wide) ** 2 + ((self.v - v) / high) ** 2)))

    @staticmethod
    def mixed(under: Floats, over: Floats, cover: Floats) -> Floats:
        """Paint one colour over another."""
        part = cover[..., np.newaxis]
        return np.asarray(under * (1.0 - part) + over * part)


def speckle(random: np.random.Generator, shape: tuple[int, ...], width: float) -> Floats:
    """Return pores and patches about 1: what makes a moved face change its pixels."""
    total = np.ones(shape)
    for grain, strength in ((0.006, 0.025), (0.03, 0.02), (0.12, 0.03)):
        fine = random.standard_normal(shape).astype(np.float32)
        smooth = single(cv2.GaussianBlur(fine, (0, 0), max(grain * width, 0.6)))
        total += strength * smooth / max(float(smooth.std()), 1e-6)
    return np.asarray(np.clip(total, 0.5, 1.5))
