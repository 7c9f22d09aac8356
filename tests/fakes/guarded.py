"""The care rules over a real store, on a clock that the test sets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from agent.display.answers import Answers
from agent.guard.guardian import Guardian
from agent.guard.own import Own
from agent.status import Status
from sync.exchange import Answer
from sync.messages import Message, NotUnderstood, parsed
from sync.outbox import Outbox
from sync.record import Measured
from tests.fakes.records import BOOT
from vitals.reading import HubTime

LIMIT_S = 90.0
Json = dict[str, Any]


class Guarded:
    """One hub's care rules; `at` is the time, `rules` what the care team sent."""

    def __init__(self, outbox: Outbox, at: datetime, zone: tzinfo = UTC) -> None:
        self.outbox, self.at, self.zone = outbox, at, zone
        self.synchronised = True
        self.rules: list[Json] = []
        self.offsets: dict[str, int] = {}
        self.answers = Answers(outbox, "hub-1")
        self.status = Status()
        self.guardian = self.started()

    def started(self, patient: str = "Patient/p") -> Guardian:
        """Make the rules anew, as a restart does."""
        self.own = Own(self.outbox, patient)
        self.guardian = Guardian(
            self.outbox,
            self.answers,
            self._messages,
            hub_id="hub-1",
            patient=patient,
            status=self.status,
            now=self.now,
            boot_offsets=self.offsets,
            zone=self.zone,
            clock=lambda: self.at.timestamp(),  # noqa: PLW0108 - `at` is set anew
        )
        return self.guardian

    def now(self) -> HubTime:
        ns = int(self.at.timestamp() * 1e9)
        return HubTime(at=self.at, boot_id=BOOT, boottime_ns=ns, synchronised=self.synchronised)

    def _messages(self) -> Iterator[Message]:
        for one in self.rules:
            found = parsed(one)
            assert not isinstance(found, NotUnderstood), found
            yield found

    def rule(self, *resources: Json) -> None:
        """Let the care team send these and no others."""
        self.rules = list(resources)
        self.guardian.forget()

    def put(self, *records: Measured, hold_s: float = 0.0) -> list[int]:
        return [self.outbox.put(one, hold_s=hold_s).result(LIMIT_S).seq for one in records]

    def look(self) -> list[Json]:
        """Look, and return what waits for the server."""
        self.guardian.look()
        return self.waiting()

    def waiting(self) -> list[Json]:
        """Return everything that waits for the server, in order, and let it arrive."""
        found = []
        while (request := self.answers.next(1e12)) is not None:
            found.append(json.loads(request.body))
            self.answers.answer(request, Answer(status=201), 1e12)
        return found

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)


@contextmanager
def guarded(folder: Path, at: datetime, zone: tzinfo = UTC) -> Iterator[Guarded]:
    """Open a hub's store with its care rules."""
    made: list[Guarded] = []

    def now() -> HubTime:
        moment = made[0].at if made else at
        ns = int(moment.timestamp() * 1e9)
        return HubTime(at=moment, boot_id=BOOT, boottime_ns=ns, synchronised=True)

    with Outbox.open(
        folder / "outbox.db",
        key=bytes(32),
        tenant="t",
        hub_id="hub-1",
        max_bytes=2**26,
        max_evidence=10,
        now=now,
    ) as outbox:
        made.append(Guarded(outbox, at, zone))
        yield made[0]
