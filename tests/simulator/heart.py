"""A heart and a chest that are known to the beat: the truth that travels with a clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.simulator.case import Person
from tests.simulator.skin import Floats
from tests.simulator.wander import Wander

_STEP_S = 0.01
_BEFORE_S = 5.0  # beats before the first and after the last frame, so that every rate has ends
# Height, place and width of the two waves of a beat with a salient dicrotic notch, on a circle:
# Tang et al., Sci. Rep. 10:13883, 2020, table 1, "excellent".
_SYSTOLE = (1.0, -1.5161, 0.6303)
_DIASTOLE = (0.1999, 0.8186, 1.0225)
_CIRCLE = np.linspace(-np.pi, np.pi, 512)
_MIN_BEATS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """What a perfect estimator would say of a clip.

    Parameters
    ----------
    beats_s : (k,) float64, seconds
        Every heart beat from 5 s before the first frame to 5 s after the last.
    breaths_s : (m,) float64, seconds
        The start of every breath, likewise.
    """

    beats_s: Floats
    breaths_s: Floats

    def pulse_rate_bpm(self, from_s: float, to_s: float) -> float:
        """Return the mean pulse rate of a stretch: parts of beats over time."""
        return _rate(self.beats_s, from_s, to_s)

    def respiratory_rate_bpm(self, from_s: float, to_s: float) -> float:
        """Return the mean respiratory rate of a stretch."""
        return _rate(self.breaths_s, from_s, to_s)

    def sdnn_ms(self, from_s: float, to_s: float) -> float:
        """Return the standard deviation of the intervals between the beats of a stretch."""
        return float(np.std(self._intervals_ms(from_s, to_s), ddof=1))

    def rmssd_ms(self, from_s: float, to_s: float) -> float:
        """Return the root mean square of successive differences of these intervals."""
        return float(np.sqrt(np.mean(np.diff(self._intervals_ms(from_s, to_s)) ** 2)))

    def _intervals_ms(self, from_s: float, to_s: float) -> Floats:
        inside = self.beats_s[(self.beats_s >= from_s) & (self.beats_s <= to_s)]
        if len(inside) < _MIN_BEATS:
            raise ValueError("fewer than three beats: no variability")
        return np.asarray(np.diff(inside) * 1000.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A person's inner clockwork over a clip."""

    truth: Truth
    person: Person

    def pulse(self, at_s: Floats) -> Floats:
        """Return the blood in the skin, peak to peak about 1, more blood upwards, mean about 0.

        Breathing changes its height (by a seventh) and its base line (by a tenth), as the
        respiratory modulations of the plethysmogram do: Charlton et al., IEEE Rev. Biomed. Eng.
        11:2, 2018.
        """
        beat = _position(self.truth.beats_s, at_s)
        wave = np.interp((beat % 1.0) * 2 * np.pi - np.pi, _CIRCLE, _shape())
        breath = self.breath(at_s)
        return np.asarray(wave * (1.0 + 0.14 * breath) + 0.10 * breath)

    def breath(self, at_s: Floats) -> Floats:
        """Return the filling of the chest, -1 to 1, in faster than out."""
        turn = 2 * np.pi * _position(self.truth.breaths_s, at_s)
        return np.asarray(np.sin(turn + 0.25 * np.sin(turn)))


def body(person: Person, seconds: float, seed: int) -> Body:
    """Let a heart beat and a chest breathe for a clip's time.

    The rate drifts slowly, follows the breath (respiratory sinus arrhythmia) and the 0.1 Hz waves
    of blood pressure, and every beat is a little early or late.
    """
    random = np.random.default_rng([seed, 1])
    at = np.arange(-_BEFORE_S, seconds + _BEFORE_S, _STEP_S)
    slow = Wander(random, low_hz=0.01, high_hz=0.03)(at)
    breaths_per_s = person.breaths_per_min / 60.0 * (1.0 + 0.08 * slow)
    breath_at = np.cumsum(breaths_per_s) * _STEP_S + random.uniform()
    drift = Wander(random, low_hz=0.005, high_hz=0.03)(at)
    mayer = np.sin(2 * np.pi * (0.1 * at + random.uniform()))
    rate = (
        person.rate_bpm * (1 + person.arrhythmia * np.sin(2 * np.pi * breath_at) + 0.01 * mayer)
        + person.drift_bpm * drift
    )
    beat_at = np.cumsum(rate / 60.0) * _STEP_S + random.uniform()
    beats = _crossings(at, beat_at)
    beats += np.clip(random.normal(0, person.jitter_ms, len(beats)), -60, 60) / 1000.0
    return Body(
        truth=Truth(beats_s=np.sort(beats), breaths_s=_crossings(at, breath_at)), person=person
    )


def _crossings(at_s: Floats, turns: Floats) -> Floats:
    """Return when a growing count of turns reaches each whole number."""
    whole = np.arange(np.ceil(turns[0]), np.floor(turns[-1]) + 1)
    return np.asarray(np.interp(whole, turns, at_s))


def _position(events_s: Floats, at_s: Floats) -> Floats:
    return np.asarray(np.interp(at_s, events_s, np.arange(len(events_s), dtype=np.float64)))


def _rate(events_s: Floats, from_s: float, to_s: float) -> float:
    first, last = _position(events_s, np.array([from_s, to_s]))
    return float(60.0 * (last - first) / (to_s - from_s))


def _shape() -> Floats:
    """Return one beat round the circle, peak to peak 1, mean 0."""
    wave = np.zeros_like(_CIRCLE)
    for height, place, width in (_SYSTOLE, _DIASTOLE):
        away = np.angle(np.exp(1j * (_CIRCLE - place)))
        wave += height * np.exp(-0.5 * (away / width) ** 2)
    return np.asarray((wave - wave.mean()) / np.ptp(wave))
