"""One face out of each picture: found once, then followed, laid flat, and turned into numbers.

The detector is the cascade of Viola and Jones that OpenCV's wheel carries: a model of our own would
have to be trained, licensed and carried. README.md has what was measured of it on every skin tone.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from vitals.rppg import skin
from vitals.rppg.follow import Follower
from vitals.rppg.frame import Picture
from vitals.rppg.rows import NAN, NO_COLOUR, Box, Colour, Seen
from vitals.rppg.trace import Floats

Part = tuple[slice, slice]

_WIDE = 320  # of the picture that is looked at; its pixels are means of all that were there
_CASCADE = "haarcascade_frontalface_default.xml"
_STEP, _NEIGHBOURS = 1.1, 5
_BRIGHTEST = 220  # to where the brightest tenth of a picture is lifted
_LEAST_FACE = 0.14  # of the picture's shorter side
_SIMILAR = 0.5  # of the largest face's area
_SAME = 0.5  # overlap of two boxes of one face
_TRY_EVERY, _LATER_EVERY = 4, 12  # pictures, while nobody is followed: at first, and then
_AT_FIRST = 60  # pictures
_PATIENCE = 6  # pictures after which a lost face is looked for
_GIVE_UP = 4  # times
# Seconds after a face was found at which others are looked for; never a rhythm, and the box that
# is followed is not touched.
_LOOKS_S = (1.3, 3.1, 6.2, 11.9, 20.3, 33.8, 52.1, 79.0, 103.0)
_BRIGHT, _DARK = 250, 20  # camera units
_ASIDE = 0.35  # of a face's width: how far the wall is from its box
_LEAST_WALL = 8  # pixels


class Detector:
    """Finds upright faces that look at the camera."""

    def __init__(self) -> None:
        """Load the cascade from OpenCV's own wheel."""
        data = Path(cv2.__file__).with_name("data")
        self._cascade = cv2.CascadeClassifier(str(data / _CASCADE))

    def __call__(self, luma: Picture) -> list[Box]:
        """Return a box x, y, width, height for each face in a picture (h, w), the largest first."""
        least = max(24, round(_LEAST_FACE * min(luma.shape)))
        # As bright as in daylight and without noise: of the dark half of our test pictures the
        # cascade finds three in ten without this, and all with it, of every tone.
        smooth = cv2.GaussianBlur(luma, (5, 5), 1.0)
        lift = _BRIGHTEST / max(float(np.percentile(smooth, 90)), 1.0)
        day = cv2.convertScaleAbs(smooth, alpha=lift)
        found = self._cascade.detectMultiScale(day, _STEP, _NEIGHBOURS, minSize=(least, least))
        boxes: list[Box] = [(float(x), float(y), float(w), float(h)) for x, y, w, h in found]
        return sorted(boxes, key=lambda box: -box[2] * box[3])


class Watcher:
    """Looks at one picture after the other, and says what each shows of the one face.

    `picture` is the last one as it was looked at, `flat` the face laid flat in it and `masks` where
    its skin is; None where there is none.
    """

    def __init__(self) -> None:
        """Start with nobody in sight."""
        self._detector = Detector()
        self._start_over()

    def _start_over(self) -> None:
        self._follower: Follower | None = None
        self._candidate: Box | None = None
        self._shape: tuple[int, ...] = ()
        self._absent = 0
        self._since_s, self._looks = 0.0, 0
        self._wall: Part | None = None
        self._luma_before: Picture | None = None
        self.flat: Picture | None = None
        self.masks: skin.Masks | None = None
        self.picture: Picture | None = None

    def look(self, bgr: Picture, at_s: float) -> Seen:
        """Say what a picture (h, w, 3) shows. One of another size than the last begins anew."""
        scale = max(1.0, max(bgr.shape[:2]) / _WIDE)
        small = _resized(bgr, scale)
        luma = _luma(small)
        if luma.shape != self._shape:
            self._start_over()
            self._shape = luma.shape
        self.picture = small
        if self._follower is None:
            return self._seek(small, luma, scale, at_s)
        if not self._follower.step(luma):
            return self._miss(luma)
        self._absent = 0
        return self._measured(small, luma, scale, at_s)

    def _seek(self, small: Picture, luma: Picture, scale: float, at_s: float) -> Seen:
        """Look for a face; take hold of the largest once it is found twice in the same place."""
        self._absent += 1
        every = _TRY_EVERY if self._absent < _AT_FIRST else _LATER_EVERY
        if self._candidate is None and self._absent % every != 1:
            return Seen()
        boxes = self._detector(luma)
        before, self._candidate = self._candidate, boxes[0] if boxes else None
        faces = _similar(boxes)
        nobody = Seen(faces=faces, dark=cv2.mean(cv2.inRange(small, _NOTHING, _DIM))[0] / 255)
        if before is None or self._candidate is None or _overlap(before, boxes[0]) < _SAME:
            return nobody
        middle = (np.array(before) + np.array(boxes[0])) / 2
        follower = Follower(luma, (middle[0], middle[1], middle[2], middle[3]))
        if not follower.usable:
            return nobody
        self._take(follower, small, at_s)
        return self._measured(small, luma, scale, at_s, begun=True, faces=faces)

    def _take(self, follower: Follower, small: Picture, at_s: float) -> None:
        self._follower = follower
        self._absent = 0
        self._since_s, self._looks = at_s, 0
        self._wall = _beside(follower.pose.box, small.shape)
        self._luma_before = None
        self.masks = skin.masks(_laid_flat(small, follower))

    def _miss(self, luma: Picture) -> Seen:
        """Wait a little for a face that was lost, look for it, and give it up at last."""
        self._absent += 1
        self._luma_before = None
        if self._follower is None or self._absent % _PATIENCE:
            return Seen()
        boxes = self._detector(luma)
        if boxes and self._follower.again(luma, boxes[0]):
            self._absent = 0
            return Seen(faces=_similar(boxes))
        if self._absent < _PATIENCE * _GIVE_UP:
            return Seen(faces=_similar(boxes))
        self._start_over()
        return Seen(faces=_similar(boxes), lost=True)

    def _measured(  # noqa: PLR0913 - one picture in its three forms
        self,
        small: Picture,
        luma: Picture,
        scale: float,
        at_s: float,
        *,
        begun: bool = False,
        faces: float = NAN,
    ) -> Seen:
        follower, masks = self._follower, self.masks
        if follower is None or masks is None:
            return Seen(faces=faces)
        if self._due(at_s):
            faces = max(1.0, _similar(self._detector(luma)))
        flat = self.flat = _laid_flat(small, follower)
        luma_now, before = _luma(flat), self._luma_before
        self._luma_before = luma_now
        change = None if before is None else cv2.absdiff(luma_now, before)
        x, y, wide, high = scale * follower.pose.box
        return Seen(
            regions={name: _rgb(flat, mask) for name, mask in masks.regions.items()},
            background=NO_COLOUR if self._wall is None else _rgb(small[self._wall]),
            box=(x, y, wide, high),
            faces=faces,
            saturated=1.0 - _share(cv2.inRange(flat, _NOTHING, _FULL), masks.skin),
            dark=_share(cv2.inRange(flat, _NOTHING, _DIM), masks.skin),
            skin_change=_mean(change, masks.skin),
            mouth_change=_mean(change, masks.mouth),
            shoulders=scale * follower.chest_px,
            begun=begun,
        )

    def _due(self, at_s: float) -> bool:
        """Tell whether to look for other faces."""
        due = self._looks < len(_LOOKS_S) and at_s - self._since_s > _LOOKS_S[self._looks]
        self._looks += due
        return due


