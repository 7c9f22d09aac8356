"""From light to the picture a program gets: noise, 8 bits, and the camera's codec."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.simulator.case import Camera
from tests.simulator.shapes import FULL, GAMMA, Single, single

Frame = NDArray[np.uint8]

_SPARE = 64  # the tile of noise is larger than the picture, and shifted for every frame


class Sensor:
    """Adds to each picture the noise of photons and of reading, and rounds it to 8 bits.

    Noise is smooth over neighbours, as a camera's is that fills in two colours of three.
    """

    def __init__(self, camera: Camera, seed: int) -> None:
        self._camera = camera
        self._random = np.random.default_rng([seed, 7])
        shape = (camera.height + _SPARE, camera.width + _SPARE, 3)
        grain = self._random.standard_normal(shape, dtype=np.float32)
        smooth = single(cv2.GaussianBlur(grain, (3, 3), 0.55))
        self._grain = smooth / smooth.std()
        self._deviation = _deviation(camera)

    def __call__(self, picture: Single) -> Frame:
        """Return a picture (h, w, 3), 0 to 255 and beyond, as the sensor delivers it."""
        down, right = self._random.integers(_SPARE, size=2)
        high, wide = picture.shape[:2]
        grain = self._grain[down : down + high, right : right + wide]
        level = cv2.convertScaleAbs(picture)
        noise = cv2.multiply(grain, cv2.LUT(level, self._deviation))
        return _uint8(cv2.add(picture, noise, dtype=cv2.CV_8U))


def _deviation(camera: Camera) -> NDArray[np.float32]:
    """Return the noise (256,) of a pixel at each level it is written as."""
    light = (np.maximum(np.arange(256), 5.0) / FULL) ** GAMMA
    photons = np.sqrt(light / camera.full_well + (camera.read_noise / camera.full_well) ** 2)
    return np.asarray(FULL / GAMMA * light ** (1 / GAMMA - 1) * photons, dtype=np.float32)


def delivered(frames: Iterable[Frame], camera: Camera) -> Iterator[Frame]:
    """Yield frames as they come out of the camera's codec, one for one.

    "raw" keeps brightness and halves colour both ways (4:2:0), as YUV cameras do; "mjpg" is a JPEG
    a frame; "mpeg4" is MPEG-4 part 2, all that this OpenCV can write between frames: no H.264.
    """
    if camera.codec == "mpeg4":
        yield from _through_a_file(frames, camera)
        return
    for frame in frames:
        yield _jpeg(frame, camera.quality) if camera.codec == "mjpg" else _yuv(frame)


def _jpeg(frame: Frame, quality: int) -> Frame:
    _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return _uint8(cv2.imdecode(data, cv2.IMREAD_COLOR))


def _yuv(frame: Frame) -> Frame:
    return _uint8(cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420), cv2.COLOR_YUV2BGR_I420))


def _through_a_file(frames: Iterable[Frame], camera: Camera) -> Iterator[Frame]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "clip.mp4")
        count = written(path, frames, camera, "mp4v")
        video = cv2.VideoCapture(path)
        for number in range(count):
            came, frame = video.read()
            if not came:
                raise ValueError(f"frame {number} of {count} is lost in the codec")
            yield _uint8(frame)
        video.release()


def written(path: str, frames: Iterable[Frame], camera: Camera, codec: str) -> int:
    """Write frames to a video file; return how many.

    Raises
    ------
    ValueError
        This OpenCV cannot write the codec there.
    """
    size = (camera.width, camera.height)
    video = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*codec), camera.fps, size)
    if not video.isOpened():
        raise ValueError(f"{codec} cannot be written to {path}")
    count = 0
    for count, frame in enumerate(frames, start=1):  # noqa: B007 - it is returned
        video.write(frame)
    video.release()
    return count


def _uint8(picture: object) -> Frame:
    return np.asarray(picture, dtype=np.uint8)
