"""What the camera side hands to the estimator: a few numbers a frame, and no picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Each optional column of a trace, and its shape after the frames.
_COLUMNS: Mapping[str, tuple[int, ...]] = {
    "background": (3,),
    "box": (4,),
    "faces": (),
    "saturated": (),
    "dark": (),
    "skin_change": (),
    "mouth_change": (),
    "shoulders": (),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """Everything the estimator knows of a clip: one row a frame, in the order they were taken.

    A number that a frame does not have (no face in it, region hidden) is NaN. A column that
    nobody measured is None: then the checks that need it are left out, never passed.

    Parameters
    ----------
    at_s : (n,) float64, seconds
        When each frame was taken, from any start. May jitter, repeat or have gaps.
    regions : mapping of name to (n, 3) float64, camera units 0 to 255
        Mean **red, green, blue** (in this order; OpenCV's is the reverse) of the skin pixels of
        each region, "forehead", "left_cheek", "right_cheek", or "skin" for a clip of nothing else.
    background : (n, 3) float64 or None, camera units
        Mean red, green, blue of a still part of the room beside the head.
    box : (n, 4) float64 or None, pixels
        x, y, width, height of the face as it was tracked, sub-pixel, without a dead band.
    faces : (n,) float64 or None
        How many faces of similar size are in the frame: 0 none, 2 or more if nobody is the one.
        NaN in frames where nobody looked for faces.
    saturated, dark : (n,) float64 or None, share 0 to 1
        Share of skin pixels with a channel at 250 or more; share with a green below 20.
    skin_change, mouth_change : (n,) float64 or None, camera units
        Mean absolute change of luma since the previous frame, pixel by pixel, over the skin
        regions and over the mouth area: their ratio tells talking from noise and from moving.
    shoulders : (n,) float64 or None, pixels
        Vertical position of shoulders or chest, downwards, as far as it was tracked.

    Raises
    ------
    ValueError
        Where lengths or shapes do not fit each other, or there is no region. Any numbers fit.
    """

    at_s: Floats
    regions: Mapping[str, Floats]
    background: Floats | None = None
    box: Floats | None = None
    faces: Floats | None = None
    saturated: Floats | None = None
    dark: Floats | None = None
    skin_change: Floats | None = None
    mouth_change: Floats | None = None
    shoulders: Floats | None = None

    def __post_init__(self) -> None:
        """Refuse columns that cannot belong to the same frames."""
        count = len(self.at_s)
        if self.at_s.shape != (count,) or not self.regions:
            raise ValueError("a trace needs times in one column and at least one region")
        for name, column, shape in self._columns():
            if column.shape != (count, *shape):
                raise ValueError(f"{name} is {column.shape}, not {(count, *shape)}")

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.at_s)

    def last(self, seconds: float) -> Trace:
        """Return the frames of the last so many seconds."""
        return self.rows(self.at_s > self.at_s[-1] - seconds) if len(self) else self

    def rows(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Trace:
        """Return the frames that `keep` picks, a mask or indices, every column alike."""
        return self.mapped(lambda column: column[keep])

    def mapped(self, change: Callable[[Floats], Floats]) -> Trace:
        """Return the trace with every column changed that it has."""
        kept = {name: getattr(self, name) for name in _COLUMNS}
        columns: dict[str, Any] = {
            name: None if column is None else change(column) for name, column in kept.items()
        }
        regions = {name: change(rgb) for name, rgb in self.regions.items()}
        return Trace(at_s=change(self.at_s), regions=regions, **columns)

    def _columns(self) -> Iterator[tuple[str, Floats, tuple[int, ...]]]:
        for name, rgb in self.regions.items():
            yield name, rgb, (3,)
        for name, shape in _COLUMNS.items():
            column: Floats | None = getattr(self, name)
            if column is not None:
                yield name, column, shape
