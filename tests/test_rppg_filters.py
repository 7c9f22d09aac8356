"""Our few filters beside those of scipy.signal, which the hub does without."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats, integers, sampled_from
from scipy import signal

from vitals.rppg import filters
from vitals.rppg.trace import Floats

VALUES = floats(-1e3, 1e3, allow_nan=False, width=32)
NEAR = 1e-8
BANDS = [((0.5, 6.5), 30.0), ((0.5, 1.1), 30.0), ((0.07, 0.6), 4.0), ((0.33, 4.4), 14.7)]


def noise(samples: int, rows: int = 3) -> Floats:
    return np.random.default_rng(4).normal(size=(samples, rows)).cumsum(axis=0)


@pytest.mark.parametrize(("edges_hz", "rate_hz"), BANDS)
@pytest.mark.parametrize("samples", [17, 61, 300, 3600])
def test_a_bandpass_is_scipys_run_forwards_and_backwards(
    edges_hz: tuple[float, float], rate_hz: float, samples: int
) -> None:
    columns = noise(samples)
    sections = signal.butter(2, edges_hz, "bandpass", fs=rate_hz, output="sos")
    pad = min(samples - 1, int(2 * rate_hz))

    theirs = signal.sosfiltfilt(sections, columns, axis=0, padtype="odd", padlen=pad)
    ours = filters.bandpass(columns, edges_hz, rate_hz, axis=0, pad=pad)
    assert ours == pytest.approx(theirs, abs=NEAR)
    usual = signal.sosfiltfilt(sections, columns.T)
    assert filters.bandpass(columns.T, edges_hz, rate_hz) == pytest.approx(usual, abs=NEAR)


@settings(deadline=None)
@given(arrays(np.float64, integers(1, 90), elements=VALUES))
def test_the_analytic_signal_is_scipys(wave: Floats) -> None:
    assert filters.hilbert(wave) == pytest.approx(signal.hilbert(wave), abs=NEAR)


@settings(deadline=None)
@given(arrays(np.float64, (3, 40), elements=VALUES))
def test_the_line_that_is_taken_out_is_scipys(rows: Floats) -> None:
    assert filters.detrended(rows) == pytest.approx(signal.detrend(rows, axis=1), abs=NEAR)


@settings(deadline=None)
@given(arrays(np.float64, integers(1, 60), elements=VALUES), integers(2, 9))
def test_a_finer_wave_is_scipys(wave: Floats, times: int) -> None:
    theirs = signal.resample_poly(wave, times, 1)
    assert filters.finer(wave, times) == pytest.approx(theirs, abs=NEAR)


@settings(deadline=None)
@given(arrays(np.float64, integers(7, 60), elements=VALUES), sampled_from([3, 5, 7]))
def test_a_running_median_is_scipys(values: Floats, size: int) -> None:
    assert filters.running_median(values, size) == pytest.approx(signal.medfilt(values, size))


@settings(deadline=None)
@given(
    arrays(np.float64, integers(0, 80), elements=integers(-3, 6).map(float), unique=False),
    floats(1, 12),
)
def test_peaks_are_scipys_also_where_some_are_flat(wave: Floats, apart: float) -> None:
    theirs, _ = signal.find_peaks(wave, distance=apart, height=0.0)
    heights = [wave[at] for at in theirs]
    ours = filters.peaks(wave, apart)
    if len(set(heights)) == len(heights):  # of two as high as each other either may stay
        assert list(ours) == list(theirs)
    assert all(np.diff(ours) >= np.ceil(apart))


def test_who_measures_loads_no_scipy_signal() -> None:
    told = "import sys, vitals.rppg.measure; sys.exit('scipy.signal' in sys.modules)"
    subprocess.run([sys.executable, "-c", told], check=True, timeout=120)
