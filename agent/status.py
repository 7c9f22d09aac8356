"""What the hub has done since it started, as counts and plain words; no value, no name."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One look at the hub. `dropped` and `unreadable` count by reason code."""

    stored: int
    completed: int
    repeated: int
    dropped: dict[str, int]
    unreadable: dict[str, int]
    unbound: int
    refused: int
    acknowledged: int
    parked: int
    alarms: dict[str, str]
    sessions: int


@dataclass(slots=True)
class Status:
    """Counts what happens; any thread may tell it."""

    _counts: Counter[str] = field(default_factory=Counter)
    _dropped: Counter[str] = field(default_factory=Counter)
    _unreadable: Counter[str] = field(default_factory=Counter)
    _alarms: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, by: int = 1) -> None:
        """Add to one of the plain counts of `Snapshot`."""
        with self._lock:
            self._counts[what] += by

    def drop(self, code: str) -> None:
        """Count a record that must not enter the chart."""
        with self._lock:
            self._dropped[code] += 1

    def unreadable(self, code: str) -> None:
        """Count a frame kept as evidence."""
        with self._lock:
            self._unreadable[code] += 1

    def alarm(self, code: str, sentence: str) -> bool:
        """Raise an alarm; tell whether it is new."""
        with self._lock:
            new = self._alarms.get(code) != sentence
            self._alarms[code] = sentence
            return new

    def clear(self, code: str) -> bool:
        """End an alarm; tell whether there was one."""
        with self._lock:
            return self._alarms.pop(code, None) is not None

    def snapshot(self) -> Snapshot:
        """Return all counts of one instant."""
        with self._lock:
            count = self._counts
            return Snapshot(
                stored=count["stored"],
                completed=count["completed"],
                repeated=count["repeated"],
                dropped=dict(self._dropped),
                unreadable=dict(self._unreadable),
                unbound=count["unbound"],
                refused=count["refused"],
                acknowledged=count["acknowledged"],
                parked=count["parked"],
                alarms=dict(self._alarms),
                sessions=count["sessions"],
            )
