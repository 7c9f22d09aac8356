"""What a hub holds that nobody else has, asked of the running hub before it is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from agent.audit import Audit
from sync.outbox import Counts, Outbox


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

    @property
    def unsent(self) -> int:
        """How many readings the care team does not have."""
        return self.waiting + self.aside


def answer(outbox: Outbox, audit: Audit, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """Answer what the desk was asked about the hub as a whole; None for something else.

    "held" counts; "resetting" notes first that the hub is to be taken back, so that the server
    hears of it while there is still a trail to carry up.
    """
    if asked.get("do") == "resetting" and asked.get("by"):
        audit.note(by=str(asked["by"]), what="reset", why=str(asked.get("why") or ""))
    elif asked.get("do") != "held":
        return None
    held = Held.of(outbox.counts())
    left = audit.head()[0] - audit.sent()
    return {**asdict(held), "generation": outbox.generation, "events_left": left}
