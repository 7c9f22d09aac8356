"""A visit as one value: whom it is with, where it stands, and what happened when. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from agent.screen.messages import FromHub as ToScreen
from agent.screen.values import IceServer
from agent.visit.invitation import Invitation
from agent.visit.letters import Down, Reply, Standing, TaskFor
from agent.visit.messages import FromHub, Join, What, Why


class Phase(StrEnum):
    """Where a visit stands."""

    RINGING = "ringing"
    DIALING = "dialing"  # the screen makes an offer
    OFFERED = "offered"  # the page has it
    JOINING = "joining"  # the screen has the page's answer
    CONNECTED = "connected"
    WAITING = "waiting"  # a call was lost; one side or both are to come back
    ENDED = "ended"


class Live(Struct, frozen=True, kw_only=True):
    """The one visit that a hub has. Kept on disk, but for `since_s` and `offer`.

    `since_s` is when the phase began, by a clock that never jumps. `asked` says which measurement
    each number stands for; those that arrived are in `arrived`.
    """

    visit: str
    party: str
    token: str
    who: str
    role: str = ""
    caller: str = ""
    appointment: str = ""
    reply: Reply | None = None
    phase: Phase = Phase.RINGING
    since_s: float = 0.0
    call: str = ""
    offer: str = ""
    dials: int = 0
    heard_n: int = -1
    auto: bool = False
    invited_at: datetime
    accepted_at: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    why: Why | None = None
    cut: bool = False  # the hub was off when it ended: nobody knows the minute
    asked: Mapping[str, What] = {}
    arrived: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """A moment at this hub: a clock that never jumps, the time of day, a fresh random name.

    `screens` is how many are there; `asking` that one came back and has not said yet whether its
    call is still up. `ice` and `language` are the hub's settings, `patient` and
    `encounter` the references by which the server knows whom and what this is about.
    """

    s: float
    at: datetime
    name: str
    screens: int = 1
    asking: bool = False
    ice: tuple[IceServer, ...] = ()
    language: str = "en"
    patient: str = ""
    encounter: str = ""
    vitals: bool = False  # whether estimates may be told in the call


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPage:
    """Say something to a page; `n` in it is a place holder that the edge fills."""

    reply: Reply
    token: str
    said: FromHub | None
    standing: Standing
    task: TaskFor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something for the audit trail; `why` names the caller, never the patient."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell the screen."""

    message: ToScreen


Effect = ToPage | Noted | Tell


def last_words(live: Live, effects: Sequence[Effect]) -> list[ToScreen]:
    """Return what a screen is told at the end of a visit even if the end cannot be kept on disk."""
    return [one.message for one in effects if isinstance(one, Tell) and live.phase is Phase.ENDED]


def fresh_from(found: Invitation, join: Join, down: Down, now: Now) -> Live:
    """Return the visit of an invitation that was just redeemed."""
    return Live(
        visit=found.visit,
        party=join.party,
        token=down.token,
        who=found.who,
        role=found.role,
        caller=found.caller,
        appointment=found.appointment,
        reply=down.reply,
        since_s=now.s,
        heard_n=join.n,
        invited_at=now.at,
    )
