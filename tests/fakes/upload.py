"""Drives the real engine over the real HTTPS link from a list in memory, on a clock that jumps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any
from urllib.request import urlopen

from config.schema import Fhir
from sync.engine import Engine
from sync.exchange import Acknowledge, Alarm, ClearAlarm, Park, Request, Send
from sync.fhir import HubFacts
from sync.links.failover import Way
from sync.links.https import HttpsLink
from sync.policy import Policy
from sync.record import READING_IDENTIFIER, Entry, Measured

HUB = HubFacts(id="hub-1", software="0.1.0")


class Upload:
    """What waits, what became of it, and every request that was made."""

    def __init__(
        self,
        base_url: str,
        records: Sequence[Measured],
        policy: Policy | None = None,
        link: Way | None = None,
    ) -> None:
        self.link = link or HttpsLink(Fhir(base_url=base_url, timeout_s=20))
        self.engine = Engine(policy=policy or Policy(), hub=HUB, zone=UTC, rng=lambda: 1.0)
        self.waiting = {n: Entry(seq=n, record=r) for n, r in enumerate(records, 1)}
        self.acknowledged: list[int] = []
        self.parked: dict[int, Park] = {}
        self.alarms: list[str] = []
        self.raised: set[str] = set()
        self.requests: list[Request] = []
        self.naps: list[float] = []
        self.now_s = 1000.0

    def step(self) -> bool:
        """Do one thing; tell whether anything is left to do."""
        todo = self.engine.next(self.now_s, [self.waiting[seq] for seq in sorted(self.waiting)])
        if not isinstance(todo, Send):
            if todo.why == "nothing waits":
                return False
            self.naps.append(todo.until_s - self.now_s)
            self.now_s = todo.until_s
            return True
        self.requests.append(todo.request)
        answer = self.link.exchange(todo.request)
        for effect in self.engine.answer(todo.request, answer, self.now_s):
            self._apply(effect)
        return True

    def run(self, steps: int = 400) -> None:
        """Go on until nothing waits; a step too many is an endless loop and fails."""
        for _ in range(steps):
            if not self.step():
                return
        raise AssertionError(f"still busy after {steps} steps: {self.alarms}")

    def _apply(self, effect: Acknowledge | Park | Alarm | ClearAlarm) -> None:
        match effect:
            case Acknowledge(seqs=seqs):
                for seq in seqs:
                    del self.waiting[seq]
                    self.acknowledged.append(seq)
            case Park(seqs=seqs):
                for seq in seqs:
                    del self.waiting[seq]
                    self.parked[seq] = effect
            case Alarm(code=code):
                self.alarms.append(code)
                self.raised.add(code)
            case ClearAlarm(code=code):
                self.raised.discard(code)


def get(base_url: str, path: str) -> dict[str, Any]:
    """Ask a server on loopback for a resource."""
    with urlopen(f"{base_url}/{path}", timeout=60) as answer:  # noqa: S310 - loopback
        found: dict[str, Any] = json.loads(answer.read())
        return found


def copies(base_url: str, record: Measured) -> list[dict[str, Any]]:
    """Return every Observation on the server that is this very reading."""
    found = get(base_url, f"Observation?identifier={READING_IDENTIFIER}%7C{record.id}")
    return [
        entry["resource"]
        for entry in found.get("entry", [])
        if {"system": READING_IDENTIFIER, "value": record.id} in entry["resource"]["identifier"]
    ]
