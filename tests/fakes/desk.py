"""The engine at a desk: what waits, what it asks for, and the answers a server may give."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from drivers.virtual import frames
from sync.engine import Engine
from sync.exchange import Acknowledge, Answer, Effect, Park, Request, Send, Wait
from sync.policy import Policy
from sync.record import Entry
from tests.fakes.fhir_cases import DISPLAY, HUB, pressure

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "no such patient"}]}


def entries(count: int) -> list[Entry]:
    return [
        Entry(seq=n, record=pressure(frames.blood_pressure(100 + n, 60, 60, DISPLAY)))
        for n in range(1, count + 1)
    ]


def statement(**options: bool) -> Answer:
    wanted = {"updateCreate": True, "conditionalCreate": True} | options
    transaction = wanted.pop("transaction", True)
    rest = {
        "mode": "server",
        "interaction": [{"code": "transaction"}] if transaction else [],
        "resource": [{"type": name, **wanted} for name in ("Observation", "Device")],
    }
    return said(200, {"resourceType": "CapabilityStatement", "rest": [rest]})


def said(status: int | None, body: object = OUTCOME, **headers: str) -> Answer:
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=found, body=json.dumps(body).encode())


def stored(request: Request, **changes: str) -> Answer:
    """Answer a transaction as a good server does."""
    sent = json.loads(request.body)["entry"]
    parts = [
        {"response": {"status": "201 Created", "location": f"{one['request']['url']}/_history/1"}}
        for one in sent
    ]
    for place, status in changes.items():
        parts[int(place.removeprefix("at"))]["response"]["status"] = status
    return said(200, {"resourceType": "Bundle", "entry": parts})


class Desk:
    """An engine and what waits."""

    def __init__(self, count: int = 3, capability: Answer | None = None, **policy: Any) -> None:  # noqa: ANN401 - Policy's own
        self.engine = Engine(policy=Policy(**policy), hub=HUB, zone=UTC, rng=lambda: 1.0)
        self.waiting = entries(count)
        self.now_s = 0.0
        if capability is None:
            self.tell(statement())
        elif capability.status:
            self.tell(capability)

    def next(self) -> Send | Wait:
        return self.engine.next(self.now_s, self.waiting)

    def request(self) -> Request:
        step = self.next()
        assert isinstance(step, Send), step
        return step.request

    def tell(self, answer: Answer) -> list[Effect]:
        effects = self.engine.answer(self.request(), answer, self.now_s)
        for effect in effects:
            if isinstance(effect, Acknowledge | Park):
                self.waiting = [one for one in self.waiting if one.seq not in effect.seqs]
        return effects

    def nap_s(self) -> float:
        step = self.next()
        assert isinstance(step, Wait)
        return step.until_s - self.now_s


def done(effects: Sequence[Effect]) -> list[int]:
    return [seq for one in effects if isinstance(one, Acknowledge) for seq in one.seqs]


def urls(request: Request) -> list[str]:
    return [one["request"]["url"].split("/")[0] for one in json.loads(request.body)["entry"]]
