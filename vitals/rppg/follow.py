"""Following a face to a part of a pixel, from one reference picture, so that nothing drifts.

A detector's box jumps by pixels from picture to picture, and one that looks once a second makes a
pulse of 60 per minute out of that. Here corners of the face are found again in each picture by
Lucas and Kanade's method (Bouguet, Intel 2001, in pyramids) always against the same reference.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vitals.rppg import skin
from vitals.rppg.frame import Picture
from vitals.rppg.trace import Floats

Points = NDArray[np.float32]
Found = NDArray[np.bool_]

_FACE_POINTS, _CHEST_POINTS = 40, 24
_LEAST_POINTS = 8
_AROUND_PX = 13
_WINDOW = (15, 15)
_LEVELS = 1
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 0.01)
_OFF_PX = 1.0  # further from where the others say: a lid, a lip, a reflection
_LOST, _WORN = 0.45, 0.65  # share of corners that agree
_SIZES = (0.6, 1.7)  # of the face, over its size when it was found
_CHEST: tuple[float, float, float, float] = (-0.2, 1.3, 1.2, 2.2)  # in shares of the box


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the patch lies in the picture: a patch's x + iy goes to `turn * (x + iy) + at`.

    Complex numbers are a plane's turns, sizes and shifts: four numbers, no more than a head that
    looks into a camera needs.
    """

    turn: complex
    at: complex

    @classmethod
    def of_box(cls, box: tuple[float, float, float, float]) -> Pose:
        """Return the pose of a box x, y, width, height that a detector drew."""
        scale = box[2] / skin.WIDE
        return cls(complex(scale), complex(box[0], box[1] - scale * skin.BOX_TOP))

    @property
    def box(self) -> Floats:
        """Return x, y, width, height of the upright box around the same middle."""
        scale = abs(self.turn)
        middle = self.turn * complex(skin.WIDE / 2, skin.BOX_TOP + skin.BOX_HIGH / 2) + self.at
        size = np.array([scale * skin.WIDE, scale * skin.BOX_HIGH])
        return np.array([middle.real - size[0] / 2, middle.imag - size[1] / 2, *size])

    @property
    def matrix(self) -> Floats:
        """Return the (2, 3) matrix that OpenCV wants."""
        a, b = self.turn, self.at
        return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Reference:
    """A picture with corners in it: in its own pixels, and (face only) in those of the patch."""

    detail: Picture
    points: Points
    in_patch: NDArray[np.complex128]

    @property
    def faces(self) -> int:
        return len(self.in_patch)


