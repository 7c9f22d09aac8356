"""What the screen is told by its camera: how a measurement goes, a picture, how a call stands."""

from __future__ import annotations

from dataclasses import dataclass

from agent.screen.messages import Estimated
from agent.visit.media.news import News


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a measurement by camera goes.

    `guidance` is the code of a `vitals.rppg.result.Refusal`, or empty: sit still, it goes well.
    `pulse_bpm` is None until it is sure. `over` is the last one, with what the hub is to be told.
    """

    seconds: float
    guidance: str = ""
    pulse_bpm: float | None = None
    breaths_bpm: float | None = None
    over: bool = False
    estimate: Estimated | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapped:
    """A picture that was kept: JPEG in base64, and its `doubt`: "dark", "blurred" or none."""

    jpeg: str
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """There is no camera to be used."""


Sight = Progress | Snapped | Blind | News
