"""The films on disk: true times in Matroska, and every kind of bad clip as it says."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.bad import MAKERS, base, make
from tests.simulator.matroska import write
from tests.simulator.sensor import Frame

_GREY: Frame = np.full((16, 16, 3), 90, dtype=np.uint8)


def times_s(path: Path) -> list[float]:
    """Return the times that FFmpeg reads from a file."""
    video = cv2.VideoCapture(str(path))
    read = []
    while video.read()[0]:
        read.append(video.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    return read


@settings(max_examples=15, deadline=None)
@given(steps_ms=st.lists(st.integers(1, 3000), min_size=2, max_size=40))
def test_another_reader_gets_every_frame_with_its_time(
    tmp_path_factory: pytest.TempPathFactory, steps_ms: list[int]
) -> None:
    path = tmp_path_factory.mktemp("times") / "clip.mkv"
    at_s = np.cumsum([0, *steps_ms]) / 1000
    assert write(path, ((float(at), _GREY) for at in at_s), 90) == len(at_s)
    assert times_s(path) == pytest.approx(at_s, abs=0.0015)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    make(folder)
    return folder


def test_the_manifest_names_every_clip_and_its_pulse(bad: Path) -> None:
    clips = json.loads((bad / "manifest.json").read_text())["clips"]
    assert {clip["file"] for clip in clips} == set(MAKERS)
    told = {clip["file"]: clip["pulse_rate_bpm"] for clip in clips}
    without = {"wall.mkv", "photograph.mkv", "doll.mkv", "television.mkv", "black.mkv", "snow.mkv"}
    without |= {"empty.mkv", "noise.mkv", "words.mkv", "two_people.mkv"}
    assert all(told[name] is None for name in without)
    assert told["grey.mkv"] == pytest.approx(base().person.rate_bpm, abs=5)
    assert all((bad / name).is_file() for name in told)


def first(path: Path) -> Frame:
    came, frame = cv2.VideoCapture(str(path)).read()
    assert came
    return np.asarray(frame, dtype=np.uint8)


def test_the_clips_are_what_their_names_say(bad: Path) -> None:
    assert first(bad / "four_k.mkv").shape == (2160, 3840, 3)
    assert first(bad / "turned_by_90_degrees.mkv").shape == (320, 240, 3)
    grey = first(bad / "grey.mkv").astype(int)
    assert np.ptp(grey, axis=2).max() <= 2
    assert first(bad / "black.mkv").mean() < 10
    assert len(times_s(bad / "five_frames_a_second.mkv")) == 75
    assert times_s(bad / "three_seconds.mkv")[-1] < 3.1
    assert len(set(np.diff(times_s(bad / "uneven_frame_rate.mkv")).round(2))) >= 3


@pytest.mark.parametrize("name", ["empty.mkv", "noise.mkv", "words.mkv"])
def test_what_is_no_film_gives_no_frame(bad: Path, name: str) -> None:
    assert not cv2.VideoCapture(str(bad / name)).read()[0]


def test_half_of_a_cut_film_can_be_read(bad: Path) -> None:
    assert len(times_s(bad / "cut_short.mkv")) == pytest.approx(225, abs=15)
