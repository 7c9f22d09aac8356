"""What is said beside picture and sound, on the data channel: one JSON object a message. Pure.

Whatever comes in is from a browser, and so from anybody: it is bounded, and what is not understood
is passed over without a word.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

VERSION = 1
LABEL = "vitals"
MAX_OCTETS = 1024
_PER_S, _BURST = 10.0, 20.0

Share = Annotated[float, Meta(ge=0, le=1)]


class Vitals(Struct, frozen=True, kw_only=True, tag="vitals"):
    """What the camera estimates now, once a second; never a cleared measurement.

    A rate is None unless the gate let it through, and `refusal` then is the code of
    `vitals.rppg.result.Refusal` that says why. `pulse` is the wave of the last seconds, without a
    unit, oldest first, for a small trace; empty where there is none.
    """

    v: int = VERSION
    estimate: Literal["uncleared"] = "uncleared"
    pulse_bpm: float | None = None
    pulse_confidence: Share = 0.0
    breaths_bpm: float | None = None
    breaths_confidence: Share = 0.0
    refusal: str = ""
    seconds: float = 0.0
    pulse: Annotated[list[float], Meta(max_length=120)] = []


class Here(Struct, frozen=True, kw_only=True, tag="here"):
    """What the patient's side does now. `vitals` tells whether estimates are to be expected."""

    v: int = VERSION
    muted: bool = False
    camera: bool = True
    camera_fault: str = ""
    microphone: bool = True
    vitals: bool = False


class Reading(Struct, frozen=True, kw_only=True, tag="reading"):
    """A reading that was asked for in the call and is on the hub's disk now.

    `value` and `unit` are as the patient sees them. `sent` is "yes" once the server has it.
    """

    v: int = VERSION
    id: str
    what: str
    value: str
    unit: str
    at: str
    sent: Literal["no", "yes"] = "no"


class Progress(Struct, frozen=True, kw_only=True, tag="progress"):
    """What the patient does about a measurement that was asked for."""

    v: int = VERSION
    what: str
    step: Literal["resting", "measuring", "declined"]


class There(Struct, frozen=True, kw_only=True, tag="there"):
    """What the clinician's side does now."""

    muted: bool = False
    camera: bool = True


Out = Vitals | Here | Reading | Progress


def encoded(note: Out) -> str:
    """Write one message."""
    return msgspec.json.encode(note).decode()


class Ear:
    """Hears what comes in: at most so much, and so often. No clock: the time is an argument."""

    def __init__(self) -> None:
        """Start with room for a burst."""
        self._decoder = msgspec.json.Decoder(There)
        self._room, self._at_s = _BURST, 0.0

    def hear(self, message: object, at_s: float) -> There | None:
        """Read one message; None for whatever is not ours, too long, or too much."""
        self._room = min(self._room + (at_s - self._at_s) * _PER_S, _BURST)
        self._at_s = at_s
        if self._room < 1 or not isinstance(message, str | bytes) or len(message) > MAX_OCTETS:
            return None
        self._room -= 1
        try:
            return self._decoder.decode(message)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
