"""One reading out of a stream of samples: when ten seconds of them agree. Pure, counts samples.

Home oximeters stream many samples a second while a finger is in. A care team wants what a nurse
would write down: the value once it stands still. So of every window of ten seconds in which nearly
all samples lie near the median, one sample is taken that the device really sent: its saturation is
the window's median, its pulse the nearest to the median pulse. No number is made up.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median_low

WINDOW_S = 10.0
AGAIN_S = 300.0  # while it is worn on, a reading every five minutes
_LOOKS = 10  # how often within a window it is looked at
_NEAR_PERCENT = 2  # the accuracy home oximeters claim (ISO 80601-2-61 asks for 4 at most)
_NEAR_BPM = 10
_AGREEING = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample that shows both numbers, and the octets it came in."""

    saturation_percent: int
    pulse_bpm: int
    octets: bytes


class StableWindow:
    """Gives one sample for each stable window.

    Parameters
    ----------
    rate_hz : float
        How many samples the device sends in a second.
    window_s, again_s : float
        How long samples must agree, and how long after a reading comes the next, in seconds.
    """

    def __init__(
        self, rate_hz: float, *, window_s: float = WINDOW_S, again_s: float = AGAIN_S
    ) -> None:
        """Start with nothing seen."""
        size = max(2, round(rate_hz * window_s))
        self._samples: deque[Sample] = deque(maxlen=size)
        self._look_after = max(1, size // _LOOKS)
        self._again_after = round(rate_hz * again_s)
        self._unlooked = 0
        self._since: int | None = None

    @property
    def given(self) -> bool:
        """Tell whether this finger has given a reading."""
        return self._since is not None

    def take(self, sample: Sample) -> bytes | None:
        """Take the next sample; return the octets of the one to keep, when a window is stable."""
        self._samples.append(sample)
        self._unlooked += 1
        if self._since is not None:
            self._since += 1
            if self._since < self._again_after:
                return None
        if len(self._samples) != self._samples.maxlen or self._unlooked < self._look_after:
            return None
        self._unlooked = 0
        kept = _agreed(self._samples)
        if kept is not None:
            self._since = 0
        return kept

    def broke(self) -> None:
        """Start over: the finger is out, or its pulse is lost."""
        self._samples.clear()
        self._unlooked = 0


def _agreed(samples: deque[Sample]) -> bytes | None:
    percent = median_low(sample.saturation_percent for sample in samples)
    bpm = median_low(sample.pulse_bpm for sample in samples)
    near = [
        sample
        for sample in samples
        if abs(sample.saturation_percent - percent) <= _NEAR_PERCENT
        and abs(sample.pulse_bpm - bpm) <= _NEAR_BPM
    ]
    if len(near) < _AGREEING * len(samples):
        return None
    best = min(
        near, key=lambda one: (abs(one.saturation_percent - percent), abs(one.pulse_bpm - bpm))
    )
    return best.octets
