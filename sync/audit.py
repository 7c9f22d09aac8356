"""The audit trail: who did what at the hub, each event bound to all before it, carried up. Pure.

Each event names the hash of the one before it, so one that was cut out, edited or put elsewhere
breaks the chain. The store seals each event; the server's copies, which carry the same hashes, show
what somebody who holds the hub and its key could still make anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple

from sync.exchange import Answer, Effect, Purpose, Request
from sync.fhir import encode
from sync.fhir.audit import Told, audit_event, audit_id
from sync.policy import JSON, STORED

START = ""
"""What the very first event names as the one before it."""
RETRY_S = 60.0
REFUSED_S = 3600.0

_PURPOSE = b"hearth/audit/1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the trail. No value, no patient; `why` is the operator's own words.

    Parameters
    ----------
    number : int
        Counts from 0.
    before : str
        The hash of the event before, hex; `START` for the first.
    at : str
        ISO 8601 with a zone.
    by : str
        The operator's login, or "hub".
    seq : int
        The row of the store that it is about, 0 for none.
    """

    number: int
    before: str
    at: str
    by: str
    what: str
    seq: int = 0
    why: str = ""

    def hash(self) -> str:
        """Return SHA-256 over every field, in hex."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(_PURPOSE + text.encode()).hexdigest()


class Fault(NamedTuple):
    """What is wrong with the trail, and at which event."""

    number: int
    what: str


def event_of(octets: bytes) -> Event | None:
    """Read one event as `octets_of` wrote it; None for anything else."""
    try:
        found = json.loads(octets)
        event = Event(**found)
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (event.before, event.at, event.by, event.what, event.why)
    whole = all(type(number) is int and number >= 0 for number in (event.number, event.seq))
    return event if whole and all(isinstance(text, str) for text in texts) else None


def octets_of(event: Event) -> bytes:
    """Write one event on one line of JSON."""
    return json.dumps(asdict(event), ensure_ascii=False).encode()


def faults(
    events: Iterable[Event | None], *, first: int = 0, head: str | None = None
) -> Iterator[Fault]:
    """Yield what is wrong with a trail, in order; nothing when it is whole.

    Parameters
    ----------
    events : iterable of Event or None
        In the order they stand in; None where one does not open or is missing.
    first : int
        The number the trail begins with; what came before is no longer kept.
    head : str or None
        The hash that the newest event must have, where it is known: without it nobody can tell
        that the end was cut off.
    """
    before = START if first == 0 else None
    number = first
    for number, event in enumerate(events, first):
        if event is None:
            yield Fault(number, "is missing, or was changed")
            before = None
            continue
        if event.number != number:
            yield Fault(number, f"is event {event.number} in another's place")
        elif before is not None and event.before != before:
            yield Fault(number, "does not follow the one before it: one of them was changed")
        before = event.hash()
    if head is not None and before is not None and before != head:
        yield Fault(number, "is not the newest there was: the end was cut off or changed")


class Courier:
    """Hands events to the server one by one, while there is nothing else to send.

    Parameters
    ----------
    told : Told
        Which hub and which store the events are of.
    event : callable
        Returns the event of a number, None when it no longer opens.
    count : callable
        Returns how many events there ever were.
    sent : int
        How many the server has.
    done : callable
        Is given the new `sent`, to be remembered.
    """

    def __init__(
        self,
        told: Told,
        *,
        event: Callable[[int], Event | None],
        count: Callable[[], int],
        sent: int,
        done: Callable[[int], object],
    ) -> None:
        """Keep where the events are."""
        self._told, self._event, self._count, self._done = told, event, count, done
        self._sent = sent
        self._not_before_s = 0.0

    def next(self, now_s: float) -> Request | None:
        """Return a request to make while there is nothing else to do, None when there is none."""
        if now_s < self._not_before_s:
            return None
        while self._sent < self._count():
            event = self._event(self._sent)
            if event is not None:
                return self._request(event)
            self._gone(self._sent + 1)  # `faults` tells of it; it must not block the others
        return None

    def answer(self, _request: Request, answer: Answer, now_s: float) -> list[Effect]:
        """Take the answer; an event counts as sent only when the server has stored it."""
        if answer.status in STORED:
            self._gone(self._sent + 1)
        elif answer.status is not None and 400 <= answer.status < 500:  # noqa: PLR2004 - RFC 9110
            self._not_before_s = now_s + REFUSED_S  # kept: somebody may give the hub the right
        else:
            self._not_before_s = now_s + RETRY_S
        return []

    def _gone(self, sent: int) -> None:
        self._sent = sent
        self._done(sent)

    def _request(self, event: Event) -> Request:
        resource = audit_event(
            self._told,
            number=event.number,
            at=event.at,
            by=event.by,
            what=event.what,
            why=event.why,
            seq=event.seq,
            hashes=(event.before, event.hash()),
        )
        return Request(
            purpose=Purpose.AUDIT,
            method="PUT",
            path=f"AuditEvent/{audit_id(self._told, event.number)}",
            body=encode(resource),
            headers={"accept": JSON, "content-type": JSON},
        )
