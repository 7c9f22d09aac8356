"""Puts on the server what a clinician in a visit asks for, for the hub's own patient only."""

from __future__ import annotations

import logging
import threading
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

MOST = 64
"""How many wait at once for the server."""


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
        self._room = threading.BoundedSemaphore(MOST)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="visit-task")

    def put(self, address: Address, task: TaskFor, done: Callable[[bool], None]) -> None:
        """Store a Task; `done` hears, from any thread, whether the server has it.

        One of too many at once is not stored.
        """
        if self._room.acquire(blocking=False):
            self._thread.submit(self._put, address, task, done)
        else:
            log.warning("too many tasks of visits wait; one was let fall")
            done(False)  # noqa: FBT003 - a callback's one argument

    def close(self) -> None:
        """Finish what is begun."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _put(self, address: Address, task: TaskFor, done: Callable[[bool], None]) -> None:
        try:
            done(self._stored(address, task))
        finally:
            self._room.release()

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
        path = f"Task/{made['id']}"
        # A letter may come twice, and by then somebody may have done or changed the Task.
        if self._status("GET", path) in STORED:
            return True
        return self._status("PUT", path, encode(made)) in STORED

    def _status(self, method: str, path: str, body: bytes = b"") -> int | None:
        request = Request(
            purpose=Purpose.SINGLE,
            method=method,
            path=path,
            body=body,
            headers={"accept": JSON, "content-type": JSON},
        )
        return self._server.exchange(request).status
