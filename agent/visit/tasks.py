"""Puts on the server what a clinician in a visit asks for, for the hub's own patient only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from agent.visit.letters import TaskFor
from sync.envelope import Address
from sync.exchange import Answer, Purpose, Request
from sync.fhir import encode
from sync.fhir.visit import measure_task
from sync.policy import JSON, STORED

log = logging.getLogger(__name__)


class Server(Protocol):
    """The way to the FHIR server. Never raises for the network."""

    def exchange(self, request: Request) -> Answer:
        """Make one request and wait, within a time limit, for its answer."""


class Tasks:
    """Makes one Task after another, in a thread of its own.

    Parameters
    ----------
    may : callable
        Tells whether a hub was given to a patient.
    """

    def __init__(
        self,
        server: Server,
        may: Callable[[str, str], bool],
        now: Callable[[], datetime],
    ) -> None:
        """Keep the way to the server."""
        self._server, self._may, self._now = server, may, now
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="visit-task")

    def put(self, address: Address, task: TaskFor, done: Callable[[bool], None]) -> None:
        """Store a Task; `done` hears from the thread whether the server has it."""
        self._thread.submit(self._put, address, task, done)

    def close(self) -> None:
        """Finish what is begun."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _put(self, address: Address, task: TaskFor, done: Callable[[bool], None]) -> None:
        done(self._stored(address, task))

    def _stored(self, address: Address, task: TaskFor) -> bool:
        if not self._may(address.hub, task.patient):
            log.warning("a visit's task was refused code=BRIDGE-01")
            return False
        made = measure_task(
            what=task.what.value,
            number=task.number,
            visit=task.visit,
            patient=task.patient,
            encounter=task.encounter,
            who=task.who,
            at=self._now(),
        )
        request = Request(
            purpose=Purpose.SINGLE,
            method="PUT",
            path=f"Task/{made['id']}",
            body=encode(made),
            headers={"accept": JSON, "content-type": JSON},
        )
        return self._server.exchange(request).status in STORED
