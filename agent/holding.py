"""What a hub holds that nobody else has, asked of the running hub before it is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from agent.audit import Audit
from sync.outbox import Counts, Outbox

_NOTED = {"resetting": "reset-begun", "bundling": "support", "looking": "look"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What would be lost now: readings that wait, that were set aside, and unreadable frames."""

    waiting: int
    aside: int
    evidence: int
    sent: int

    @classmethod
    def of(cls, counts: Counts) -> Held:
        """Take it from what the store counts; a row that is on hold waits as any other."""
        return cls(
            waiting=counts.pending + counts.held,
            aside=counts.parked,
            evidence=counts.evidence,
            sent=counts.acknowledged_total,
        )

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Held | None:
        """Take it from a desk's answer; None from one of another version."""
        found = [answer.get(field.name) for field in fields(cls)]
        if not all(type(one) is int for one in found):
            return None
        return cls(**{field.name: answer[field.name] for field in fields(cls)})

    @property
    def unsent(self) -> int:
        """How many readings the care team does not have."""
        return self.waiting + self.aside


def answer(outbox: Outbox, audit: Audit, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """Answer what the desk was asked about the hub as a whole; None for something else.

    "held" counts. "resetting" notes first that the hub is to be taken back, so that the server
    hears of it while there is still a trail to carry up; "bundling" notes that somebody took a
    support bundle, "looking" that somebody looked at what was measured.
    """
    do, by, seq = asked.get("do"), str(asked.get("by") or ""), asked.get("seq")
    if do in _NOTED and by:
        audit.note(by=by, what=_NOTED[do], seq=seq if type(seq) is int else 0)
    elif do != "held":
        return None
    held = Held.of(outbox.counts())
    left = audit.head()[0] - audit.sent()
    return {**asdict(held), "generation": outbox.generation, "events_left": left}
