"""Finding a face of any tone, following it to a part of a pixel, and what is read from it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tests.fakes.heads import TONES, lamp, moving, sitter, webcam
from tests.simulator.case import Case, Subject
from tests.simulator.picture import Clip
from vitals.rppg.face import Detector, Watcher
from vitals.rppg.rows import Seen
from vitals.rppg.skin import REGIONS, masks
from vitals.rppg.trace import Floats


def watched(case: Case) -> Iterator[Seen]:
    watcher = Watcher()
    for frame in Clip(case):
        yield watcher.look(frame.bgr, frame.at_s)


def _first(case: Case) -> Seen:
    return next(seen for seen in watched(case) if seen.begun)


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("level", [0.06, 0.85])
def test_a_face_of_any_tone_is_found_in_lamplight_and_in_the_dark(tone: str, level: float) -> None:
    seen = _first(sitter(tone=tone, seconds=0.5, light=lamp(level=level)))
    # The drawing's middle is at 50 % and 46 % of the picture, and it is 102 pixels wide.
    x, y, wide, _ = seen.box

    assert (x + wide / 2, y + wide / 2) == pytest.approx((160, 110), abs=0.2 * 102)
    assert wide == pytest.approx(102, rel=0.25)
    assert seen.faces == 1


@pytest.mark.parametrize("tone", TONES)
def test_forehead_and_cheeks_are_found_on_skin_of_any_tone(tone: str) -> None:
    assert set(_first(sitter(tone=tone, seconds=0.5)).regions) == set(REGIONS)


def _truth(case: Case) -> Floats:
    """Return where the simulator put the head, in pixels right and down of where it was first."""
    told = Clip(case).scene
    return np.asarray((told.head - told.head[0]) * case.camera.face_share * case.camera.width)


def test_a_swaying_head_is_followed_to_a_part_of_a_pixel() -> None:
    case = sitter(seconds=8.0, motion=moving(sway=0.03))
    box = np.array([row.box for row in watched(case)])
    at = box[:, :2] + box[:, 2:] / 2
    known = np.isfinite(at[:, 0])
    off = (at - _truth(case))[known]

    assert known.mean() > 0.95
    assert np.ptp(_truth(case)[:, 0]) > 5
    assert (off - off.mean(axis=0)).std(axis=0).max() < 0.3


def test_a_still_head_makes_no_rhythm_of_its_own() -> None:
    """A box found anew every second makes a pulse of 60 per minute; ours must not."""
    case = sitter(
        seconds=10.0,
        amplitude=0.0,
        motion=moving(sway=0.002, turn=0.0, blinks_per_min=0.0),
        light=lamp(drift=0.0),
        camera=webcam(full_well=1e8, read_noise=0.0),
    )
    green = np.array([row.regions["forehead"][1] for row in watched(case) if row.regions])
    trend = np.convolve(green, np.ones(31) / 31, mode="same")

    # Far below the faintest pulse that is simulated, 0.1 % from peak to peak.
    assert (green - trend)[15:-15].std() / green.mean() < 1e-4


def test_a_face_that_grows_brighter_does_not_move() -> None:
    """Or the pulse would be seen as motion, and be taken out of the colours as such."""
    clip = [frame.bgr for frame in Clip(sitter(seconds=0.5, amplitude=0.0))]
    watcher = Watcher()
    for number, bgr in enumerate(clip):
        watcher.look(bgr, number / 30)
    phase = np.arange(100) * 2 * np.pi * 1.2 / 30
    grain = np.random.default_rng(2)
    boxes = []
    for beat in 0.02 * np.sin(phase):
        bright = clip[-1] * (1 + beat) + grain.uniform(-0.5, 0.5, clip[-1].shape)
        boxes.append(watcher.look(bright.round().clip(0, 255).astype(np.uint8), 1.0).box)
    in_step = np.abs(np.exp(1j * phase) @ np.array(boxes)) * 2 / 100

    # Ten times the light of a strong pulse moves nothing by a fiftieth of a pixel.
    assert in_step.max() < 0.02


def test_breathing_shows_in_the_shoulders() -> None:
    case = sitter(seconds=16.0, camera=webcam(face_share=0.25))
    seen = list(watched(case))
    shoulders = np.array([row.shoulders for row in seen])
    known = np.isfinite(shoulders)
    chest_up = Clip(case).scene.breath

    assert known.mean() > 0.9
    assert np.corrcoef(shoulders[known], chest_up[known])[0, 1] < -0.9


def test_a_talking_mouth_changes_more_than_the_skin_around_it() -> None:
    def ratio(talking: float) -> float:
        seen = list(watched(sitter(seconds=6.0, motion=moving(talking=talking))))
        changes = np.array([(row.mouth_change, row.skin_change) for row in seen])
        return float(np.nanmean(changes[:, 0]) / np.nanmean(changes[:, 1]))

    assert ratio(0.9) > 1.5 * ratio(0.0)


@pytest.mark.parametrize("subject", [Subject.WALL, Subject.BLACK])
def test_nobody_is_seen_where_nobody_is(subject: Subject) -> None:
    seen = list(watched(sitter(seconds=2.0, subject=subject)))

    assert {row.faces for row in seen if not math.isnan(row.faces)} == {0.0}
    assert all(not row.regions for row in seen)


def test_two_people_are_counted() -> None:
    case = sitter(seconds=2.0, subject=Subject.TWO_PEOPLE, camera=webcam(face_share=0.25))

    assert _first(case).faces == 2


def test_somebody_in_the_back_is_not_counted() -> None:
    clip = [frame.bgr for frame in Clip(sitter(seconds=0.4))]
    small = cv2.resize(clip[0][30:210, 90:230], None, fx=0.45, fy=0.45)
    watcher = Watcher()
    seen = []
    for number, bgr in enumerate(clip):
        bgr[20 : 20 + small.shape[0], 10 : 10 + small.shape[1]] = small
        seen.append(watcher.look(bgr, number / 30))

    assert {row.faces for row in seen if row.begun} == {1.0}


def test_a_face_that_leaves_is_given_up_and_found_again_when_it_is_back() -> None:
    clip = [frame.bgr for frame in Clip(sitter(seconds=1.0))]
    wall = [np.full_like(clip[0], 90)] * 40
    watcher = Watcher()
    seen = [watcher.look(bgr, i / 30) for i, bgr in enumerate([*clip, *wall, *clip])]

    assert [row.lost for row in seen].count(True) == 1
    assert [row.begun for row in seen].count(True) == 2


def test_a_hand_before_the_face_for_a_moment_changes_nothing_after_it() -> None:
    clip = [frame.bgr for frame in Clip(sitter(seconds=2.0))]
    for bgr in clip[20:30]:
        bgr[:] = 70
    watcher = Watcher()
    seen = [watcher.look(bgr, i / 30) for i, bgr in enumerate(clip)]
    green = np.array([row.regions.get("forehead", (np.nan,) * 3)[1] for row in seen])

    assert [row.begun for row in seen].count(True) == 1
    assert np.isnan(green[20:30]).all()
    assert np.nanmean(green[45:]) == pytest.approx(np.nanmean(green[10:20]), rel=3e-3)


def test_a_picture_of_another_size_begins_anew() -> None:
    clip = [frame.bgr for frame in Clip(sitter(seconds=1.0))]
    watcher = Watcher()
    for i, bgr in enumerate(clip):
        watcher.look(bgr, i / 30)
    turned = [np.ascontiguousarray(bgr[:, 40:280]) for bgr in clip]
    seen = [watcher.look(bgr, 1 + i / 30) for i, bgr in enumerate(turned)]

    assert any(row.begun for row in seen)


@settings(max_examples=30, deadline=None)
@given(
    pictures=st.lists(
        arrays(
            np.uint8,
            array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=90).map(lambda s: (*s, 3)),
            fill=st.integers(0, 255),
        ),
        max_size=5,
    )
)
def test_no_picture_is_too_strange(
    pictures: list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]],
) -> None:
    watcher = Watcher()
    for number, picture in enumerate(pictures):
        assert watcher.look(picture, float(number)).faces != 1 or picture.any()


def test_a_detector_counts_the_largest_face_first() -> None:
    near = next(iter(Clip(sitter(seconds=0.1)))).bgr
    far = cv2.resize(near, (160, 120))
    both = np.concatenate([np.pad(far, ((0, 120), (0, 0), (0, 0)), mode="edge"), near], axis=1)
    boxes = Detector()(both[..., 1])

    assert len(boxes) == 2
    assert boxes[0][0] > 160 > boxes[1][0]


def test_the_same_skin_is_seen_in_any_tone_and_light() -> None:
    patch = np.full((112, 96, 3), (90, 120, 170), np.uint8)
    patch[0:24, 20:60] = (20, 20, 25)  # a fringe of hair
    found = masks(patch)
    dim = masks((patch * 0.5).astype(np.uint8))
    blue_lamp = masks((patch * np.array([1.3, 1.0, 0.7])).astype(np.uint8))

    assert found.regions["forehead"][:22, 25:55].max() == 0
    for other in (dim, blue_lamp):
        assert set(other.regions) == set(found.regions)
        assert np.mean(other.skin != found.skin) < 0.01


def test_a_covered_forehead_is_left_out() -> None:
    patch = np.full((112, 96, 3), (90, 120, 170), np.uint8)
    patch[:34] = (160, 60, 40)  # a blue cap

    assert set(masks(patch).regions) == {"left_cheek", "right_cheek"}


def test_a_face_that_shines_is_told() -> None:
    bright = _first(sitter(seconds=0.5, light=lamp(level=3.0)))
    fair = _first(sitter(seconds=0.5))

    assert fair.saturated < 0.02
    assert bright.saturated > 0.25


def test_a_dark_picture_is_told_even_if_nobody_can_be_found_in_it() -> None:
    seen = list(watched(sitter(tone="VI", seconds=1.0, light=lamp(level=0.01))))

    assert np.nanmin([row.dark for row in seen]) > 0.5
