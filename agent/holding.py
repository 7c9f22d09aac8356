"""What a hub holds that nobody else has, asked of the running hub before it is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from agent.audit import Audit
from agent.display.answers import waiting_kinds
from sync.outbox import Counts, Outbox

_NOTED = {"resetting": "reset-begun", "bundling": "support", "looking": "look"}


_WORDS = {
    "QuestionnaireResponse": "questionnaire",
    "Communication": "message",
    "DocumentReference": "photo",
    "Consent": "consent",
    "Flag": "warning",
}
"""What each kind of resource in the queue is to a person; others are "other"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What would be lost now.

    Parameters
    ----------
    waiting, aside : int
        Readings that wait for the server, and that were set aside for a person.
    evidence : int
        Frames that could not be read.
    sent : int
        Readings that the server has.
    answers : mapping
        How many answers of the patient's, photos, and warnings of the care rules wait, by what
        they are ("message", "photo", ...).
    """

    waiting: int
    aside: int
    evidence: int
    sent: int
    answers: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, counts: Counts, kinds: Mapping[str, int] | None = None) -> Held:
        """Take it from what the store counts; a row that is on hold waits as any other.

        `kinds` are the resources in the queue of answers (`agent.display.answers.waiting_kinds`).
        """
        return cls(
            waiting=counts.pending + counts.held,
            aside=counts.parked,
            evidence=counts.evidence,
            sent=counts.acknowledged_total,
            answers=_answers(kinds or {}),
        )

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Held | None:
        """Take it from a desk's answer; None from one of another version."""
        numbers = [answer.get(name) for name in _NUMBERS]
        said = answer.get("answers")
        if not isinstance(said, dict):
            return None
        if not all(type(one) is int for one in (*numbers, *said.values())):
            return None
        return cls(**{name: answer[name] for name in _NUMBERS}, answers=said)

    @property
    def readings(self) -> int:
        """How many readings the care team does not have."""
        return self.waiting + self.aside

    @property
    def unsent(self) -> int:
        """How many things in all the care team does not have."""
        return self.readings + sum(self.answers.values())

    def answers_in_words(self) -> str:
        """Say what else waits: "2 messages, 1 photo"; empty for nothing."""
        return ", ".join(counted(number, name) for name, number in sorted(self.answers.items()))


def counted(number: int, what: str) -> str:
    """Say how many: "1 reading", "2 readings"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


_NUMBERS = ("waiting", "aside", "evidence", "sent")


def _answers(kinds: Mapping[str, int]) -> dict[str, int]:
    """Count as a person would: a photo is a picture and what describes it, sent one by one."""
    found: Counter[str] = Counter()
    for kind, number in kinds.items():
        found[_WORDS.get(kind, "other")] += number if kind != "Binary" else 0
    photos = max(kinds.get("Binary", 0), found["photo"])
    return {name: number for name, number in {**found, "photo": photos}.items() if number}


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
    held = Held.of(outbox.counts(), waiting_kinds(outbox))
    left = audit.head()[0] - audit.sent()
    return {**asdict(held), "generation": outbox.generation, "events_left": left}
