"""What was done on one machine of the care team, by whom: a chained trail in a file of its own.

Each event is bound to all before it, as on a hub (`sync.audit`), and goes to the clinic's server
as an AuditEvent; what could not be sent goes with the next.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sync.audit import START, Courier, Event, Fault, event_of, faults, octets_of
from sync.exchange import Answer, Request
from sync.fhir.audit import Told
from vitals.errors import HubError
from vitals.reading import HubTime

FILE, STATE, LOCK = "audit.jsonl", "audit.state", "audit.lock"
_OWNER_ONLY = 0o600
_MOST_AT_ONCE = 200


class Server(Protocol):
    """The way to the FHIR server. Never raises for the network."""

    def exchange(self, request: Request) -> Answer:
        """Make one request and wait, within a time limit, for its answer."""


class Trail:
    """Writes the trail of one machine.

    Parameters
    ----------
    folder : Path
        The clinic's.
    machine : str
        What the server calls the source of these events.
    """

    def __init__(self, folder: Path, *, machine: str, now: Callable[[], HubTime]) -> None:
        """Keep where, and by which clock."""
        self._folder, self._machine, self._now = folder, machine, now

    def events(self) -> list[Event | None]:
        """Return every event, oldest first; None for a line that is none."""
        try:
            lines = (self._folder / FILE).read_bytes().splitlines()
        except FileNotFoundError:
            return []
        return [event_of(line) for line in lines]

    def note(self, *, by: str, what: str, why: str = "") -> None:
        """Write down what was done; returns when it is on disk. No patient, no value in `why`.

        Raises
        ------
        HubError
            FLEET-02 when the trail cannot be written: then nothing may be done either.
        """
        with self._alone():
            self._append(by=by, what=what, why=why)

    def _append(self, *, by: str, what: str, why: str) -> None:
        events = self.events()
        last = events[-1] if events else None
        event = Event(
            number=len(events),
            before=last.hash() if last is not None else START,
            at=self._now().at.isoformat(timespec="seconds"),
            by=by,
            what=what,
            why=why,
        )
        try:
            handle = os.open(
                self._folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _OWNER_ONLY
            )
            with os.fdopen(handle, "ab") as file:
                file.write(octets_of(event) + b"\n")
                file.flush()
                os.fsync(handle)
        except OSError as error:
            raise _cannot(self._folder, error) from None
        self._keep(head=event.hash())

    def faults(self) -> list[Fault]:
        """Return what is wrong with the trail, nothing when it is whole."""
        return list(faults(self.events(), head=self._state().get("head") or None))

    def send(self, server: Server) -> int:
        """Send what the server does not have; return how many events still wait."""
        with self._alone():
            return self._sent(server)

    def _sent(self, server: Server) -> int:
        state, events = self._state(), self.events()
        courier = Courier(
            Told(hub_id=self._machine, generation=state["generation"]),
            event=lambda number: events[number],
            count=lambda: len(events),
            sent=int(state.get("sent") or 0),
            done=lambda sent: self._keep(sent=str(sent)),
        )
        for _ in range(_MOST_AT_ONCE):
            request = courier.next(0.0)
            if request is None:
                break
            courier.answer(request, server.exchange(request), 0.0)
        return len(events) - int(self._state().get("sent") or 0)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other commands of this machine out: two events never get one number."""
        try:
            handle = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
        except OSError as error:
            raise _cannot(self._folder, error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # held for one line, or one round of sending
            yield
        finally:
            os.close(handle)

    def _state(self) -> dict[str, str]:
        try:
            found = json.loads((self._folder / STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict):
            found = {}
        return {"generation": secrets.token_hex(16), **found}

    def _keep(self, **changed: str) -> None:
        path = self._folder / STATE
        scratch = path.with_name(f"{path.name}.new")
        scratch.write_text(json.dumps({**self._state(), **changed}), encoding="utf-8")
        scratch.replace(path)


def _cannot(folder: Path, error: OSError) -> HubError:
    return HubError(
        f"What is done here cannot be noted ({type(error).__name__}), so it is not done.",
        fix=f"Make {folder} writable, with room on its disk.",
        code="FLEET-02",
    )
