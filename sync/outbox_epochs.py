"""Which data key seals the next record. A key lives for a day, a start, or 10,000 records."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date
from functools import partial

from sync.outbox_file import drop_both, write_both
from sync.seal import ROOT, Keyring
from vitals.reading import HubTime

ROWS_PER_EPOCH = 10_000

Later = Callable[[Callable[[], object]], None]

_UNUSED = (
    "SELECT number FROM key WHERE number NOT IN (SELECT DISTINCT epoch FROM row) "
    "AND number NOT IN (?, ?)"
)


class Epochs:
    """Begins epochs, and lets a data key go with its last row: what is left then never opens."""

    def __init__(self, connection: sqlite3.Connection, keyring: Keyring) -> None:
        """Begin nothing yet: the first record of this start does."""
        self._db, self._keys = connection, keyring
        self._today = self._day = date.min
        self._left = 0

    def at(self, now: HubTime) -> None:
        """Say what time it is."""
        self._today = now.at.astimezone(UTC).date()

    def renew(self) -> None:
        """Let the next record begin a new epoch: the hub key was changed."""
        self._left = 0

    def current(self, last: int, *, undo: Later, after: Later) -> int:
        """Return the epoch to seal under; `last` is the newest so far.

        What `undo` and `after` are given must run when the transaction is taken back, or durable.
        """
        if self._left == 0 or self._today != self._day:
            last = self._begin(1 + max(last, max(self._keys.epochs, default=0)), undo, after)
            self._day, self._left = self._today, ROWS_PER_EPOCH
        self._left -= 1
        return last

    def _begin(self, number: int, undo: Later, after: Later) -> int:
        undo(lambda: self._take_back(number))
        write_both(self._db, "key", number, self._keys.begin(number))
        for (old,) in self._db.execute(_UNUSED, (ROOT, number)).fetchall():
            drop_both(self._db, "key", old)
            after(partial(self._keys.forget, old))
        return number

    def _take_back(self, number: int) -> None:
        self._keys.forget(number)
        self._left = 0
