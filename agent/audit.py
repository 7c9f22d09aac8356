"""The hub's audit trail, sealed in its store: written before a command answers, never rewritten."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Protocol

from config.schema import Config
from sync.audit import START, Courier, Event, Fault, event_of, faults, octets_of
from sync.fhir.audit import HUB, Told
from sync.outbox import Outbox
from vitals.reading import HubTime

LIMIT_S = 20.0
MOST_KEPT = 10_000

_HEAD, _SENT, _SETTINGS = "audit/head", "audit/sent", "audit/settings"


class Memory(Protocol):
    """Whatever recalls what the store remembers: the outbox, or a view of it."""

    def recall(self, name: str) -> bytes | None:
        """Return what was remembered under this name."""


class Trail:
    """Reads the trail, also beside the running hub. The oldest of 10,000 events goes."""

    def __init__(self, memory: Memory) -> None:
        """Keep where it is."""
        self._memory = memory

    def head(self) -> tuple[int, str]:
        """Return how many events there ever were, and the newest one's hash."""
        written = self._written_head()
        if written is None:
            return self._found_head()
        count, newest = written
        # Written just before the power went, its head not yet: it stands all the same.
        late = self.event(count)
        if late is not None and late.before == newest:
            return count + 1, late.hash()
        return count, newest

    def is_headless(self) -> bool:
        """Tell whether somebody took the head away from a trail that has events."""
        return self._written_head() is None and self._found_head()[0] > 1

    def _written_head(self) -> tuple[int, str] | None:
        try:
            found = json.loads(self._memory.recall(_HEAD) or b"")
            return int(found[0]), str(found[1])
        except (ValueError, TypeError, KeyError, IndexError):
            return None

    def _found_head(self) -> tuple[int, str]:
        """Look at every place an event can be at; nothing else tells where the trail ended."""
        octets = (self._memory.recall(_name(number)) for number in range(MOST_KEPT))
        events = [event for one in octets if one is not None and (event := event_of(one))]
        newest = max(events, key=lambda event: event.number, default=None)
        return (0, START) if newest is None else (newest.number + 1, newest.hash())

    def event(self, number: int) -> Event | None:
        """Return one event, None when it is missing, changed or no longer kept."""
        octets = self._memory.recall(_name(number))
        found = None if octets is None else event_of(octets)
        return found if found is not None and found.number == number else None

    def events(self) -> Iterator[Event | None]:
        """Yield what is still kept, oldest first; None for one that does not open."""
        count, _ = self.head()
        for number in range(self.first(), count):
            yield self.event(number)

    def first(self) -> int:
        """Return the number of the oldest event that is still kept."""
        return max(0, self.head()[0] - MOST_KEPT)

    def faults(self) -> list[Fault]:
        """Return what is wrong with the trail, nothing when it is whole."""
        found = list(faults(self.events(), first=self.first(), head=self.head()[1]))
        if self.is_headless():
            found.append(
                Fault(self.head()[0], "may be missing: what says where the end is, is gone")
            )
        return found

    def sent(self) -> int:
        """Return how many events the care team's server has."""
        octets = self._memory.recall(_SENT) or b"0"
        return int(octets) if octets.isdigit() else 0


class Audit(Trail):
    """Writes the trail. Thread-safe; one process at a time, as the store itself."""

    def __init__(self, outbox: Outbox, now: Callable[[], HubTime]) -> None:
        """Keep where and by which clock."""
        super().__init__(outbox)
        self._outbox, self._now = outbox, now
        self._lock = threading.Lock()

    def note(self, *, by: str, what: str, seq: int = 0, why: str = "") -> None:
        """Write an event down; returns when it is on disk."""
        with self._lock:
            if self.is_headless():  # said for good: the next head hides that one was missing
                self._append(by=HUB, what="mended", why="the end of the trail was taken away")
            self._append(by=by, what=what, seq=seq, why=why)

    def _append(self, *, by: str, what: str, seq: int = 0, why: str = "") -> None:
        at = self._now().at.isoformat(timespec="seconds")
        count, newest = self.head()
        event = Event(number=count, before=newest, at=at, by=by, what=what, seq=seq, why=why)
        self._outbox.remember(_name(count), octets_of(event))
        head = json.dumps([count + 1, event.hash()]).encode()
        self._outbox.remember(_HEAD, head).result(LIMIT_S)

    def note_start(self, config: Config, *, rung: str) -> None:
        """Note that the hub key was used to open the store, and what the settings changed.

        Only the names of changed settings' tables are noted, never what is in them. Consent for the
        camera is given and withdrawn by a setting, so it gets an event of its own.
        """
        self.note(by=HUB, what="start", why=f"hub key: {rung}")
        before = _tables(self._outbox.recall(_SETTINGS))
        present = _fingerprints(config)
        # A table that a new version brings was changed by nobody.
        changed = sorted(name for name in before.keys() & present if before[name] != present[name])
        if changed:
            self.note(by=HUB, what="settings", why=", ".join(changed))
            if "camera" in changed:
                self.note(by=HUB, what="camera-on" if config.camera.enabled else "camera-off")
        if before != present:
            self._outbox.remember(_SETTINGS, json.dumps(present).encode()).result(LIMIT_S)

    def courier(self, hub_id: str) -> Courier:
        """Return what hands the events to the server."""
        return Courier(
            Told(hub_id=hub_id, generation=self._outbox.generation),
            event=self.event,
            count=lambda: self.head()[0],
            sent=self.sent(),
            done=lambda sent: self._outbox.remember(_SENT, str(sent).encode()),
        )


def _name(number: int) -> str:
    return f"audit/{number % MOST_KEPT}"


def _fingerprints(config: Config) -> dict[str, str]:
    # Kept sealed: a hash of so little could be guessed back.
    tables = asdict(config)
    return {
        name: hashlib.sha256(repr(value).encode()).hexdigest() for name, value in tables.items()
    }


def _tables(octets: bytes | None) -> dict[str, str]:
    try:
        found = json.loads(octets or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
