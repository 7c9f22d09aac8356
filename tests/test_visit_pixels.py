"""Pictures of a visit from one form to another, beside FFmpeg's own conversion (swscale)."""

from __future__ import annotations

import numpy as np
import pytest
from av import VideoFrame
from hypothesis import given, settings
from hypothesis.strategies import integers

from agent.visit.media.pixels import Bitmap, Canvas, Mirror, Planes, grey
from vitals.rppg.frame import Picture
from vitals.rppg.sample import sitter

NEARLY = 3.0
"""Mean difference of two converters that round and smooth in their own ways."""


@pytest.fixture(scope="module")
def photo() -> Picture:
    return next(sitter(0.1)).bgr


def decoded(bgr: Picture) -> VideoFrame:
    return VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p")


def apart(one: object, other: object) -> float:
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


def pixels(bitmap: Bitmap) -> Picture:
    return np.asarray(bitmap.octets, np.uint8).reshape(bitmap.high, bitmap.wide, 4)


@pytest.mark.parametrize("size", [(640, 480), (480, 360), (320, 240), (240, 180)])
def test_an_encoder_gets_what_ffmpeg_would_have_made(photo: Picture, size: tuple[int, int]) -> None:
    made = Planes().of(photo, size)
    wide, high = size
    other = VideoFrame.from_ndarray(photo, format="bgr24").reformat(
        width=wide, height=high, format="yuv420p", interpolation="AREA"
    )

    assert (made.format.name, made.width, made.height) == ("yuv420p", *size)
    assert apart(made.to_ndarray(), other.to_ndarray()) < NEARLY


@pytest.mark.parametrize("place", [(447, 335), (640, 480), (120, 90), (1280, 800)])
def test_the_glass_gets_what_ffmpeg_would_have_made(photo: Picture, place: tuple[int, int]) -> None:
    frame = decoded(photo)
    made = pixels(Canvas().covering(frame, *place))
    high, wide = made.shape[:2]
    other = frame.reformat(width=wide, height=high, format="bgra", interpolation="AREA")

    assert apart(made, other.to_ndarray()) < NEARLY


def test_a_mirror_shows_left_on_the_left(photo: Picture) -> None:
    made = pixels(Canvas().covering(Mirror(bgr=photo), 640, 480))
    assert np.array_equal(made[:, ::-1, :3], photo)


def test_one_canvas_takes_pictures_of_changing_sizes(photo: Picture) -> None:
    canvas = Canvas()
    for side in (2, 3, 1, 2):
        small = np.ascontiguousarray(photo[::side, ::side])
        made = canvas.covering(decoded(small), 200, 100)
        assert made.wide >= 200
        assert made.high >= 100


def test_where_there_is_no_camera_the_picture_is_of_one_grey() -> None:
    assert grey().std() == 0


@settings(deadline=None, max_examples=60)
@given(
    wide=integers(2, 90),
    high=integers(2, 90),
    across=integers(0, 120),
    down=integers(0, 120),
)
def test_any_picture_covers_any_place_and_hardly_more(
    wide: int, high: int, across: int, down: int
) -> None:
    frame = VideoFrame(wide, high, "yuv420p")
    mirror = Mirror(bgr=np.zeros((high, wide, 3), np.uint8))
    for picture in (frame, mirror):
        made = Canvas().covering(picture, across, down)
        assert len(made.octets.tobytes()) == made.wide * made.high * 4
        assert made.wide >= across
        assert made.high >= down
        if across and down:
            assert made.wide <= across + 2 or made.high <= down + 2
    even = (wide // 2 * 2, high // 2 * 2)
    assert Planes().of(mirror.bgr, even).width == even[0]
