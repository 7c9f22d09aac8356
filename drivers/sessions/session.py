"""What a session may ask of its link, and what the link tells it. Pure: nothing waits here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Outcome(Enum):
    """How a session ended, told apart by what to do next."""

    COMPLETE = "complete"  # everything the meter had is here
    PARTIAL = "partial"  # it broke off: come back soon, nothing of it is lost
    BUSY = "busy"  # the meter asked to be left alone for now
    NEEDS_PAIRING = "needs-pairing"  # the meter talks only to a bonded hub
    REFUSED = "refused"  # the meter does not speak this procedure as declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """Turn on notifications or indications of one characteristic."""

    uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Write a characteristic, with response."""

    uuid: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """End the session. `mark` is what to remember of it once all its frames are stored."""

    outcome: Outcome
    why: str = ""
    mark: bytes | None = None


Command = Subscribe | Write | Finish


class Session(Protocol):
    """A procedure: events in, commands out. The link stores every frame before it tells."""

    @property
    def wait_s(self) -> float:
        """How long the link waits for the next event before it calls `silent`."""

    def begin(self) -> list[Command]:
        """Return the first commands."""

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take a frame that arrived."""

    def failed(self, att_error: int) -> list[Command]:
        """Take the ATT error that a Subscribe or Write was answered with."""

    def silent(self) -> list[Command]:
        """Take the news that nothing came for `wait_s` seconds."""

    def gone(self) -> list[Command]:
        """Take the news that the meter ended the link."""


# Core 5.4, Vol 3, Part F, 3.4.1.1 and the Core Specification Supplement, Part B.
ATT_INSUFFICIENT_AUTHENTICATION = 0x05
ATT_INSUFFICIENT_ENCRYPTION = 0x0F
ATT_PROCEDURE_IN_PROGRESS = frozenset({0x80, 0xFE})
ATT_CCCD_NOT_CONFIGURED = frozenset({0x81, 0xFD})
NOT_BONDED = frozenset({ATT_INSUFFICIENT_AUTHENTICATION, ATT_INSUFFICIENT_ENCRYPTION})


def refusal(att_error: int) -> Finish:
    """Explain an ATT error that ends a session."""
    if att_error in NOT_BONDED:
        return Finish(outcome=Outcome.NEEDS_PAIRING, why="the meter talks only to a paired hub")
    if att_error in ATT_CCCD_NOT_CONFIGURED:
        return Finish(outcome=Outcome.PARTIAL, why="the meter lost our subscriptions")
    if att_error in ATT_PROCEDURE_IN_PROGRESS:
        return Finish(outcome=Outcome.BUSY, why="the meter is still at an earlier request")
    return Finish(outcome=Outcome.REFUSED, why=f"the meter answered ATT error 0x{att_error:02x}")