class SkinWatcher:
    """Looks at pictures of nothing but skin: all of each, but for a rim, is one region."""

    flat: Picture | None = None
    masks: skin.Masks | None = None

    def __init__(self) -> None:
        """Start without a picture before."""
        self._before: Picture | None = None
        self.picture: Picture | None = None

    def look(self, bgr: Picture, at_s: float) -> Seen:  # noqa: ARG002 - as `Watcher` does it
        """Say what a picture (h, w, 3) shows."""
        self.picture = bgr
        high, wide = bgr.shape[:2]
        part = bgr[high // 10 : high - high // 10, wide // 10 : wide - wide // 10]
        before, now = self._before, _luma(part)
        self._before = now
        change = NAN
        if before is not None and before.shape == now.shape:
            change = cv2.mean(cv2.absdiff(now, before))[0]
        return Seen(
            regions={"skin": _rgb(part)},
            saturated=1.0 - cv2.mean(cv2.inRange(part, _NOTHING, _FULL))[0] / 255,
            dark=cv2.mean(cv2.inRange(part, _NOTHING, _DIM))[0] / 255,
            skin_change=change,
        )


_NOTHING = np.zeros(3)
_FULL = np.full(3, _BRIGHT - 1.0)
_DIM = np.array([255.0, _DARK - 1.0, 255.0])  # it is green that says whether a pulse can be seen


def _resized(bgr: Picture, scale: float) -> Picture:
    if scale == 1.0:
        return bgr
    size = (round(bgr.shape[1] / scale), max(1, round(bgr.shape[0] / scale)))
    return _uint8(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA))


def _luma(bgr: Picture) -> Picture:
    return _uint8(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY))


def _laid_flat(small: Picture, follower: Follower) -> Picture:
    """Return the face as a picture (112, 96, 3), each place of it always at the same pixel."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (skin.WIDE, skin.HIGH)
    flat = cv2.warpAffine(
        small, follower.pose.matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return _uint8(flat)


def _rgb(picture: Picture, mask: Picture | None = None) -> Colour:
    blue, green, red, _ = cv2.mean(picture, mask)
    return red, green, blue


def _mean(change: object, mask: Picture) -> float:
    return NAN if change is None or not mask.any() else cv2.mean(_uint8(change), mask)[0]


def _share(flags: object, mask: Picture) -> float:
    """Return the share of the mask's pixels that are flagged with 255; NaN of an empty mask."""
    return cv2.mean(_uint8(flags), mask)[0] / 255 if mask.any() else NAN


def _beside(box: Floats, shape: tuple[int, ...]) -> Part | None:
    """Return the wider piece of wall left or right of the head; None where there is none."""
    x, y, wide, high = box
    rows = slice(max(0, int(y)), int(y + high))
    left = slice(0, max(0, int(x - _ASIDE * wide)))
    right = slice(int(x + (1 + _ASIDE) * wide), shape[1])
    wider = max(left, right, key=lambda part: part.stop - part.start)
    return (rows, wider) if wider.stop - wider.start >= _LEAST_WALL else None


def _similar(boxes: list[Box]) -> float:
    """Return how many faces are about as large as the largest."""
    sizes = [box[2] * box[3] for box in boxes]
    return float(sum(size >= _SIMILAR * sizes[0] for size in sizes))


def _overlap(one: Box, other: Box) -> float:
    """Return the shared part of two boxes' joint area."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, wide) * max(0.0, high)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def _uint8(picture: object) -> Picture:
    return picture  # type: ignore[return-value]  # OpenCV's stubs say any number of any size
