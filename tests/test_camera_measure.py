"""From pictures to a number: right for a person of any tone, and no number for anything else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.fakes.heads import TONES, lamp, moving, sitter, webcam
from tests.simulator.case import Case, Subject
from tests.simulator.picture import Clip
from vitals.rppg.frame import TimedFrame
from vitals.rppg.measure import Live, Status, measure
from vitals.rppg.result import Refusal
from vitals.rppg.rows import MAX_ROWS, Rows, Seen


def film(case: Case) -> Iterator[TimedFrame]:
    for frame in Clip(case):
        yield TimedFrame(at_s=frame.at_s, bgr=frame.bgr)


@pytest.mark.parametrize(
    ("tone", "rate_bpm"), [*zip(TONES, (51, 63, 74, 88, 103, 120), strict=True)]
)
def test_a_person_of_any_tone_who_sits_still_is_measured_in_twelve_seconds(
    tone: str, rate_bpm: float
) -> None:
    case = sitter(tone=tone, rate_bpm=rate_bpm, seconds=14.0, seed=21)
    result = measure(film(case), quick=True)

    assert result.pulse_rate_bpm is not None, result.reasons
    true_bpm = Clip(case).truth.pulse_rate_bpm(0.0, result.seconds_used)
    assert result.pulse_rate_bpm == pytest.approx(true_bpm, abs=2.0)
    assert result.seconds_used <= 12.0


def test_half_a_minute_gives_breathing_too() -> None:
    case = sitter(seconds=31.0, camera=webcam(face_share=0.25))
    result = measure(film(case))

    truth = Clip(case).truth
    assert result.pulse_rate_bpm == pytest.approx(truth.pulse_rate_bpm(0, 31), abs=2)
    assert result.respiratory_rate_bpm == pytest.approx(truth.respiratory_rate_bpm(0, 31), abs=1.5)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (sitter(subject=Subject.WALL), Refusal.NO_FACE),
        (sitter(subject=Subject.BLACK), Refusal.TOO_DARK),
        (sitter(subject=Subject.PHOTO), Refusal.NO_PULSE),
        (sitter(subject=Subject.DOLL), Refusal.NO_PULSE),
        (sitter(subject=Subject.TWO_PEOPLE, camera=webcam(face_share=0.25)), Refusal.TWO_FACES),
        (sitter(motion=moving(talking=0.95)), Refusal.TALKING),
        (sitter(light=lamp(level=3.0)), Refusal.TOO_BRIGHT),
        (sitter(seconds=3.0), Refusal.TOO_SHORT),
        (sitter(camera=webcam(fps=5.0)), Refusal.FRAMES_MISSING),
        (sitter(motion=moving(sway=0.08, shake=0.12, shake_hz=2.0)), Refusal.MOVING),
    ],
    ids=lambda value: value.code if isinstance(value, Refusal) else "",
)
def test_what_cannot_be_measured_is_refused_with_its_reason(case: Case, reason: Refusal) -> None:
    result = measure(film(case))

    assert result.pulse_rate_bpm is None
    assert reason in result.reasons


def test_a_television_with_a_face_gives_no_number() -> None:
    light = lamp(flicker=0.01, flicker_hz=1.2)

    assert measure(film(sitter(subject=Subject.TELEVISION, light=light))).pulse_rate_bpm is None


def _patches(rate_bpm: float, share: float) -> Iterator[TimedFrame]:
    """Yield skin that pulses by a share of green, with the noise of a camera.

    Relative pulse in red, green, blue: de Haan and van Leest, Physiol. Meas. 35(9):1913, 2014.
    """
    noise = np.random.default_rng(5)
    skin, blood = np.array([105.0, 125.0, 175.0]), np.array([0.53, 0.77, 0.33]) / 0.77
    for number in range(450):
        beat = share * np.cos(2 * np.pi * rate_bpm / 60 * number / 30)
        level = skin * (1 + beat * blood) + noise.normal(0, 3, (100, 100, 3))
        yield TimedFrame(at_s=number / 30, bgr=level.clip(0, 255).round().astype(np.uint8))


def test_a_patch_of_nothing_but_skin_is_measured() -> None:
    result = measure(_patches(81, 0.005), skin=True)

    assert result.pulse_rate_bpm == pytest.approx(81, abs=1.5)


def test_a_patch_without_a_pulse_is_refused() -> None:
    assert measure(_patches(81, 0.0), skin=True).pulse_rate_bpm is None


def test_a_grey_film_is_refused() -> None:
    def grey() -> Iterator[TimedFrame]:
        for frame in film(sitter()):
            luma = frame.bgr.mean(axis=2, keepdims=True).astype(np.uint8)
            yield TimedFrame(at_s=frame.at_s, bgr=np.repeat(luma, 3, axis=2))

    assert measure(grey()).pulse_rate_bpm is None


def test_nothing_at_all_is_too_short() -> None:
    assert measure(iter([])).reasons == (Refusal.TOO_SHORT,)


def test_progress_is_told_while_it_works() -> None:
    told: list[Status] = []
    measure(film(sitter(seconds=10.5)), progress=told.append)

    assert len(told) >= 4
    assert [status.seconds for status in told] == sorted(status.seconds for status in told)


def test_a_patient_is_told_what_to_do_from_the_start() -> None:
    live = Live()
    said = {live.status.guidance}
    for frame in film(sitter(subject=Subject.WALL, seconds=5.0)):
        live.feed(frame)
        said.add(live.status.guidance)

    assert said == {None, Refusal.NO_FACE}


def test_memory_has_a_bound() -> None:
    rows = Rows()
    for number in range(MAX_ROWS + 500):
        rows.add(number / 60, Seen(faces=1.0))

    assert len(rows) == MAX_ROWS
    assert rows.trace().at_s[0] == pytest.approx(500 / 60)


def test_a_new_face_leaves_the_one_before_behind() -> None:
    rows = Rows()
    rows.add(0.0, Seen(regions={"forehead": (1.0, 2.0, 3.0)}, begun=True))
    rows.add(1.0, Seen(faces=0.0))
    rows.add(2.0, Seen(regions={"left_cheek": (4.0, 5.0, 6.0)}, begun=True))
    trace = rows.trace()

    assert set(trace.regions) == {"left_cheek"}
    np.testing.assert_array_equal(trace.regions["left_cheek"], [[4.0, 5.0, 6.0]])
