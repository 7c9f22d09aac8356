"""Where skin is in a face that has been laid into its frame, whatever its tone.

The face fills a picture of `WIDE` by `HIGH` pixels, called the patch, as the detector's box does.
Everything here is a place in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vitals.rppg.frame import Picture

WIDE, HIGH = 96, 112
BOX_TOP = 12  # rows of forehead above the box that a detector draws from brow to chin
BOX_HIGH = 96

Mask = NDArray[np.uint8]
Part = tuple[float, float, float, float]

# Left, top, right, bottom in shares of the box; left and right as the picture has them.
REGIONS: Mapping[str, Part] = {
    "forehead": (0.26, -0.02, 0.74, 0.235),
    "left_cheek": (0.13, 0.50, 0.37, 0.78),
    "right_cheek": (0.63, 0.50, 0.87, 0.78),
}
MOUTH: Part = (0.32, 0.72, 0.68, 0.97)
_MIDDLE: Part = (0.15, 0.0, 0.85, 0.85)  # mostly skin in every face
_CHROMA_SPREADS = 3.5
_LEAST_SPREAD = 0.04  # of the logarithm of a ratio of colours: noise and shading
_DIMMEST, _BRIGHTEST = 0.45, 1.7  # of the median luma: hair and holes below, gloss above
_LEAST_SKIN = 0.35  # of a region; else it is hidden by hair, beard or cloth
_LUMA = np.array([0.114, 0.587, 0.299])  # ITU-R BT.601, blue first


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Masks:
    """Where to look in the patch: 255 there, 0 elsewhere, each (HIGH, WIDE) uint8.

    `regions` holds only those that are bare skin; `skin` is all of them together.
    """

    regions: Mapping[str, Mask]
    skin: Mask
    mouth: Mask


def masks(patch: Picture) -> Masks:
    """Find bare skin in a patch, by what differs from the face's own median colour.

    Parameters
    ----------
    patch : (HIGH, WIDE, 3) uint8, blue first

    Notes
    -----
    Only ratios of colours and shares of the median luma count, so neither a face's tone nor the
    lamp's brightness or colour changes the masks. Fixed ranges of colour, the usual way (Chai and
    Ngan, IEEE Trans. Circuits Syst. Video Technol. 9(4):551, 1999), were set on light skin.
    """
    like = _like_the_median(patch)
    regions = {}
    for name, part in REGIONS.items():
        place = _place(part)
        bare = np.where(place & like, 255, 0).astype(np.uint8)
        if np.count_nonzero(bare) >= _LEAST_SKIN * np.count_nonzero(place):
            regions[name] = bare
    skin = np.zeros((HIGH, WIDE), np.uint8)
    for bare in regions.values():
        skin |= bare
    return Masks(regions=regions, skin=skin, mouth=np.where(_place(MOUTH), 255, 0).astype(np.uint8))


def _like_the_median(patch: Picture) -> NDArray[np.bool_]:
    """Return which pixels (HIGH, WIDE) have the colour of most of the face, rims left out."""
    smooth = ndimage.uniform_filter(patch.astype(np.float64), size=(3, 3, 1)) + 1.0
    luma = smooth @ _LUMA
    ratios = np.log(smooth[..., :2] / smooth[..., 2:])
    middle = _place(_MIDDLE)
    chroma = np.median(ratios[middle], axis=0)
    away = np.abs(ratios - chroma)
    # 1.48 median deviations are a standard deviation where the noise is normal.
    spread = np.maximum(1.48 * np.median(away[middle], axis=0), _LEAST_SPREAD)
    level = luma / np.median(luma[middle])
    like = (away < _CHROMA_SPREADS * spread).all(axis=2)
    like &= (level > _DIMMEST) & (level < _BRIGHTEST)
    return np.asarray(ndimage.binary_erosion(like, border_value=1))


def _place(part: Part) -> NDArray[np.bool_]:
    """Return the pixels of an oval that fills a rectangle."""
    left, top, right, bottom = part
    across = (np.arange(WIDE) + 0.5) / WIDE
    down = (np.arange(HIGH) + 0.5 - BOX_TOP) / BOX_HIGH
    u = (across - (left + right) / 2) / ((right - left) / 2)
    v = (down - (top + bottom) / 2) / ((bottom - top) / 2)
    # A superellipse: between an oval, which wastes the corners, and a rectangle, whose corners
    # leave the face.
    return np.asarray(u[np.newaxis, :] ** 4 + v[:, np.newaxis] ** 4 <= 1)
