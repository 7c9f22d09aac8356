"""The rows in the file: read, written, and joined into spans when they are done with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from sync.outbox_memory import REMEMBERED
from sync.outbox_rows import (
    COLUMNS,
    Row,
    Span,
    State,
    joined,
    looks_like_span,
    span_of,
    span_row,
    vouched,
)
from sync.seal import Keyring

_ROW = f"SELECT {COLUMNS} FROM row WHERE seq = ?"  # noqa: S608 - a constant
_NEXT = f"SELECT {COLUMNS} FROM row WHERE seq > ? ORDER BY seq LIMIT 1"  # noqa: S608 - a constant

Retired = list[tuple[int, State | None]]


class Table:
    """Statements over the table of rows. Knows no clock and keeps nothing in memory."""

    def __init__(self, connection: sqlite3.Connection, keyring: Keyring) -> None:
        """Work on this connection with these keys."""
        self._db, self._keys = connection, keyring

    def row(self, seq: int) -> Row | None:
        """Return one row."""
        return self._one(_ROW, seq)

    def next_row(self, seq: int) -> Row | None:
        """Return the first row after this number."""
        return self._one(_NEXT, seq)

    def last(self) -> int:
        """Return the highest number there is, 0 for none."""
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM row").fetchone()[0])

    def in_state(self, state: State) -> list[int]:
        """Return the numbers of all rows whose column says this state, oldest first."""
        # The index holds only settled rows, so this never walks over what waits.
        found = self._db.execute(
            "SELECT seq FROM row WHERE state <> 0 AND state = ? ORDER BY seq", (state,)
        )
        return [seq for (seq,) in found]

    def insert(self, row: Row, name: bytes | None = None) -> bool:
        """Write a new row; tell whether its number was free."""
        try:
            self._db.execute("INSERT INTO row VALUES (?, ?, ?, ?, ?, ?)", (*row, name))
        except sqlite3.IntegrityError:
            return False
        return True

    def set_state(self, row: Row) -> None:
        """Write a row's state and mark."""
        self._db.execute(
            "UPDATE row SET state = ?, mark = ? WHERE seq = ?", (row.state, row.mark, row.seq)
        )

    def retire(self, seqs: Iterable[int], *, newest: int) -> Retired:
        """Turn rows into spans; return which, and the state each was in.

        A row that does not open stays: it is for `verify` to name. `newest` is the highest number
        given so far; identities much older than it are forgotten.
        """
        spans: list[Span] = []
        done: Retired = []
        for seq in sorted(set(seqs)):
            row = self.row(seq)
            if row is None or looks_like_span(row):
                continue
            opened = self._keys.open(seq=seq, epoch=row.epoch, sealed=row.sealed)
            if opened is None:
                continue
            done.append((seq, vouched(self._keys, row)))
            self._drop(seq)
            fresh = Span(seq, seq, opened.before, opened.after)
            longer = joined(spans[-1], fresh) if spans else None
            spans[-1:] = [longer] if longer else [*spans[-1:], fresh]
        for span in spans:
            self._settle(span)
        if done:
            self._db.execute("DELETE FROM seen WHERE seq <= ?", (newest - REMEMBERED,))
        return done

    def end_after(self, seq: int, mac: bytes) -> tuple[int, bytes]:
        """Return the last genuine row after this one, and the MAC after it."""
        at = seq
        while row := self._one(_NEXT, at):
            at = row.seq
            if span := span_of(self._keys, row):
                seq, mac = span.last, span.after
            elif opened := self._keys.open(seq=row.seq, epoch=row.epoch, sealed=row.sealed):
                seq, mac = row.seq, opened.after
        return seq, mac

    def _drop(self, seq: int) -> None:
        """Delete a row; its identity stays, so that the same reading is known when read again."""
        self._db.execute(
            "INSERT OR REPLACE INTO seen "
            "SELECT seq, seen FROM row WHERE seq = ? AND seen IS NOT NULL",
            (seq,),
        )
        self._db.execute("DELETE FROM row WHERE seq = ?", (seq,))

    def _settle(self, span: Span) -> None:
        """Write a span, joined with the spans on either side of it."""
        left, right = self.row(span.first - 1), self.next_row(span.last)
        before = span_of(self._keys, left) if left else None
        if before and (longer := joined(before, span)):
            self._db.execute("DELETE FROM row WHERE seq = ?", (before.last,))
            span = longer
        after = span_of(self._keys, right) if right else None
        if after and (longer := joined(span, after)):
            self._db.execute("DELETE FROM row WHERE seq = ?", (after.last,))
            span = longer
        self.insert(span_row(self._keys, span))

    def _one(self, statement: str, seq: int) -> Row | None:
        found = self._db.execute(statement, (seq,)).fetchone()
        return None if found is None else Row(*found)
