"""What the call's thread tells the screen: plain values, and all that views know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Standing(Enum):
    """How a call stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offer for a call that was asked for; without `sdp`: none can be made."""

    call: str
    sdp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redial:
    """The connection of a call is lost for so long that another is wanted."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How the call stands now.

    `camera_fault` and `sound_fault` are codes of ours, empty while all is well; `theirs` tells
    whether a picture of the other side comes, `they_mute` that they have muted themselves.
    """

    call: str = ""
    standing: Standing = Standing.CONNECTING
    camera_fault: str = ""
    sound_fault: str = ""
    theirs: bool = False
    they_mute: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IceServer:
    """A STUN or TURN server, named as in RTCIceServer of WebRTC."""

    urls: Sequence[str]
    username: str = ""
    credential: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A reading as the patient sees it; `sent` once the server has it."""

    number: int
    what: str
    value: str
    unit: str
    at: datetime
    sent: bool = False


News = Offer | Redial | State
