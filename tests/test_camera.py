"""Cameras and video files: true times, upright pictures, everything held still and put back."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.films import plain, track_clock_hz, turned, unevenly_timed, written
from tests.fakes.uvc import MJPG, YUYV, Uvc, automatic
from vitals.errors import HubError, LinkError
from vitals.rppg.camera import UsbCamera, VideoFile, open_camera
from vitals.rppg.frame import Locks, frames


def _times(path: Path) -> list[float]:
    return [frame.at_s for frame in frames(VideoFile(path), 1000.0)]


def test_a_file_tells_when_each_picture_was_taken(tmp_path: Path) -> None:
    path = written(tmp_path / "even.mp4", plain(30), fps=25.0)

    assert _times(path) == pytest.approx([i / 25 for i in range(30)], abs=1e-4)


def test_pictures_of_uneven_length_keep_their_own_times(tmp_path: Path) -> None:
    path = written(tmp_path / "uneven.mp4", plain(30))
    clock = track_clock_hz(path)
    steps = [clock // 60] * 20 + [clock // 15] * 10  # 1 s, as long as before
    unevenly_timed(path, steps)

    starts = [0, *itertools.accumulate(steps)][:-1]
    assert _times(path) == pytest.approx([start / clock for start in starts], abs=1e-4)


def test_a_clip_of_an_upright_telephone_is_turned_upright(tmp_path: Path) -> None:
    lying = [np.concatenate([one, one + 60], axis=1) for one in plain(5)]
    path = turned(written(tmp_path / "upright.mp4", lying))
    first = VideoFile(path).read()

    assert first is not None
    assert first.bgr.shape == (128, 48, 3)
    # ISO/IEC 14496-12's matrix 0 1 -1 0 turns clockwise: what was left is now above.
    assert first.bgr[10].mean() < first.bgr[-10].mean() - 30


def test_a_4k_clip_is_made_small_at_once(tmp_path: Path) -> None:
    path = written(tmp_path / "large.avi", plain(3, wide=3840, high=2160))
    first = VideoFile(path).read()

    assert first is not None
    assert first.bgr.shape == (360, 640, 3)
    assert first.bgr.mean() == pytest.approx(40, abs=3)


def test_a_picture_of_one_row_survives_being_made_small(tmp_path: Path) -> None:
    path = written(tmp_path / "thin.avi", plain(3, wide=4000, high=2))
    first = VideoFile(path).read()

    assert first is not None
    assert first.bgr.shape == (1, 640, 3)


def test_only_the_wanted_seconds_are_read(tmp_path: Path) -> None:
    camera = VideoFile(written(tmp_path / "long.avi", plain(90)))

    assert len(list(frames(camera, 1.0))) == 31


@pytest.mark.parametrize("content", [b"", b"Dear diary,\n" * 400, bytes(5000)])
def test_what_is_no_video_is_told_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)

    with pytest.raises(HubError) as told:
        VideoFile(path)
    assert told.value.code == "VIT-02"
    assert "clip" not in told.value.message


@pytest.mark.parametrize("name", [".", "gone.mp4"])
def test_a_folder_or_a_missing_file_is_told_in_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(HubError) as told:
        VideoFile(tmp_path / name)
    assert told.value.code == "VIT-01"


@pytest.mark.parametrize("kind", ["clip.mp4", "clip.avi"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_as_far_as_it_goes_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    path = written(tmp_path_factory.mktemp("films") / kind, plain(12))
    whole = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=20)):
        whole[at] ^= 0xA5
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])

    times: list[float] = []
    with contextlib.suppress(HubError):
        times = _times(path)
    assert times == sorted(set(times))


def test_a_camera_gives_the_time_of_its_buffer() -> None:
    camera = UsbCamera(Uvc(), "video0", clock=lambda: 0.0)
    at = [frame.at_s for frame in itertools.islice(frames(camera, 9.0), 4)]

    assert np.diff(at) == pytest.approx([1 / 30] * 3)


def test_a_driver_without_times_is_timed_by_arrival() -> None:
    arrival = itertools.count(7)
    camera = UsbCamera(Uvc(stamps=lambda _: 0.0), "video0", clock=lambda: next(arrival))
    at = [frame.at_s for frame in itertools.islice(frames(camera, 9.0), 3)]

    assert at == [7, 8, 9]


def test_a_camera_without_compression_is_preferred() -> None:
    device = Uvc()
    UsbCamera(device, "video0")

    assert device.format == YUYV


def test_a_camera_that_is_slow_without_compression_is_asked_for_jpeg() -> None:
    device = Uvc(rates={YUYV: 15.0, MJPG: 30.0})
    UsbCamera(device, "video0")

    assert device.format == MJPG


def test_everything_is_held_and_put_back() -> None:
    device = Uvc()
    camera = UsbCamera(device, "video0")

    assert camera.locks == Locks(exposure=True, white_balance=True, gain=True)
    assert device.controls == automatic() | {
        cv2.CAP_PROP_AUTO_EXPOSURE: 1,
        cv2.CAP_PROP_AUTO_WB: 0,
    }
    camera.close()
    assert device.controls == automatic()
    assert device.released


def test_a_camera_that_does_not_obey_is_recorded_as_not_held() -> None:
    lies = frozenset({cv2.CAP_PROP_AUTO_EXPOSURE, cv2.CAP_PROP_AUTO_WB})

    assert UsbCamera(Uvc(lies=lies), "video0").locks == Locks(
        exposure=False, white_balance=False, gain=True
    )


def test_a_camera_without_controls_is_recorded_as_not_held() -> None:
    camera = UsbCamera(Uvc(controls={}), "video0")

    assert camera.locks == Locks(exposure=False, white_balance=False, gain=False)


def test_an_exposure_that_jumps_when_held_is_given_back() -> None:
    device = Uvc(jumps=True)

    assert UsbCamera(device, "video0").locks.exposure is False
    assert device.controls[cv2.CAP_PROP_AUTO_EXPOSURE] == 3


def test_a_camera_that_is_pulled_out_ends() -> None:
    camera = UsbCamera(Uvc(leaves_after=60), "video0")

    assert 0 < len(list(frames(camera, 100.0))) < 60
    assert camera.read() is None


def test_a_silent_camera_is_told_in_words() -> None:
    with pytest.raises(LinkError) as told:
        UsbCamera(Uvc(leaves_after=0), "video0")
    assert told.value.code == "VIT-03"


def test_a_camera_that_is_not_there_is_told_in_words() -> None:
    with pytest.raises(HubError) as told:
        open_camera(9999)
    assert told.value.code == "VIT-04"
