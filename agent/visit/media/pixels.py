"""Pictures from one form to another: the camera's for the encoder, anybody's for the glass.

OpenCV does it, into memory that is used again and again: a new megabyte for every picture costs as
much as the work itself, for the kernel has to hand it over page by page. Nothing here is for two
threads at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from av import VideoFrame

from vitals.rppg.frame import Picture

Size = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mirror:
    """What the camera sees (h, w, 3), to be shown as a mirror would."""

    bgr: Picture


Shown = VideoFrame | Mirror
"""What is shown of a visit: the other side, or this one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bitmap:
    """Blue, green, red and a fourth octet, row by row, without a gap between rows."""

    octets: memoryview
    wide: int
    high: int


def grey() -> Picture:
    """Return what is shown where there is no camera."""
    return np.full((240, 320, 3), 28, np.uint8)


class Planes:
    """Makes of the camera's pictures what encoders take: brightness, and two of colour (I420)."""

    def __init__(self) -> None:
        """Start without any memory."""
        cv2.setNumThreads(1)  # to share out so little work takes longer than to do it
        self._whole = self._small = _nothing()

    def of(self, bgr: Picture, size: Size) -> VideoFrame:
        """Return a picture (h, w, 3) at a width and height that are even.

        It stays as it is until the next is asked for.
        """
        high, wide = (side // 2 * 2 for side in bgr.shape[:2])
        self._whole = _sized(self._whole, (high * 3 // 2, wide))
        cv2.cvtColor(bgr[:high, :wide], cv2.COLOR_BGR2YUV_I420, dst=self._whole)
        if size == (wide, high):
            return VideoFrame.from_numpy_buffer(self._whole, format="yuv420p")
        self._small = _sized(self._small, (size[1] * 3 // 2, size[0]))
        _shrunk(_parts(self._whole), self._small)
        return VideoFrame.from_numpy_buffer(self._small, format="yuv420p")


class Canvas:
    """Makes pictures for one place on the glass, always in the same memory."""

    def __init__(self) -> None:
        """Start without any memory."""
        self._planes = self._bgr = self._bgra = _nothing()

    def covering(self, picture: Shown, width: int, height: int) -> Bitmap:
        """Return a picture as small as it can be and still cover a place; its own size for none.

        It stays as it is until the next is asked for.
        """
        if isinstance(picture, Mirror):
            return self._mirrored(picture.bgr, width, height)
        size = _covering((picture.width, picture.height), width, height)
        even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._planes = _sized(self._planes, (even[1] * 3 // 2, even[0]))
        _shrunk(_planes_of(picture), self._planes)
        self._bgra = _sized(self._bgra, (even[1], even[0], 4))
        cv2.cvtColor(self._planes, cv2.COLOR_YUV2BGRA_I420, dst=self._bgra)
        return _bitmap(self._bgra)

    def _mirrored(self, bgr: Picture, width: int, height: int) -> Bitmap:
        wide, high = _covering((bgr.shape[1], bgr.shape[0]), width, height)
        self._bgr = _sized(self._bgr, (high, wide, 3))
        self._bgra = _sized(self._bgra, (high, wide, 4))
        cv2.resize(bgr, (wide, high), dst=self._bgr, interpolation=cv2.INTER_AREA)
        cv2.flip(self._bgr, 1, dst=self._bgr)
        cv2.cvtColor(self._bgr, cv2.COLOR_BGR2BGRA, dst=self._bgra)
        return _bitmap(self._bgra)


def _covering(size: Size, width: int, height: int) -> Size:
    scale = max(width / size[0], height / size[1]) or 1.0
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def _planes_of(frame: VideoFrame) -> Iterator[Picture]:
    """Yield the three planes of a decoded picture as they lie in memory; nothing is copied."""
    if frame.format.name not in {"yuv420p", "yuvj420p"}:
        frame = frame.reformat(format="yuv420p")
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        yield rows[: plane.height, : plane.width]


def _parts(planes: Picture) -> Iterator[Picture]:
    """Yield brightness and both colours of an I420 picture (h * 3 / 2, w)."""
    high, wide = len(planes) * 2 // 3, planes.shape[1]
    yield planes[:high]
    yield from planes[high:].reshape(2, high // 2, wide // 2)


def _shrunk(parts: Iterator[Picture], into: Picture) -> None:
    """Fit the planes of one picture into the memory of another, of any size."""
    for source, sink in zip(parts, _parts(into), strict=True):
        size = (sink.shape[1], sink.shape[0])
        # Means of areas are three times as slow, and need be only where pixels would be left out.
        way = cv2.INTER_AREA if 2 * size[0] <= source.shape[1] else cv2.INTER_LINEAR
        cv2.resize(source, size, dst=sink, interpolation=way)


def _nothing() -> Picture:
    return np.empty(0, np.uint8)


def _sized(memory: Picture, shape: tuple[int, ...]) -> Picture:
    return memory if memory.shape == shape else np.empty(shape, np.uint8)


def _bitmap(bgra: Picture) -> Bitmap:
    return Bitmap(octets=bgra.data, wide=bgra.shape[1], high=bgra.shape[0])
