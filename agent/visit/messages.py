"""What page, bridge and hub tell each other for a visit. Small, versioned, nothing but signalling.

Page and hub each sign what they say (`Said`): the payload is JSON text, the signature is ECDSA on
P-256 over `SIGNED[...]` and that very text. So the bridge between them, which only passes it on,
can change nothing, least of all a DTLS fingerprint. `agent/visit/README.md` is the whole protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from agent.screen.values import IceServer
from agent.visit.text import from_text, to_text
from sync import p256
from vitals.errors import HubError

VERSION = 1
SUBPROTOCOL = "hearth.visit.1"
MAX_OCTETS = 64 * 1024
"""The most that one message may be, on the WebSocket and over the broker."""
MAX_SDP = 32 * 1024

Id = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
Number = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Text = Annotated[str, Meta(max_length=300)]
Sdp = Annotated[str, Meta(min_length=1, max_length=MAX_SDP)]
Token = Annotated[str, Meta(max_length=4096)]
Payload = Annotated[str, Meta(max_length=MAX_OCTETS)]


class What(StrEnum):
    """What a clinician may ask for in the call."""

    BLOOD_PRESSURE = "blood-pressure"
    GLUCOSE = "glucose"
    OXYGEN = "oxygen"
    TEMPERATURE = "temperature"
    WEIGHT = "weight"


class Asked(StrEnum):
    """Where a measurement asked for in the call stands."""

    ASKED = "asked"  # the task is on the server, the screen is told
    ARRIVED = "arrived"  # the reading is on the hub's disk; its number comes on the data channel
    FAILED = "failed"  # the server did not take the task


class Why(StrEnum):
    """Why a visit is over."""

    HUNG_UP = "hung-up"  # the patient ended it
    BYE = "bye"  # the clinician did
    NO_ANSWER = "no-answer"
    DECLINED = "declined"
    LOST = "lost"  # no connection could be had any more
    ELSEWHERE = "elsewhere"  # the same clinician went on in another window
    CANCELLED = "cancelled"  # the clinic took it back
    OVER = "over"  # the longest time a visit may last


# Page to hub.


class Join(Struct, frozen=True, kw_only=True, tag="join", forbid_unknown_fields=True):
    """Redeem the invitation, or come back to a visit it redeemed."""

    visit: Id
    party: Id
    n: Number


class Answer(Struct, frozen=True, kw_only=True, tag="answer", forbid_unknown_fields=True):
    """The answer to the hub's offer of this call: a complete SDP, every candidate in it."""

    visit: Id
    party: Id
    n: Number
    call: Id
    sdp: Sdp


class Redial(Struct, frozen=True, kw_only=True, tag="redial", forbid_unknown_fields=True):
    """The connection of this call failed: make another offer."""

    visit: Id
    party: Id
    n: Number
    call: Id


class Measure(Struct, frozen=True, kw_only=True, tag="measure", forbid_unknown_fields=True):
    """Please measure this now."""

    visit: Id
    party: Id
    n: Number
    what: What


class Bye(Struct, frozen=True, kw_only=True, tag="bye", forbid_unknown_fields=True):
    """The clinician ends the visit."""

    visit: Id
    party: Id
    n: Number


# Hub to page.


class Ringing(Struct, frozen=True, kw_only=True, tag="ringing"):
    """The invitation is redeemed and the patient's screen rings."""

    visit: Id
    n: Number


class Offer(Struct, frozen=True, kw_only=True, tag="offer"):
    """The hub's offer: a complete SDP. `call` names it and must stand in the answer."""

    visit: Id
    n: Number
    call: Id
    sdp: Sdp
    ice: Annotated[list[IceServer], Meta(max_length=4)] = []
    language: Annotated[str, Meta(pattern="^[a-z]{2}$")] = "en"  # of the four words


class InCall(Struct, frozen=True, kw_only=True, tag="in_call"):
    """The answer to `Join` while a call is up: a page that has no such call says `Redial`."""

    visit: Id
    n: Number
    call: Id


