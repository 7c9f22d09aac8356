"""The camera's thread, looking at real video files: photos, guidance, and an honest end."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from agent.screen.picture import doubt, sharpness
from agent.screen.qt.eye import MOST_JPEG_OCTETS, Eye, snapped
from agent.screen.qt.gallery import without_display
from agent.screen.sight import Blind, Progress, Sight, Snapped
from tests.fakes.films import plain, written
from vitals.errors import HubError
from vitals.rppg.camera import VideoFile
from vitals.rppg.frame import Camera

LIMIT_S = 60.0
RNG = np.random.default_rng(20261123)
Picture = NDArray[np.uint8]
SCENE: Picture = np.asarray(
    cv2.resize(RNG.integers(40, 255, (30, 40, 3), np.uint8), (640, 480)), np.uint8
)


class Watcher:
    """Qt's loop, an eye, and everything it told."""

    def __init__(self, open_camera: Callable[[], Camera]) -> None:
        self.application = without_display()
        self.parent = QObject()
        self.sights: list[Sight] = []
        self.pictures: list[str] = []
        self.eye = Eye(open_camera, lambda: "camera-1-1", self.parent)
        self.eye.saw.connect(self.sights.append)
        self.eye.pictured.connect(lambda name, _: self.pictures.append(name))

    def until(self, there: Callable[[], bool]) -> None:
        end = time.monotonic() + LIMIT_S
        while not there() and time.monotonic() < end:
            self.application.processEvents()
            time.sleep(0.005)
        assert there()


@pytest.fixture
def film(tmp_path: Path) -> Iterator[Callable[[list[Picture]], Watcher]]:
    made: list[Watcher] = []

    def watch(pictures: list[Picture]) -> Watcher:
        path = written(tmp_path / "film.avi", pictures)
        made.append(Watcher(lambda: VideoFile(path)))
        return made[-1]

    yield watch
    for one in made:
        one.eye.close()


def test_a_photo_is_what_the_camera_saw(film: Callable[[list[Picture]], Watcher]) -> None:
    watcher = film([SCENE] * 2000)
    watcher.eye.look("on")
    watcher.until(lambda: "live" in watcher.pictures)
    watcher.eye.look("keep")
    watcher.until(lambda: bool(watcher.sights))

    (sight,) = watcher.sights
    assert isinstance(sight, Snapped)
    octets = np.frombuffer(base64.b64decode(sight.jpeg), np.uint8)
    seen = cv2.imdecode(octets, cv2.IMREAD_COLOR)
    assert seen is not None
    assert seen.shape == (480, 640, 3)
    assert np.abs(seen.astype(int) - SCENE.astype(int)).mean() < 6  # two JPEGs lie between
    assert watcher.pictures[-1] == "taken"


def test_a_film_that_ends_is_a_camera_that_is_gone(
    film: Callable[[list[Picture]], Watcher],
) -> None:
    watcher = film(plain(10))
    watcher.eye.look("on")
    watcher.until(lambda: watcher.sights == [Blind()])


def test_a_camera_that_cannot_be_opened_is_told() -> None:
    def closed() -> Camera:
        raise HubError("There is no camera.", fix="Plug it in.", code="VIT-04")

    watcher = Watcher(closed)
    watcher.eye.look("measure")
    watcher.until(lambda: watcher.sights == [Blind()])


def test_without_a_face_the_patient_is_guided_and_no_number_is_made_up(
    film: Callable[[list[Picture]], Watcher],
) -> None:
    watcher = film([SCENE] * 300)
    watcher.eye.look("measure")
    watcher.until(lambda: any(getattr(one, "over", False) for one in watcher.sights))

    *going, last = watcher.sights
    assert {one.guidance for one in going if isinstance(one, Progress)} == {"no-face"}
    assert isinstance(last, Progress)
    assert last.pulse_bpm is None
    assert last.estimate is not None
    assert (last.estimate.values, last.estimate.address) == ({}, "camera-1-1")


def test_looking_away_ends_at_once(film: Callable[[list[Picture]], Watcher]) -> None:
    watcher = film([SCENE] * 2000)
    watcher.eye.look("measure")
    watcher.until(lambda: bool(watcher.pictures))
    watcher.eye.look("off")
    watcher.application.processEvents()  # what was told before that, and waits in Qt's queue
    told = len(watcher.sights)
    time.sleep(0.2)
    watcher.application.processEvents()

    assert len(watcher.sights) == told
    assert not any(getattr(one, "over", False) for one in watcher.sights)


def _grey(picture: Picture) -> tuple[bytes, int, int]:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[:120, :160]
    return grey.tobytes(), 160, 120


def test_sharpness_is_what_opencv_says() -> None:
    """cv2.Laplacian with its 3x3 kernel, inside the border, is the same operator."""
    octets, wide, high = _grey(SCENE)
    grey = np.frombuffer(octets, np.uint8).reshape(high, wide)
    theirs = cv2.Laplacian(grey, cv2.CV_64F, ksize=1)[1:-1, 1:-1].var()

    assert sharpness(octets, wide, high) == pytest.approx(theirs)


def test_a_dark_and_a_blurred_picture_are_asked_about() -> None:
    noisy = RNG.integers(60, 255, (480, 640, 3), np.uint8)

    assert doubt(*_grey(noisy)) == ""
    assert doubt(*_grey((noisy // 8).astype(np.uint8))) == "dark"
    assert doubt(*_grey(np.asarray(cv2.GaussianBlur(noisy, (0, 0), 8), np.uint8))) == "blurred"
    assert doubt(b"", 0, 0) == "dark"


def test_a_picture_that_compresses_badly_keeps_to_its_size() -> None:
    noise = RNG.integers(0, 255, (2000, 3000, 3), np.uint8)
    image = QImage(noise.tobytes(), 3000, 2000, 9000, QImage.Format.Format_BGR888)

    assert len(base64.b64decode(snapped(image).jpeg)) <= MOST_JPEG_OCTETS
