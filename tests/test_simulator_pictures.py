"""The drawn clips: faces that a detector finds, and the pulse of the truth in their pixels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy import signal

from tests.simulator import __main__ as command
from tests.simulator.case import Camera, Case, Light, Motion, Person, Subject
from tests.simulator.cases import cases
from tests.simulator.colours import colours
from tests.simulator.picture import Clip
from tests.simulator.room import MIDDLE
from tests.simulator.sensor import Frame
from tests.simulator.skin import FITZPATRICK, Floats

EASY = next(case for case in cases(1, 60) if case.easy)
CAMERA = replace(EASY.camera, width=320, height=240, face_share=0.4, codec="raw", quality=0, fps=30)


def with_person(case: Case, **changes: float | str) -> Case:
    return replace(case, person=replace(case.person, **changes))  # type: ignore[arg-type]  # any field


def clip(seconds: float = 8.0, subject: Subject = Subject.PERSON, **camera: float | str) -> Clip:
    seen: Camera = replace(CAMERA, **camera)  # type: ignore[arg-type]  # any field
    return Clip(replace(EASY, seconds=seconds, subject=subject, camera=seen))


def faces(frame: Frame) -> Sequence[Sequence[int]]:
    cascade = cv2.CascadeClassifier(
        str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml")
    )
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return cascade.detectMultiScale(grey, 1.1, 5, minSize=(50, 50))


def first(film: Clip) -> Frame:
    return next(iter(film)).bgr


@pytest.mark.parametrize("share", [0.22, 0.32, 0.42])
@pytest.mark.parametrize("tone", FITZPATRICK)
def test_a_detector_trained_on_people_finds_the_face(tone: str, share: float) -> None:
    case = with_person(EASY, tone=tone, melanin=FITZPATRICK[tone])
    camera = replace(CAMERA, width=640, height=480, face_share=share)
    found = faces(first(Clip(replace(case, camera=camera, seconds=0.1))))
    assert len(found) == 1
    left, top, width, height = found[0]
    assert abs(left + width / 2 - 320) < 0.15 * width
    assert abs(top + height / 2 - 480 * MIDDLE) < 0.2 * height
    assert width == pytest.approx(640 * share, rel=0.45)


@pytest.mark.parametrize("subject", [Subject.WALL, Subject.BLACK])
def test_nothing_is_found_where_nobody_is(subject: Subject) -> None:
    assert len(faces(first(clip(0.1, subject)))) == 0


@pytest.mark.parametrize("subject", [Subject.PHOTO, Subject.TELEVISION, Subject.DOLL])
def test_a_detector_takes_a_likeness_for_a_person(subject: Subject) -> None:
    assert len(faces(first(clip(0.1, subject, face_share=0.35)))) == 1


def test_two_people_are_two_faces() -> None:
    assert (
        len(faces(first(clip(0.1, Subject.TWO_PEOPLE, width=640, height=480, face_share=0.25))))
        == 2
    )


def forehead(film: Clip) -> Floats:
    """Return the mean green (n,) of a patch of forehead where the scene says the head is."""
    camera = film.case.camera
    width = camera.face_share * camera.width
    greens = []
    for place, picture in zip(film.scene.head, film, strict=True):
        x = camera.width / 2 + place[0] * width
        y = camera.height * MIDDLE + (place[1] - 0.36) * width
        part = picture.bgr[
            int(y - 0.06 * width) : int(y + 0.06 * width),
            int(x - 0.2 * width) : int(x + 0.2 * width),
        ]
        greens.append(part[..., 1].mean())
    return np.array(greens)


def pulsing(trace: Floats) -> Floats:
    sections = signal.butter(2, (0.7, 4.0), "bandpass", fs=CAMERA.fps, output="sos")
    return np.asarray(signal.sosfiltfilt(sections, trace / trace.mean()))


def strong(rate_bpm: float = 72.0, amplitude: float = 0.01) -> Clip:
    steady = with_person(EASY, rate_bpm=rate_bpm, amplitude=amplitude, gloss=0.0, tone="I")
    camera = replace(CAMERA, full_well=1e5, read_noise=0.0, jitter_ms=0.0, auto_exposure=False)
    motion = replace(EASY.motion, sway=0.0, turn=0.0, blinks_per_min=0.0)
    return Clip(replace(steady, camera=camera, motion=motion, seconds=12.0))


def test_the_drawn_pulse_is_as_strong_as_the_case_says() -> None:
    # Peak to peak over standard deviation is 3.3 of the wave of Tang et al., 2020.
    wave = pulsing(forehead(strong(amplitude=0.008)))
    assert wave.std() * 3.3 == pytest.approx(0.008, rel=0.25)


def test_the_drawn_pulse_beats_as_the_truth_does_and_downwards() -> None:
    film = strong()
    wave = pulsing(forehead(film))
    hz, power = signal.periodogram(wave, CAMERA.fps, nfft=8192)
    assert 60 * hz[power.argmax()] == pytest.approx(film.truth.pulse_rate_bpm(0, 12), abs=2)
    assert np.corrcoef(wave, film.scene.pulse)[0, 1] < -0.9


def test_the_fast_way_and_the_drawn_way_tell_the_same() -> None:
    film = strong()
    fast = pulsing(colours(film.case).regions["forehead"][:, 1])
    drawn = pulsing(forehead(film))
    assert np.corrcoef(fast, drawn)[0, 1] > 0.95
    assert drawn.std() == pytest.approx(fast.std(), rel=0.2)


@pytest.mark.parametrize("subject", [Subject.DOLL, Subject.PHOTO])
def test_a_likeness_has_no_pulse(subject: Subject) -> None:
    film = strong()
    still = pulsing(forehead(Clip(replace(film.case, subject=subject))))
    assert still.std() < 0.1 * pulsing(forehead(film)).std()


@pytest.mark.parametrize(("codec", "quality"), [("raw", 0), ("mjpg", 50), ("mpeg4", 0)])
def test_every_frame_comes_out_of_every_codec(codec: str, quality: int) -> None:
    film = clip(1.0, codec=codec, quality=quality)
    frames = list(film)
    assert len(frames) == len(film) == 30
    assert {frame.bgr.shape for frame in frames} == {(240, 320, 3)}
    assert np.all(np.diff([frame.at_s for frame in frames]) > 0)


def test_lost_frames_leave_gaps_and_repeated_ones_are_the_same_picture() -> None:
    film = clip(6.0, lost=0.2, doubled=0.2)
    frames = list(film)
    assert len(frames) == pytest.approx(0.8 * 180, abs=20)
    same = [np.array_equal(a.bgr, b.bgr) for a, b in pairwise(frames)]
    assert np.mean(same) == pytest.approx(0.2, abs=0.1)


def test_talking_moves_the_mouth_and_not_the_forehead() -> None:
    talks: Motion = replace(EASY.motion, sway=0.0, turn=0.0, talking=1.0)
    still: Light = replace(EASY.light, drift=0.0)
    camera = replace(CAMERA, full_well=1e6, read_noise=0.0)
    film = Clip(
        with_person(
            replace(EASY, motion=talks, light=still, camera=camera, seconds=2.0), amplitude=0.0
        )
    )
    change = np.std([frame.bgr[..., 1].astype(float) for frame in film], axis=0)
    middle = round(240 * MIDDLE)
    mouth, brow = middle + round(0.37 * 128), middle - round(0.36 * 128)
    assert (
        change[mouth - 5 : mouth + 5, 150:170].mean()
        > 10 * change[brow - 5 : brow + 5, 150:170].mean()
    )


def test_a_clip_is_the_same_every_time() -> None:
    one, other = (first(Clip(replace(EASY, seconds=0.1))) for _ in range(2))
    assert np.array_equal(one, other)


def test_the_command_writes_a_film_and_its_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "clip.avi"
    command.main(["--case", "0", "--seconds", "1", "--out", str(out)])
    told = json.loads(capsys.readouterr().out)
    video = cv2.VideoCapture(str(out))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == pytest.approx(
        told["case"]["camera"]["fps"], abs=1
    )
    assert 40 <= told["truth"]["pulse_rate_bpm"] <= 180
    person: Person = EASY.person
    assert told["case"]["person"]["tone"] == person.tone
