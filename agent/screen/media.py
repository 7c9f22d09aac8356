"""What a view asks of the media of a visit. Values only: who does it is `qt/booth.py`."""

from __future__ import annotations

from dataclasses import dataclass

from agent.screen.messages import Dial, Remote
from agent.screen.values import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """Somebody calls: load what a call needs. Camera and microphone stay off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """The patient has said yes: open camera and microphone, and make this call's offer."""

    dial: Dial
    vitals: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """The other side's answer has come."""

    remote: Remote


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust:
    """Be as the patient wants it: muted, camera on, so many steps of 3 dB louder."""

    muted: bool
    camera: bool
    loudness: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Tell the other side of a reading that was asked for in the call."""

    reading: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnect:
    """The visit is over: camera and microphone off."""


Media = Prepare | Connect | Accept | Adjust | Mention | Disconnect
MEDIA = (Prepare, Connect, Accept, Adjust, Mention, Disconnect)
