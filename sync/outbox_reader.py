"""Reading the outbox, on a connection of its own: beside the writer, or from another process."""

from __future__ import annotations

import heapq
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sync import pack
from sync.outbox_rows import (
    COLUMNS,
    Refusal,
    Row,
    State,
    looks_like_span,
    open_head,
    refusal_of,
    vouched,
)
from sync.outbox_writer import explained
from sync.record import Entry, Measured, Record
from sync.seal import Keyring
from vitals.errors import HubError

_CHUNK = 64
_WAITING = f"SELECT {COLUMNS} FROM row WHERE state = 0 AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - a constant
_ALL = f"SELECT {COLUMNS} FROM row WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - a constant
_ROW = f"SELECT {COLUMNS} FROM row WHERE seq = ?"  # noqa: S608 - a constant
_MARKS = "SELECT seq, state, mark FROM row WHERE state <> 0 ORDER BY seq"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many rows are where. Totals count since the store was made."""

    pending: int
    held: int
    parked: int
    evidence: int
    acknowledged_total: int
    superseded_total: int
    evidence_dropped_total: int
    duplicates_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One row as the command line shows it. `record` is None when it does not open."""

    seq: int
    state: State
    record: Record | None
    refusal: Refusal | None = None


class Reader:
    """Reads rows in short steps, so that it never stands in the writer's way. Thread-safe."""

    def __init__(
        self, connection: sqlite3.Connection, keyring: Keyring, parts: Mapping[int, pack.Part]
    ) -> None:
        """Read on this connection with these keys and parts."""
        self._db, self._keys, self._parts = connection, keyring, parts
        self._lock = threading.Lock()
        self._vouched: dict[int, tuple[int, bytes | None]] = {}

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._db.close()

    def pending(self, limit: int, held: Callable[[int], bool], *, after: int = 0) -> list[Entry]:
        """Return the oldest readings above a number that wait and open, at most `limit`.

        A row whose state somebody else wrote is among them: the worst a forged "acknowledged" can
        do is to have a reading sent twice, and the server knows it by its id.
        """
        found: list[Entry] = []
        for row in heapq.merge(self._doubted(), self._rows(_WAITING, after), key=_seq):
            if len(found) >= limit:
                break
            if row.seq > after and not held(row.seq) and (entry := self._entry(row)) is not None:
                found.append(entry)
        return found

    def listed(self, states: Collection[State]) -> Iterator[Listed]:
        """Return rows in these states, oldest first; spans hold no record and are left out."""
        for row in self._rows(_ALL):
            state = vouched(self._keys, row) or State.PENDING
            if state in states and not looks_like_span(row):
                refusal = refusal_of(self._keys, row) if state is State.PARKED else None
                record = self._record(row)
                yield Listed(seq=row.seq, state=state, record=record, refusal=refusal)

    def one(self, seq: int) -> Listed | None:
        """Return one row, or None when it is not there or done with."""
        row = self._row(seq)
        if row is None or looks_like_span(row):
            return None
        state = vouched(self._keys, row) or State.PENDING
        refusal = refusal_of(self._keys, row)
        return Listed(seq=seq, state=state, record=self._record(row), refusal=refusal)

    def counts(self, held: int = 0) -> Counts:
        """Count the rows. A head that does not open counts as zeros."""
        by_state = dict(
            self._read(
                lambda: self._db.execute(
                    "SELECT state, count(*) FROM row GROUP BY state"
                ).fetchall()
            )
        )
        sealed = self._read(lambda: self._db.execute("SELECT sealed FROM head").fetchone())
        head = open_head(self._keys, sealed[0] if sealed else None)
        return Counts(
            pending=max(0, by_state.get(State.PENDING, 0) - held),
            held=held,
            parked=by_state.get(State.PARKED, 0),
            evidence=by_state.get(State.EVIDENCE, 0),
            acknowledged_total=head.acknowledged if head else 0,
            superseded_total=head.superseded if head else 0,
            evidence_dropped_total=head.evidence_dropped if head else 0,
            duplicates_total=head.duplicates if head else 0,
        )

    def recall(self, name: bytes) -> bytes | None:
        """Return what is sealed under a hashed name."""
        statement = "SELECT sealed FROM memory WHERE name = ?"
        found = self._read(lambda: self._db.execute(statement, (name,)).fetchone())
        return None if found is None else bytes(found[0])

    def _doubted(self) -> list[Row]:
        """Return the rows whose state column nobody vouches for. Normally there are none."""
        vouched_now: dict[int, tuple[int, bytes | None]] = {}
        doubted = []
        for seq, state, mark in self._read(lambda: self._db.execute(_MARKS).fetchall()):
            if self._vouched.get(seq) != (state, mark):
                if (row := self._row(seq)) is None:
                    continue
                if vouched(self._keys, row) != state:
                    doubted.append(row)
                    continue
            vouched_now[seq] = (state, mark)
        self._vouched = vouched_now
        return doubted

    def _entry(self, row: Row) -> Entry | None:
        if vouched(self._keys, row) in (State.PARKED, State.DONE):
            return None
        record = self._record(row)
        return Entry(seq=row.seq, record=record) if isinstance(record, Measured) else None

    def _record(self, row: Row) -> Record | None:
        opened = self._keys.open(seq=row.seq, epoch=row.epoch, sealed=row.sealed)
        if opened is None:
            return None
        try:
            return pack.unpack(opened.schema, opened.plain, self._parts)
        except HubError:
            return None  # `verify` says why; one row must not stand in the way of the others

    def _row(self, seq: int) -> Row | None:
        found = self._read(lambda: self._db.execute(_ROW, (seq,)).fetchone())
        return None if found is None else Row(*found)

    def _rows(self, statement: str, after: int = 0) -> Iterator[Row]:
        seq = after
        while rows := self._chunk(statement, seq):
            yield from rows
            seq = rows[-1].seq

    def _chunk(self, statement: str, seq: int) -> list[Row]:
        return [
            Row(*row)
            for row in self._read(lambda: self._db.execute(statement, (seq, _CHUNK)).fetchall())
        ]

    def _read(self, work: Callable[[], _T]) -> _T:
        with self._lock:
            try:
                return work()
            except sqlite3.Error as error:
                raise explained(error) from error


def _seq(row: Row) -> int:
    return row.seq
