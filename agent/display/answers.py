"""What the patient said, sealed on disk and in order, until the care team's server has it.

An errand of the uploader: it runs while no reading waits. Lives in the store's memory, one sealed
value an answer; an answer is heard (and the screen told so) only once it is there.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from sync.exchange import Alarm, Answer, ClearAlarm, Effect, Purpose, Request
from sync.fhir import encode
from sync.fhir.said import answer_id, source
from sync.outbox import Outbox
from sync.policy import JSON, STORED
from vitals.errors import HubError

MOST = 500
REFUSED, FULL = "ANS-01", "ANS-02"
_INDEX = "said/index"
_LIMIT_S = 20.0
_RETRY_S, _REFUSED_S = 60.0, 3600.0
_REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422})

Json = dict[str, Any]


class Answers:
    """A queue of FHIR resources of the hub's own. Thread-safe."""

    def __init__(self, outbox: Outbox, hub_id: str) -> None:
        """Go on where the last process stopped."""
        self._outbox, self._hub_id = outbox, hub_id
        self._first, self._next = _index(outbox.recall(_INDEX))
        self._lock = threading.Lock()
        self._not_before_s = 0.0

    def put(self, resource: Json) -> str:
        """Keep a resource; return where it will be ("Communication/h...") when it is on disk.

        Raises
        ------
        HubError
            ANS-02 when 500 wait already.
        """
        with self._lock:
            if self._next - self._first >= MOST:
                raise HubError(
                    "500 answers of the patient wait for the server; no more can be kept.",
                    fix="Mend the way to the server: hearth doctor.",
                    code=FULL,
                )
            place = f"{self._outbox.generation}/{self._next}"
            named = {"id": answer_id(self._hub_id, place)}
            whole = {**resource, **named, "meta": {"source": source(self._hub_id)}}
            self._outbox.remember(_name(self._next), encode(whole)).result(_LIMIT_S)
            self._next += 1
            self._save()
            return f"{whole['resourceType']}/{whole['id']}"

    @property
    def waiting(self) -> int:
        """Return how many the server does not have yet."""
        return self._next - self._first

    def next(self, now_s: float) -> Request | None:
        """Return the oldest as a request, None when none waits or it is too soon."""
        if now_s < self._not_before_s:
            return None
        with self._lock:
            while self._first < self._next:
                octets = self._outbox.recall(_name(self._first))
                if octets:
                    return _request(octets)
                self._gone()  # it does not open; it must not block the others
        return None

    def answer(self, request: Request, answer: Answer, now_s: float) -> list[Effect]:
        """Take the answer; what is stored is forgotten here, what is refused waits an hour."""
        del request
        if answer.status in STORED:
            with self._lock:
                self._gone()
            return [ClearAlarm(code=REFUSED)]
        refused = answer.status in _REFUSALS
        self._not_before_s = now_s + (_REFUSED_S if refused else _RETRY_S)
        sentence = "The care team's server refused an answer of the patient; it is kept."
        return [Alarm(code=REFUSED, sentence=sentence)] if refused else []

    def _gone(self) -> None:
        self._outbox.remember(_name(self._first), b"")
        self._first += 1
        self._save()

    def _save(self) -> None:
        octets = json.dumps([self._first, self._next]).encode()
        self._outbox.remember(_INDEX, octets).result(_LIMIT_S)


def _request(octets: bytes) -> Request:
    found = json.loads(octets)
    return Request(
        purpose=Purpose.ANSWER,
        method="PUT",
        path=f"{found['resourceType']}/{found['id']}",
        body=octets,
        headers={"accept": JSON, "content-type": JSON},
    )


def _name(number: int) -> str:
    return f"said/{number}"


def _index(octets: bytes | None) -> tuple[int, int]:
    try:
        first, following = json.loads(octets or b"[0, 0]")
    except (ValueError, TypeError):
        return 0, 0
    return int(first), int(following)