class Follower:
    """One face and the chest below it, followed through pictures of one size.

    Parameters
    ----------
    luma : (h, w) uint8
        The picture in which the face was found.
    box : x, y, width, height, pixels
    """

    def __init__(self, luma: Picture, box: tuple[float, float, float, float]) -> None:
        self.pose = Pose.of_box(box)
        self.agreement = 1.0
        detail = _detail(luma)
        self._found = abs(self.pose.turn)
        self._chest_seen = False
        self._chest_at = self._chest_shift = 0.0
        self._reference = _reference(detail, self.pose)

    @property
    def usable(self) -> bool:
        """Tell whether there were corners enough to hold on to."""
        return self._reference.faces >= _LEAST_POINTS

    @property
    def chest_px(self) -> float:
        """Return how far the chest has come down since the face was found; NaN if unseen now."""
        return self._chest_at if self._chest_seen else float("nan")

    def step(self, luma: Picture) -> bool:
        """Find the face again in the next picture; False, and all as before, where it is lost."""
        if not self.usable:
            return False
        detail = _detail(luma)
        points, found = self._flow(detail, self._expected())
        faces = self._reference.faces
        fit = _fitted(self._reference.in_patch, points[:faces], found[:faces], self.pose)
        if fit is None or not self._plausible(fit[0], luma):
            self.agreement = 0.0
            return False
        self.pose, self.agreement = fit
        self._follow_chest(points[faces:], found[faces:])
        if self.agreement < _WORN:
            self._renew(detail)
        return True

    def again(self, luma: Picture, box: tuple[float, float, float, float]) -> bool:
        """Try to take hold of the same face where a detector sees one; tell whether it is."""
        before = self.pose
        self.pose = Pose.of_box(box)
        if self.step(luma):
            return True
        self.pose = before
        return False

    def _expected(self) -> Points:
        """Return where the corners are if nothing has moved since the last picture."""
        old = self._reference
        face = self.pose.turn * old.in_patch + self.pose.at
        guess = old.points.copy()
        guess[: old.faces] = np.stack([face.real, face.imag], axis=1)
        guess[old.faces :, 1] += self._chest_at - self._chest_shift
        return guess

    def _flow(self, detail: Picture, guess: Points) -> tuple[Points, Found]:
        points, found, _ = cv2.calcOpticalFlowPyrLK(
            self._reference.detail,
            detail,
            self._reference.points,
            guess,
            winSize=_WINDOW,
            maxLevel=_LEVELS,
            criteria=_STOP,
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        return points.astype(np.float32), found[:, 0].astype(np.bool_)

    def _plausible(self, pose: Pose, luma: Picture) -> bool:
        """Tell whether a head can be there: inside the picture, and about as large as it was."""
        x, y, wide, high = pose.box
        inside = -wide / 3 < x < luma.shape[1] - wide * 2 / 3
        inside &= -high / 3 < y < luma.shape[0] - high * 2 / 3
        return bool(inside and _SIZES[0] < abs(pose.turn) / self._found < _SIZES[1])

    def _follow_chest(self, points: Points, found: Found) -> None:
        start = self._reference.points[self._reference.faces :]
        self._chest_seen = bool(np.count_nonzero(found) >= _LEAST_POINTS // 2)
        if self._chest_seen:
            moved = points[found, 1] - start[found, 1]
            middle = _median(moved)
            # A mean of those near the median: finer than it, and as deaf to a waving hand.
            near = np.clip(moved, middle - _OFF_PX, middle + _OFF_PX)
            self._chest_at = self._chest_shift + float(near.mean())

    def _renew(self, detail: Picture) -> None:
        """Take the present picture for the reference: the head has turned or the light changed."""
        fresh = _reference(detail, self.pose)
        if fresh.faces >= _LEAST_POINTS:
            self._reference = fresh
            self._chest_shift = self._chest_at


def _detail(luma: Picture) -> Picture:
    """Return how bright each place is beside what is around it: 128 where it is alike.

    A face that grows brighter moves its edges a little, to the eyes of Lucas and Kanade, and so
    the pulse itself would move the head: seen as motion, it would be taken out of the colours.
    """
    around = cv2.blur(luma, (_AROUND_PX, _AROUND_PX))
    return cv2.divide(luma, around, scale=128.0)  # type: ignore[return-value]


def _reference(detail: Picture, pose: Pose) -> _Reference:
    face = _corners(detail, _face_area(detail, pose), _FACE_POINTS)
    chest = _corners(detail, _chest_area(detail, pose), _CHEST_POINTS)
    in_picture = face[:, 0] + 1j * face[:, 1]
    return _Reference(
        detail=detail,
        points=np.concatenate([face, chest]),
        in_patch=(in_picture - pose.at) / pose.turn,
    )


def _corners(luma: Picture, area: Picture, count: int) -> Points:
    found = cv2.goodFeaturesToTrack(luma, count, 0.01, 4, mask=area)
    return np.empty((0, 2), np.float32) if found is None else found.reshape(-1, 2).astype("f4")


def _face_area(luma: Picture, pose: Pose) -> Picture:
    """Return where corners may be: on the face, and not at the mouth, which moves by itself."""
    area = np.zeros(luma.shape, np.uint8)
    x, y, wide, high = pose.box
    cv2.rectangle(area, *_corners_of(x, y, wide, 0.72 * high), 255, cv2.FILLED)
    return area


def _chest_area(luma: Picture, pose: Pose) -> Picture:
    area = np.zeros(luma.shape, np.uint8)
    x, y, wide, high = pose.box
    left, top, right, bottom = _CHEST
    place = (x + left * wide, y + top * high, (right - left) * wide, (bottom - top) * high)
    cv2.rectangle(area, *_corners_of(*place), 255, cv2.FILLED)
    return area


def _corners_of(
    x: float, y: float, wide: float, high: float
) -> tuple[tuple[int, int], tuple[int, int]]:
    return (round(x), round(y)), (round(x + wide), round(y + high))


def _fitted(
    in_patch: NDArray[np.complex128], points: Points, found: Found, near: Pose
) -> tuple[Pose, float] | None:
    """Fit a turn, size and shift to corners, leaving out those that go their own way.

    Returns the pose and the share of all corners that agree with it; None if too few do.
    """
    there = points[:, 0].astype(np.float64) + 1j * points[:, 1]
    off = there - (near.turn * in_patch + near.at)
    keep = found.copy()
    if np.count_nonzero(keep) < _LEAST_POINTS:
        return None
    # The first round only shifts, by medians: half of the corners may lie.
    shift = complex(_median(off[keep].real), _median(off[keep].imag))
    keep &= np.abs(off - shift) < 4 * _OFF_PX
    pose = near
    for _ in range(3):
        if np.count_nonzero(keep) < _LEAST_POINTS:
            return None
        z, w = in_patch[keep], there[keep]
        z0, w0 = z.mean(), w.mean()
        turn = np.vdot(z - z0, w - w0) / np.vdot(z - z0, z - z0).real
        pose = Pose(complex(turn), complex(w0 - turn * z0))
        keep = found & (np.abs(there - (pose.turn * in_patch + pose.at)) < _OFF_PX)
    share = np.count_nonzero(keep) / len(keep)
    return (pose, share) if share >= _LOST else None


def _median(values: NDArray[np.float32] | NDArray[np.float64]) -> float:
    """Return what numpy's own does, which takes five times as long for so few."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)
