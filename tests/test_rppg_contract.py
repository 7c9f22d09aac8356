"""What the camera side and the estimator promise each other."""

from __future__ import annotations

import numpy as np
import pytest

from vitals.rppg.result import Refusal, Result
from vitals.rppg.trace import Trace


def _trace(frames: int) -> Trace:
    return Trace(
        at_s=np.arange(frames) / 30.0,
        regions={"forehead": np.full((frames, 3), 120.0)},
        shoulders=np.arange(frames, dtype=np.float64),
    )


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_is_one_short_kind_sentence(refusal: Refusal) -> None:
    assert refusal.sentence.startswith("Please ")
    assert refusal.sentence.endswith(".")
    assert len(refusal.sentence.split()) <= 12


def test_every_refusal_has_a_code_of_its_own() -> None:
    assert len({refusal.code for refusal in Refusal}) == len(Refusal)


def test_a_result_says_nothing_until_something_is_known() -> None:
    result = Result()

    assert result.pulse_rate_bpm is None
    assert result.respiratory_rate_bpm is None
    assert result.hrv is None
    assert result.confidence == 0


def test_the_last_seconds_keep_every_column_together() -> None:
    tail = _trace(90).last(1.0)

    assert len(tail) == 30
    assert tail.shoulders is not None
    np.testing.assert_array_equal(tail.shoulders, np.arange(60, 90))
    assert tail.regions["forehead"].shape == (30, 3)


@pytest.mark.parametrize(
    ("regions", "box"),
    [
        ({}, None),
        ({"forehead": np.ones((9, 3))}, None),
        ({"forehead": np.ones((10, 4))}, None),
        ({"forehead": np.ones((10, 3))}, np.ones((10, 2))),
    ],
)
def test_columns_of_other_frames_are_refused(
    regions: dict[str, np.ndarray[tuple[int, int], np.dtype[np.float64]]],
    box: np.ndarray[tuple[int, int], np.dtype[np.float64]] | None,
) -> None:
    with pytest.raises(ValueError, match=r"region|not \(10"):
        Trace(at_s=np.arange(10.0), regions=regions, box=box)
