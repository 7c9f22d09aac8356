"""Answers one sealed request after another: opened, looked at, made, its answer sealed.

No state but the server's connection: any number of bridges may stand side by side. That order
holds is the hub's doing: it has one request under way, and asks again only when the time of the
last one is over. What is late here is not made any more, so no older request can follow a newer.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from sync import envelope, hpke
from sync.bridge import gate
from sync.bridge.register import Known
from sync.envelope import TOPIC_VERSION, Address, Asked
from sync.exchange import Answer, Request
from vitals.errors import HubError

log = logging.getLogger(__name__)

_HUB = rf"{TOPIC_VERSION}/(?P<tenant>[A-Za-z0-9\-.]{{1,64}})/(?P<hub>[A-Za-z0-9\-.]{{1,64}})"
_TOPIC = re.compile(rf"{_HUB}/request")
_VISIT = re.compile(rf"{_HUB}/visit/[A-Za-z0-9\-.]{{1,64}}")
_FORBIDDEN, _LATER = 403, 503
_AGAIN_S = "10"
REVOKED = "BRIDGE-04"


class Server(Protocol):
    """The way to the FHIR server. Never raises for the network."""

    def exchange(self, request: Request) -> Answer:
        """Make one request and wait, within a time limit, for its answer."""


@dataclass(slots=True)
class Counts:
    """What a bridge has done, for its metrics; any thread may count."""

    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, what: str) -> None:
        """Count one more."""
        with self._lock:
            self._counts[what] += 1

    def all(self) -> Mapping[str, int]:
        """Return every count."""
        with self._lock:
            return dict(self._counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A sealed request as it came, and until when its hub waits (`clock` seconds)."""

    address: Address
    octets: bytes
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One worker of a bridge.

    `known` tells whose readings a hub may bring; an unknown hub has none, and one that was taken
    back may bring nothing. `limit_s` is the most time the server may take: a request with less time
    left is not begun.
    """

    key: hpke.Reader
    server: Server
    known: Callable[[str], Known]
    counts: Counts
    limit_s: float
    clock: Callable[[], float]

    def answered(self, letter: Letter) -> bytes | None:
        """Return the sealed answer to a letter; None when there is nobody left to answer."""
        try:
            asked = envelope.open_request(letter.octets, bridge=self.key, address=letter.address)
        except HubError as error:
            self.counts.add("unreadable")
            log.warning("request not readable code=%s", error.code)
            return None
        if self.clock() + self.limit_s > letter.until_s:
            self.counts.add("late")
            return None
        return envelope.seal_answer(
            self._answer(asked, letter.address), asked=asked, address=letter.address
        )

    def _answer(self, asked: Asked, address: Address) -> Answer:
        known = self.known(address.hub)
        if not known.sure:
            self.counts.add("register_away")
            return _no(_LATER, "Whose hub this is cannot be looked up now.")
        if known.revoked:
            self.counts.add("revoked")
            log.warning("request refused code=BRIDGE-04")
            return _no(_FORBIDDEN, f"The care team has taken this hub back ({REVOKED}).")
        why = gate.refusal(asked.request, address, known.patients)
        if why is not None:
            self.counts.add("refused")
            log.warning("request refused code=BRIDGE-01")
            return _no(_FORBIDDEN, f"The bridge refuses {why}.")
        answer = self.server.exchange(asked.request)
        status = answer.status
        self.counts.add("unknown" if status is None else f"answered_{status // 100}xx")
        return answer


def addressed(topic: str) -> Address | None:
    """Return which hub writes to this topic, None when it is none of ours."""
    found = _TOPIC.fullmatch(topic)
    return None if found is None else Address(tenant=found["tenant"], hub=found["hub"])


def visit_of(topic: str) -> Address | None:
    """Return which hub writes about a visit to this topic, None when it is no such topic."""
    found = _VISIT.fullmatch(topic)
    return None if found is None else Address(tenant=found["tenant"], hub=found["hub"])


def _no(status: int, why: str) -> Answer:
    code = "transient" if status == _LATER else "forbidden"
    issue = {"severity": "error", "code": code, "diagnostics": why}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    headers = {"content-type": "application/fhir+json"}
    if status == _LATER:
        headers["retry-after"] = _AGAIN_S
    return Answer(status=status, headers=headers, body=msgspec.json.encode(outcome))
