"""Video files for tests: written by OpenCV, and then bent at the level of their MP4 boxes."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_HOLDS_BOXES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
# The matrix of a track header for a quarter turn: ISO/IEC 14496-12, 8.3.2, fixed point 16.16
# and 2.30. A telephone held upright writes it.
_QUARTER_TURN = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)


def written(path: Path, pictures: Iterable[Picture], *, fps: float = 30.0) -> Path:
    """Write pictures of one size to a file whose ending says its kind, .mp4 or .avi."""
    kind = "mp4v" if path.suffix == ".mp4" else "MJPG"
    video = None
    for picture in pictures:
        if video is None:
            size = (picture.shape[1], picture.shape[0])
            video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*kind), fps, size)
            assert video.isOpened()
        video.write(picture)
    assert video is not None
    video.release()
    return path


def plain(count: int, *, wide: int = 64, high: int = 48) -> list[Picture]:
    """Return pictures of one grey each, a little brighter every time."""
    return [np.full((high, wide, 3), 40 + i % 150, np.uint8) for i in range(count)]


def turned(path: Path) -> Path:
    """Mark the pictures of an MP4 as lying on their side, as a telephone does."""
    data = path.read_bytes()
    at = data.index(b"tkhd") + 4 + 40  # version 0: the matrix follows 40 octets of header
    path.write_bytes(data[:at] + _QUARTER_TURN + data[at + 36 :])
    return path


def unevenly_timed(path: Path, steps: Iterable[int]) -> Path:
    """Give each picture of an MP4 its own length, in units of the track's clock (stts, 8.6.1.2)."""
    runs = [(len(list(group)), step) for step, group in groupby(steps)]
    body = struct.pack(">II", 0, len(runs)) + b"".join(struct.pack(">II", *run) for run in runs)
    path.write_bytes(_with(path.read_bytes(), b"stts", body))
    return path


def track_clock_hz(path: Path) -> int:
    """Return the units a second of the track's clock: mdhd, version 0, 8.4.2."""
    data = path.read_bytes()
    return int(struct.unpack_from(">I", data, data.index(b"mdhd") + 4 + 12)[0])


def _with(data: bytes, name: bytes, body: bytes) -> bytes:
    """Return MP4 boxes with the body of one kind replaced. It must stand behind the pictures."""
    out, at = b"", 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        size = size or len(data) - at
        inside = data[at + 8 : at + size]
        if kind == name:
            inside = body
        elif kind in _HOLDS_BOXES:
            inside = _with(inside, name, body)
        out += struct.pack(">I4s", len(inside) + 8, kind) + inside
        at += size
    return out
