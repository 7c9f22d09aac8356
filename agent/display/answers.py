"""What the hub has to tell besides readings: sealed, in order, until the care team's server has it.

What the patient said on the screen, and what the care rules raised.

An errand of the uploader: it runs while no reading waits. Lives in the store's memory, one sealed
value an answer; an answer is heard (and the screen told so) only once it is there.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sync.exchange import Alarm, Answer, ClearAlarm, Effect, Purpose, Request
from sync.fhir import encode
from sync.fhir.said import answer_id, source
from sync.inbox import Recalls
from sync.outbox import Outbox
from sync.policy import JSON, LATER, STORED
from vitals.errors import HubError

MOST = 500
REFUSED, FULL = "ANS-01", "ANS-02"
_INDEX = "said/index"
_ETAG = re.compile(r'(?:W/)?"(?P<version>[A-Za-z0-9\-.]{1,64})"')
_LIMIT_S = 20.0
_RETRY_S, _REFUSED_S = 60.0, 3600.0
_REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422})
_TRIES, _LARGE_OCTETS = 3, 64 * 1024
_CHANGED = frozenset({409, 412})
_ALL_ALIKE = frozenset({401, 403})  # not this answer's fault: the others would fare no better

Json = dict[str, Any]


class Answers:
    """A queue of FHIR resources of the hub's own. Thread-safe."""

    def __init__(self, outbox: Outbox, hub_id: str) -> None:
        """Go on where the last process stopped."""
        self._outbox, self._hub_id = outbox, hub_id
        self._first, self._next = _index(outbox.recall(_INDEX))
        self._lock = threading.Lock()
        self._not_before_s = 0.0
        self._refused_in_a_row = 0
        self._failed = ("", 0)  # which one failed last, and how often in a row
        self._silent: set[str] = set()  # large ones that waited once for the line to carry them
        self.stored: Callable[[str, str], object] = lambda _path, _version: None

    def put(self, resource: Json) -> str:
        """Keep a resource; return where it will be ("Communication/h...") when it is on disk.

        Raises
        ------
        HubError
            ANS-02 when 500 wait already.
        """
        (where,) = self.put_all([resource], most=MOST)
        return where

    def put_all(
        self, resources: Sequence[Json], also: Mapping[str, bytes] | None = None, *, most: int
    ) -> list[str]:
        """Keep resources, and other small values with them: all of it or, after a cut, nothing.

        A resource that has no id gets one of its place in the queue; one with a meta.versionId is
        stored over this version and no other (If-Match, RFC 9110, 13.1.1). Returns where each will
        be when it is on disk; raises HubError ANS-02 when more than `most` would wait.
        """
        with self._lock:
            following = self._next + len(resources)
            if resources and following - self._first > most:
                raise _full(most)
            whole = [self._whole(one, number) for number, one in enumerate(resources, self._next)]
            values = {_name(number): encode(one) for number, one in enumerate(whole, self._next)}
            values[_INDEX] = json.dumps([self._first, following]).encode()
            self._outbox.remember_all({**values, **(also or {})}).result(_LIMIT_S)
            self._next = following
            return [f"{one['resourceType']}/{one['id']}" for one in whole]

    def _whole(self, resource: Json, number: int) -> Json:
        named = {"id": answer_id(self._hub_id, f"{self._outbox.generation}/{number}")}
        meta = {**resource.get("meta", {}), "source": source(self._hub_id)}
        return {**named, **resource, "meta": meta}

    def paths(self) -> Iterator[str]:
        """Yield where everything that waits will be."""
        for number in range(self._first, self._next):
            if octets := self._outbox.recall(_name(number)):
                yield _request(octets).path

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
        """Take the answer; what is stored is forgotten here.

        What is refused goes behind the others, so that it never holds one up; an hour after all
        that wait were refused, they are tried again. So does one at which the server fails three
        times in a row, and once a large one that the line does not carry.
        """
        if answer.status in STORED:
            with self._lock:
                self._gone()
            self._refused_in_a_row = 0
            self._silent.clear()
            self.stored(request.path, version_of(answer.headers.get("etag", "")))
            return [ClearAlarm(code=REFUSED)]
        if "if-match" in request.headers and answer.status in _CHANGED:
            with self._lock:
                self._gone()  # somebody of the care team changed it: theirs stands
            return []
        if answer.status not in _REFUSALS:
            self._not_before_s = now_s + _RETRY_S
            self._stumbled(request, answer)
            return []
        self._refused_in_a_row += 1
        if answer.status in _ALL_ALIKE or self._refused_in_a_row >= self.waiting:
            self._not_before_s, self._refused_in_a_row = now_s + _REFUSED_S, 0
        if answer.status not in _ALL_ALIKE:
            self._behind()
        sentence = "The care team's server refused something the hub told it; it is kept."
        return [Alarm(code=REFUSED, sentence=sentence)]

    def _stumbled(self, request: Request, answer: Answer) -> None:
        """Let the others go first, where it is this very one that fails again and again."""
        before, count = self._failed
        count = count + 1 if before == request.path else 1
        self._failed = (request.path, count)
        if count < _TRIES or answer.status in LATER:
            return
        if answer.status is None:
            if len(request.body) < _LARGE_OCTETS or request.path in self._silent:
                return  # the network is away for all of them
            self._silent.add(request.path)
        self._failed = ("", 0)
        self._behind()

    def _behind(self) -> None:
        """Put the first one behind the others, under the id it has."""
        with self._lock:
            octets = self._outbox.recall(_name(self._first))
            if octets and self.waiting > 1:
                moved = {_name(self._next): octets, _name(self._first): b""}
                index = json.dumps([self._first + 1, self._next + 1]).encode()
                self._outbox.remember_all({**moved, _INDEX: index}).result(_LIMIT_S)
                self._first, self._next = self._first + 1, self._next + 1

    def _gone(self) -> None:
        self._outbox.remember(_name(self._first), b"")
        self._first += 1
        self._save()

    def _save(self) -> None:
        octets = json.dumps([self._first, self._next]).encode()
        self._outbox.remember(_INDEX, octets).result(_LIMIT_S)


def waiting_kinds(memory: Recalls) -> dict[str, int]:
    """Count what waits by kind of FHIR resource, also beside a running hub."""
    first, following = _index(memory.recall(_INDEX))
    kinds: Counter[str] = Counter()
    for number in range(first, following):
        if octets := memory.recall(_name(number)):
            kinds[_request(octets).path.partition("/")[0]] += 1
    return dict(kinds)


def _full(most: int) -> HubError:
    return HubError(
        f"{most} messages of this home wait for the server; no more can be kept.",
        fix="Mend the way to the server: hearth doctor.",
        code=FULL,
    )


def _request(octets: bytes) -> Request:
    found = json.loads(octets)
    version = found["meta"].get("versionId", "")
    only = {"if-match": f'W/"{version}"'} if version else {}
    return Request(
        purpose=Purpose.ANSWER,
        method="PUT",
        path=f"{found['resourceType']}/{found['id']}",
        body=octets,
        headers={"accept": JSON, "content-type": JSON, **only},
    )


def version_of(etag: str) -> str:
    """Return a resource's version from its ETag (FHIR R4, http, "Managing Resource Contention")."""
    found = _ETAG.fullmatch(etag.strip())
    return found["version"] if found else ""


def _name(number: int) -> str:
    return f"said/{number}"


def _index(octets: bytes | None) -> tuple[int, int]:
    try:
        first, following = json.loads(octets or b"[0, 0]")
    except (ValueError, TypeError):
        return 0, 0
    return int(first), int(following)
