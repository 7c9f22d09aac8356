"""Letters between bridge and hub: sealed to their reader, padded, so that the broker reads nothing.

JSON, padded with spaces to one of a few sizes, sealed by HPKE and bound to tenant, hub and
direction. Pure.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from agent.visit.messages import MAX_OCTETS, VERSION, Said, Token, What, unreadable
from sync import hpke
from sync.envelope import Address

MOST = 2 * MAX_OCTETS
_SIZES = (2048, 8192, 32768, MOST)
_DOWN, _UP = "visit-down", "visit-up"

_Reference = Annotated[str, Meta(pattern=r"^[A-Za-z]{1,40}/[A-Za-z0-9\-.]{1,64}$")]


class Reply(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a page is: which bridge has its connection, and which connection of that bridge's."""

    bridge: Annotated[str, Meta(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
    line: Annotated[str, Meta(pattern="^[0-9a-f]{1,32}$")]


class Made(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the bridge could put on the server what `TaskFor` asked for."""

    what: What
    number: Annotated[int, Meta(ge=1, le=1000)]
    stored: bool


class Down(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To the hub: what the page with this invitation says, or what became of a Task for it.

    Neither: the page's connection is gone.
    """

    v: int
    reply: Reply
    token: Token
    said: Said | None = None
    made: Made | None = None


class Standing(StrEnum):
    """How the hub sees that page; the bridge does nothing for one that is not in a visit."""

    REFUSED = "refused"
    WAITING = "waiting"
    IN_VISIT = "in-visit"
    OVER = "over"


class TaskFor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hub's word that the clinician in the visit asks for a measurement: make it a Task."""

    what: What
    number: Annotated[int, Meta(ge=1, le=1000)]  # of this visit's: asked twice, made once
    visit: Annotated[str, Meta(max_length=64)]
    patient: _Reference
    encounter: _Reference
    who: Annotated[str, Meta(max_length=300)] = ""


class Up(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To the bridge: what the hub says to that page, and what the bridge itself may know of it."""

    v: int
    reply: Reply
    standing: Standing
    said: Said | None = None
    task: TaskFor | None = None


_Letter = TypeVar("_Letter", Down, Up)


def seal_down(letter: Down, hub: bytes, address: Address) -> bytes:
    """Seal a letter to a hub's own key."""
    return _sealed(letter, hub, address.info(_DOWN))


def open_down(octets: bytes, hub: hpke.Reader, address: Address) -> Down:
    """Open a letter at the hub; raises HubError SEAL-10 or VISIT-12."""
    return _opened(octets, hub, address.info(_DOWN), Down)


def seal_up(letter: Up, bridge: bytes, address: Address) -> bytes:
    """Seal a letter to the bridge's key."""
    return _sealed(letter, bridge, address.info(_UP))


def open_up(octets: bytes, bridge: hpke.Reader, address: Address) -> Up:
    """Open a letter at the bridge; raises HubError SEAL-10 or VISIT-12."""
    return _opened(octets, bridge, address.info(_UP), Up)


def _sealed(letter: Down | Up, public: bytes, info: bytes) -> bytes:
    octets = msgspec.json.encode(letter)
    size = next((size for size in _SIZES if size >= len(octets)), 0)
    if not size:
        raise unreadable()
    return hpke.sealed(octets.ljust(size), public, info)


def _opened(octets: bytes, reader: hpke.Reader, info: bytes, kind: type[_Letter]) -> _Letter:
    if len(octets) > MOST + hpke.OVERHEAD_OCTETS:
        raise unreadable()
    try:
        found = msgspec.json.decode(reader.opened(octets, info), type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise unreadable() from None
    if found.v != VERSION:
        raise unreadable()
    return found
