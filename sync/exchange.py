"""What the engine says to a link and hears from it, and what it wants done. All values, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from sync.record import Entry


class Purpose(Enum):
    """Why a request is made; decides how its answer is read."""

    CAPABILITY = "capability"
    TRANSACTION = "transaction"
    SINGLE = "single"
    CHECK = "check"
    ANCHOR = "anchor"
    AUDIT = "audit"
    POLL = "poll"
    CONFIRM = "confirm"
    ANSWER = "answer"
    REGISTER = "register"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. `path` is relative to the server's base; it never names a patient.

    `fresh_token` asks the link to read its access token anew first.
    """

    purpose: Purpose
    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    fresh_token: bool = False


class Fault(Enum):
    """Why nothing came back."""

    NETWORK = "network"
    NOT_SENT = "not sent"
    CERTIFICATE = "certificate"
    CERTIFICATE_TIME = "certificate not valid now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; `status` None means nobody knows whether the server did it.

    Header names are in lower case; `fault` counts only without a status.
    """

    status: int | None
    fault: Fault = Fault.NETWORK
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Make this request now, then tell the engine the answer."""

    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to send before `until_s` on the engine's clock."""

    until_s: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """The server has these readings: their rows may go."""

    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    """The server refuses these readings for good; `reason` is its own words, to be sealed."""

    seqs: tuple[int, ...]
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A person should know; the sentence holds no patient data."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearAlarm:
    """An alarm is over."""

    code: str


Effect = Acknowledge | Park | Alarm | ClearAlarm
