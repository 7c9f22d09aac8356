"""What comes out: numbers with the confidence they deserve, or reasons a patient can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from vitals.rppg.trace import Floats


class Refusal(Enum):
    """Why there is no number: a code for machines, and one kind sentence for the patient."""

    NO_FACE = ("no-face", "Please sit so that the camera sees your whole face.")
    TWO_FACES = ("two-faces", "Please let only one person be in the picture.")
    TOO_DARK = ("too-dark", "Please move the lamp so that it lights your face.")
    TOO_BRIGHT = ("too-bright", "Please turn a little away from the bright light.")
    MOVING = ("moving", "Please lean back and keep your head still.")
    TALKING = ("talking", "Please do not talk while the camera measures.")
    FLICKER = ("flicker", "Please use another lamp: this one flickers.")
    FRAMES_MISSING = ("frames-missing", "Please wait: the camera is losing pictures.")
    NO_PULSE = ("no-pulse", "Please face the camera with your bare skin showing.")
    BACKGROUND_PULSES = ("background-pulses", "Please turn off the television or flickering light.")
    REGIONS_DISAGREE = ("regions-disagree", "Please look straight at the camera, in even light.")
    METHODS_DISAGREE = ("methods-disagree", "Please sit in steady light and try once more.")
    TOO_SHORT = ("too-short", "Please stay seated a little longer.")
    TOO_WEAK = ("too-weak", "Please come closer to the camera, in brighter light.")

    @property
    def code(self) -> str:
        """Return the word to search for."""
        return self.value[0]

    @property
    def sentence(self) -> str:
        """Return what the patient may do, in at most twelve words."""
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hrv:
    """Heart-rate variability, from at least 60 s of good signal.

    SDNN and RMSSD as the Task Force of the ESC and NASPE defines them (Circulation 93:1043,
    1996), over the intervals between pulses and not between R waves.
    """

    sdnn_ms: float
    rmssd_ms: float
    beats: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Insight:
    """What the estimator saw, for a picture that explains its answer.

    `pulse` is the combined pulse wave (n,), without unit, at `at_s` (n,), in the trace's own
    time. `likelihood` is how well each rate of `rates_bpm` (m,) explains it, summing to 1.
    """

    at_s: Floats
    pulse: Floats
    rates_bpm: Floats
    likelihood: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one trace gave. Every number is None unless the gate let it through.

    Parameters
    ----------
    pulse_rate_bpm, respiratory_rate_bpm : float or None, per minute
        Mean over the trace, from 40 to 180 and from 6 to 30. Breathing can be clear where the pulse
        is only likely, but not where it is unlikely: a rocking chair moves too.
    hrv : Hrv or None
        Only with a pulse rate.
    confidence : float, 0 to 1
        Probability that the pulse rate is wrong by less than 5 per minute; 0 after a hard refusal.
    respiratory_confidence : float, 0 to 1
        Probability that the respiratory rate is wrong by less than 2 per minute.
    reasons : tuple of Refusal
        Why there is no pulse rate, the most helpful first; empty with one.
    quality : mapping of str to float
        What the gate measured, by name; README.md beside this file explains each.
    seconds_used : float
        Length of the trace that was looked at.
    insight : Insight or None
        None where there was too little to compute it.
    """

    pulse_rate_bpm: float | None = None
    respiratory_rate_bpm: float | None = None
    hrv: Hrv | None = None
    confidence: float = 0.0
    respiratory_confidence: float = 0.0
    reasons: tuple[Refusal, ...] = ()
    quality: Mapping[str, float] = field(default_factory=dict)
    seconds_used: float = 0.0
    insight: Insight | None = field(default=None, compare=False)
