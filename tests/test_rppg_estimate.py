"""The estimator as a whole: right on a plain pulse, silent on none, calm about any input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from vitals.rppg.estimate import estimate
from vitals.rppg.result import Refusal, Result
from vitals.rppg.trace import Trace

Floats = NDArray[np.float64]
ANY = st.floats(allow_nan=True, allow_infinity=True)
# Relative pulse in red, green, blue: de Haan and van Leest, Physiol. Meas. 35(9):1913, 2014.
BLOOD = np.array([0.33, 0.77, 0.53])
SKIN = np.array([170.0, 120.0, 100.0])


def face(rate_bpm: float, *, seconds: float = 30.0, share: float = 0.005, seed: int = 1) -> Trace:
    """Make three regions of skin that pulse by a share of green, with noise and slow light."""
    at_s = np.arange(0, seconds, 1 / 30)
    noise = np.random.default_rng(seed)
    phase = 2 * np.pi * rate_bpm / 60 * at_s
    beat = share * (np.cos(phase) + 0.3 * np.cos(2 * phase - 1))
    light = 1 + 0.01 * np.sin(2 * np.pi * 0.05 * at_s)

    def lit(colour: Floats, pulse: Floats) -> Floats:
        clean = colour * light[:, np.newaxis] * (1 + pulse[:, np.newaxis] * BLOOD / BLOOD[1])
        return np.asarray(clean + noise.normal(0, 0.04, clean.shape))

    return Trace(
        at_s=at_s,
        regions={name: lit(SKIN, beat) for name in ("forehead", "left_cheek", "right_cheek")},
        background=lit(np.array([90.0, 95.0, 99.0]), 0 * beat),
    )


@pytest.mark.parametrize("rate_bpm", [42, 55, 72, 100, 131, 175])
def test_a_plain_pulse_is_read_to_one_beat(rate_bpm: float) -> None:
    result = estimate(face(rate_bpm))

    assert result.pulse_rate_bpm == pytest.approx(rate_bpm, abs=1.0)
    assert result.reasons == ()


@pytest.mark.parametrize("seed", range(20))
def test_skin_without_a_pulse_gives_no_number(seed: int) -> None:
    result = estimate(face(70, share=0.0, seed=seed))

    assert result.pulse_rate_bpm is None
    assert Refusal.NO_PULSE in result.reasons or Refusal.TOO_WEAK in result.reasons


def test_three_seconds_are_too_short() -> None:
    result = estimate(face(70, seconds=3.0))

    assert result.pulse_rate_bpm is None
    assert result.reasons == (Refusal.TOO_SHORT,)


def test_five_frames_a_second_are_too_few() -> None:
    trace = face(70)

    assert Refusal.FRAMES_MISSING in estimate(trace.rows(np.arange(0, len(trace), 6))).reasons


def test_an_empty_trace_is_too_short() -> None:
    nothing = Trace(at_s=np.empty(0), regions={"skin": np.empty((0, 3))})

    assert estimate(nothing).reasons == (Refusal.TOO_SHORT,)


def test_a_black_picture_is_too_dark() -> None:
    at_s = np.arange(600) / 30

    assert Refusal.TOO_DARK in estimate(_still(at_s, 0.0)).reasons


def test_a_constant_picture_has_no_pulse() -> None:
    at_s = np.arange(600) / 30

    assert Refusal.NO_PULSE in estimate(_still(at_s, 120.0)).reasons


def test_a_light_that_pulses_is_no_pulse() -> None:
    at_s = np.arange(900) / 30
    noise = np.random.default_rng(3)
    glow = 1 + 0.01 * np.sin(2 * np.pi * 1.3 * at_s)[:, np.newaxis] * np.array([1.0, 0.9, 0.7])
    regions = {
        name: SKIN * glow + noise.normal(0, 0.04, (900, 3)) for name in ("forehead", "left_cheek")
    }
    background = np.array([90.0, 95.0, 99.0]) * glow + noise.normal(0, 0.04, (900, 3))
    result = estimate(Trace(at_s=at_s, regions=regions, background=background))

    assert result.pulse_rate_bpm is None
    assert {Refusal.FLICKER, Refusal.BACKGROUND_PULSES} & {*result.reasons}


def test_neither_order_nor_start_nor_brightness_of_the_frames_matters() -> None:
    trace = face(66)
    shuffled = trace.rows(np.random.default_rng(0).permutation(len(trace)))
    later = Trace(
        at_s=shuffled.at_s + 1000.0,
        regions={name: 0.7 * rgb for name, rgb in shuffled.regions.items()},
        background=shuffled.background,
    )

    assert estimate(later).pulse_rate_bpm == pytest.approx(estimate(trace).pulse_rate_bpm, abs=0.2)


@pytest.mark.parametrize("missing", ["forehead", "left_cheek"])
def test_a_hidden_region_does_not_hide_the_pulse(missing: str) -> None:
    trace = face(81)
    trace.regions[missing][:] = np.nan

    assert estimate(trace).pulse_rate_bpm == pytest.approx(81, abs=1.0)


def _still(at_s: Floats, level: float) -> Trace:
    return Trace(at_s=at_s, regions={"forehead": np.full((len(at_s), 3), level)})


def _is_honest(result: Result) -> bool:
    numbers = [*result.quality.values(), result.confidence, result.seconds_used]
    given_or_reasoned = (result.pulse_rate_bpm is None) == bool(result.reasons)
    return given_or_reasoned and all(map(math.isfinite, numbers))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), frames=st.integers(0, 400))
def test_no_trace_is_too_strange(data: st.DataObject, frames: int) -> None:
    at_s = data.draw(arrays(np.float64, frames, elements=ANY, fill=st.just(0.5)))
    if data.draw(st.booleans()):
        at_s = np.arange(frames) / data.draw(st.floats(1, 500))
    rgb = data.draw(arrays(np.float64, (frames, 3), elements=ANY))
    one = data.draw(arrays(np.float64, frames, elements=ANY))
    trace = Trace(
        at_s=at_s,
        regions={"forehead": rgb, "left_cheek": np.full((frames, 3), 99.0)},
        background=data.draw(st.sampled_from([None, rgb])),
        box=np.repeat(one[:, np.newaxis], 4, axis=1),
        faces=one,
        dark=one,
        skin_change=one,
        mouth_change=one,
        shoulders=one,
    )

    assert _is_honest(estimate(trace))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    jitter_s=st.floats(0, 0.05),
    lost=st.floats(0, 0.9),
    gap_s=st.sampled_from([0.0, 1.0, 5.0, 1e9]),
    bad=st.sampled_from([np.nan, np.inf, 0.0, 255.0]),
)
def test_a_mangled_pulse_is_right_or_refused(
    seed: int, jitter_s: float, lost: float, gap_s: float, bad: float
) -> None:
    chance = np.random.default_rng(seed)
    trace = face(77, seed=seed)
    at_s = trace.at_s + chance.normal(0, jitter_s, len(trace))
    at_s = at_s + np.where(np.arange(len(trace)) > chance.integers(len(trace)), gap_s, 0.0)
    trace.regions["forehead"][chance.random(len(trace)) < lost / 2] = bad
    mangled = Trace(at_s=at_s, regions=trace.regions, background=trace.background)
    result = estimate(mangled.rows(chance.random(len(trace)) > lost))

    assert _is_honest(result)
    assert result.pulse_rate_bpm is None or abs(result.pulse_rate_bpm - 77) < 5
