"""What a person decides about readings that were set aside, carried out and noted who did it.

A decision is asked of the running hub over its desk (`agent.desk`); where no hub runs, the command
does it itself: the store's lock lets only one of them write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.audit import Audit
from agent.persons import QUESTIONS
from sync.outbox import Outbox, State
from vitals.errors import HubError

LIMIT_S = 20.0

_TOPICS = frozenset({"camera", "visits", "photos"})
_PATIENT = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}")


def decide(outbox: Outbox, audit: Audit, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out one decision.

    Parameters
    ----------
    asked : mapping
        `do` ("assign", "discard", "retry", "consent"), `by`, and `seq`, `patient`, `why`, `topic`,
        `given` as needed; `seq` None retries all.

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
    if do == "consent" and by and asked.get("topic") in _TOPICS:
        given = "consent-given" if asked.get("given") is True else "consent-taken-back"
        audit.note(by=by, what=given, why=str(asked["topic"]))
        return {"noted": given}
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