class MeasureState(Struct, frozen=True, kw_only=True, tag="measure_state"):
    """Where a measurement that was asked for stands."""

    visit: Id
    n: Number
    what: What
    state: Asked


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """The hub does not take this invitation, or not now; `code` is in `hearth explain`."""

    visit: Id
    n: Number
    code: Id
    text: Text


class Ended(Struct, frozen=True, kw_only=True, tag="ended"):
    """The visit is over."""

    visit: Id
    n: Number
    why: Why


FromPage = Join | Answer | Redial | Measure | Bye
FromHub = Ringing | Offer | InCall | MeasureState | Refused | Ended

_Message = TypeVar("_Message")

# On the WebSocket, between page and bridge.


class Knock(Struct, frozen=True, kw_only=True, tag="knock", forbid_unknown_fields=True):
    """The page's first message: the invitation, by which the bridge knows which hub is meant."""

    v: int
    token: Token


class Said(Struct, frozen=True, kw_only=True, tag="say", forbid_unknown_fields=True):
    """What page or hub says, signed; the bridge passes it on as it is."""

    v: int
    payload: Payload
    signature: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{86}$")]


class Waiting(Struct, frozen=True, kw_only=True, tag="waiting"):
    """The bridge knows the invitation's signature; what is said from now on goes to the hub."""

    v: int


class Turned(Struct, frozen=True, kw_only=True, tag="refused"):
    """The bridge itself refuses, and closes; `code` is in `hearth explain`."""

    v: int
    code: Id
    text: Text


ToBridge = Knock | Said
ToPage = Waiting | Turned | Said

_OF_PAGE: msgspec.json.Decoder[FromPage] = msgspec.json.Decoder(FromPage)
_OF_HUB: msgspec.json.Decoder[FromHub] = msgspec.json.Decoder(FromHub)
_TO_BRIDGE: msgspec.json.Decoder[ToBridge] = msgspec.json.Decoder(ToBridge)
_TO_PAGE: msgspec.json.Decoder[ToPage] = msgspec.json.Decoder(ToPage)

SIGNED: Mapping[object, bytes] = {
    FromPage: b"hearth/visit/1\npage\n",
    FromHub: b"hearth/visit/1\nhub\n",
}
"""What a signature begins with, so that nothing signed for one purpose serves another."""


def signed(message: FromPage | FromHub, key: p256.Key) -> Said:
    """Write and sign one message."""
    side = FromPage if isinstance(message, FromPage) else FromHub
    payload = msgspec.json.encode(message)
    signature = to_text(key.sign(SIGNED[side] + payload))
    return Said(v=VERSION, payload=payload.decode(), signature=signature)


def from_page(said: Said, public: bytes) -> FromPage:
    """Check and read what a page says; raises HubError VISIT-12 for anything else."""
    return decoded(_checked(said, public, FromPage), _OF_PAGE)


def from_hub(said: Said, public: bytes) -> FromHub:
    """Check and read what a hub says; raises HubError VISIT-12 for anything else."""
    return decoded(_checked(said, public, FromHub), _OF_HUB)


def to_bridge(octets: bytes | str) -> ToBridge:
    """Read what a page sends on its WebSocket; raises HubError VISIT-12 for anything else."""
    return decoded(octets, _TO_BRIDGE)


def to_page(octets: bytes | str) -> ToPage:
    """Read what a bridge sends there; raises HubError VISIT-12 for anything else."""
    return decoded(octets, _TO_PAGE)


def _checked(said: Said, public: bytes, side: object) -> bytes:
    octets = said.payload.encode()
    if not p256.is_signed(public, SIGNED[side] + octets, from_text(said.signature)):
        raise unreadable()
    return octets


def decoded(octets: bytes | str, decoder: msgspec.json.Decoder[_Message]) -> _Message:
    """Read one message; raises HubError VISIT-12 for anything else."""
    try:
        return decoder.decode(octets)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise unreadable() from None


def unreadable() -> HubError:
    """Return the one error for whatever is no message of a visit."""
    return HubError(
        "This is no message of a video visit that this version knows.",
        fix="Open the link again in a present browser; bring bridge and hub to one version.",
        code="VISIT-12",
    )
