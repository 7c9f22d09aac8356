"""What a person decides about readings that were set aside, carried out and noted who did it.

A decision is asked of the running hub over its desk (`agent.desk`); where no hub runs, the command
does it itself: the store's lock lets only one of them write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from agent.persons import QUESTIONS
from sync.outbox import Outbox, State
from vitals.errors import HubError
from vitals.reading import HubTime

LIMIT_S = 20.0
MOST_AUDITED = 10_000

_PATIENT = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}")
_COUNT = "audit/count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of the audit: when, by whom, what, about which row, and why. No value, no name."""

    at: str
    by: str
    what: str
    seq: int
    why: str = ""


class Audit:
    """Decisions, sealed in the store in the order they were made; the oldest of 10,000 goes."""

    def __init__(self, outbox: Outbox, now: Callable[[], HubTime]) -> None:
        """Keep where and by which clock."""
        self._outbox, self._now = outbox, now

    def note(self, *, by: str, what: str, seq: int, why: str = "") -> None:
        """Write a decision down; returns when it is on disk."""
        at = self._now().at.isoformat(timespec="seconds")
        number = self.count()
        octets = json.dumps(asdict(Decision(at=at, by=by, what=what, seq=seq, why=why))).encode()
        self._outbox.remember(_name(number), octets).result(LIMIT_S)
        self._outbox.remember(_COUNT, str(number + 1).encode()).result(LIMIT_S)

    def count(self) -> int:
        """Return how many decisions were ever made."""
        return int(self._outbox.recall(_COUNT) or b"0")

    def all(self) -> list[Decision]:
        """Return what is still known, oldest first."""
        count = self.count()
        first = max(0, count - MOST_AUDITED)
        found = [self._outbox.recall(_name(number)) for number in range(first, count)]
        return [Decision(**json.loads(octets)) for octets in found if octets is not None]


def _name(number: int) -> str:
    return f"audit/{number % MOST_AUDITED}"


def decide(outbox: Outbox, audit: Audit, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out one decision.

    Parameters
    ----------
    asked : mapping
        `do` ("assign", "discard", "retry"), `by`, and `seq`, `patient`, `why` as needed; `seq`
        None retries all.

    Raises
    ------
    HubError
        DESK-01 for what is no decision, STORE-12 for a row that is not set aside.
    """
    by, why = str(asked.get("by") or ""), str(asked.get("why") or "")
    do, seq = asked.get("do"), asked.get("seq")
    if do == "retry" and by and (seq is None or isinstance(seq, int)):
        # Never a held one: it has a question to be answered first.
        refused = [
            row.seq
            for row in outbox.entries([State.PARKED])
            if row.refusal is not None and row.refusal.code not in QUESTIONS
        ]
        wanted = refused if seq is None else [one for one in refused if one == seq]
        freed = outbox.retry(wanted).result(LIMIT_S)
        if seq is not None and not freed:
            raise _not_aside(seq)
        audit.note(by=by, what="retry", seq=seq or 0)
        return {"freed": freed}
    if not isinstance(seq, int) or not by:
        raise _no_decision()
    if do == "discard" and why:
        if not outbox.discard(seq).result(LIMIT_S):
            raise _not_aside(seq)
        audit.note(by=by, what="discard", seq=seq, why=why)
        return {"seq": seq}
    patient = str(asked.get("patient"))
    if do == "assign" and _PATIENT.fullmatch(patient):
        stored = outbox.give(seq, patient).result(LIMIT_S)
        if stored is None:
            raise _not_aside(seq)
        audit.note(by=by, what="assign", seq=seq)
        return {"seq": stored.seq}
    raise _no_decision()


def _not_aside(seq: int) -> HubError:
    return HubError(
        f"Row {seq} is not set aside.",
        fix="Run: hearth readings held, or: hearth readings parked. They show the numbers.",
        code="STORE-12",
    )


def _no_decision() -> HubError:
    return HubError(
        "This is no decision the hub knows.",
        fix="Give the row's number, who you are, and a patient such as Patient/123 or a reason.",
        code="DESK-01",
    )
