"""Says what is wrong with a store, row by row. Reads; changes nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sync import pack
from sync.outbox_file import both, is_damage
from sync.outbox_memory import identity, load_parts, open_part
from sync.outbox_rows import (
    COLUMNS,
    Head,
    Row,
    Span,
    State,
    looks_like_span,
    open_head,
    span_of,
    vouched,
)
from sync.record import Measured
from sync.seal import NO_MAC, Keyring, Opened
from vitals.errors import HubError

STORE = 0  # a fault of the store itself, not of one row
_ROWS = f"SELECT {COLUMNS}, seen FROM row ORDER BY seq"  # noqa: S608 - a constant
_NONCE_AT, _NONCE_OCTETS = 19, 12  # in a sealed record, counted from 1 as SQL does
_MOST_DIAGNOSED = 64
_WORDS = {
    State.PENDING: "waiting",
    State.PARKED: "parked",
    State.EVIDENCE: "evidence",
    State.DONE: "done with",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: the row's number (0 for the store itself), and what happened."""

    seq: int
    what: str


def verify(connection: sqlite3.Connection, keyring: Keyring) -> list[Fault]:
    """Check every row, the chain, the head, the keys and the parts; return what is wrong.

    Parameters
    ----------
    connection : sqlite3.Connection
        Not shared: it stays in one read transaction, so that rows and head fit together.
    keyring : Keyring
        The store's keys.
    """
    connection.execute("BEGIN")
    try:
        walk = _Walk(connection, keyring)
        faults = [*_twice_kept(connection, keyring), *walk.run(), *_memory(connection, keyring)]
    finally:
        connection.execute("ROLLBACK")
    return sorted(faults, key=lambda fault: fault.seq)


def _twice_kept(connection: sqlite3.Connection, keyring: Keyring) -> Iterator[Fault]:
    for table, word in (("key", "key"), ("part", "shared part")):
        whole: Counter[int] = Counter()
        known: set[int] = set()
        for number, octets in both(connection, table):
            known.add(number)
            if table == "key":
                whole[number] += keyring.admit(number, octets)
            else:
                whole[number] += open_part(keyring, number, octets) is not None
        for number in sorted(known):
            if whole[number] == 0:
                yield Fault(seq=STORE, what=f"{word} {number} was changed; both copies are lost")
            elif whole[number] == 1:
                yield Fault(seq=STORE, what=f"{word} {number}: one of its two copies is damaged")


def _memory(connection: sqlite3.Connection, keyring: Keyring) -> Iterator[Fault]:
    for name, sealed in connection.execute("SELECT name, sealed FROM memory"):
        if keyring.open_small(memory_label(name), sealed) is None:
            yield Fault(seq=STORE, what="a remembered value was changed")
    name = keyring.hash(REPAIRS)
    found = connection.execute("SELECT sealed FROM memory WHERE name = ?", (name,)).fetchone()
    plain = keyring.open_small(memory_label(name), found[0]) if found else None
    if plain is not None:
        yield Fault(seq=STORE, what=plain.decode())


REPAIRS = b"memory/repairs"


def memory_label(name: bytes) -> str:
    """Return the label a remembered value is sealed under, from its hashed name."""
    return f"memory/{name.hex()}"


@dataclass(slots=True)
class _Walk:
    """One pass over the rows, oldest first, with the MAC that the next one must name."""

    db: sqlite3.Connection
    keys: Keyring
    faults: list[Fault] = field(default_factory=list)
    broken: list[Row] = field(default_factory=list)
    missing: list[range] = field(default_factory=list)
    states: Counter[State | None] = field(default_factory=Counter)
    expected: int = 1
    running: bytes | None = NO_MAC
    head: Head | None = None

    def run(self) -> list[Fault]:
        found = self.db.execute("SELECT sealed FROM head").fetchone()
        self.head = open_head(self.keys, found[0] if found else None)
        parts = load_parts(self.db, self.keys)
        try:
            for *columns, seen in self.db.execute(_ROWS):
                self._step(Row(*columns), seen, parts)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._fault(self.expected, "the file itself is damaged from here on")
            return self.faults
        self._diagnose()
        self._end()
        return self.faults

    def _fault(self, seq: int, what: str) -> None:
        self.faults.append(Fault(seq=seq, what=what))

    def _step(self, row: Row, seen: bytes | None, parts: dict[int, pack.Part]) -> None:
        if looks_like_span(row):
            self._span(row, span_of(self.keys, row))
            return
        opened = self.keys.open(seq=row.seq, epoch=row.epoch, sealed=row.sealed)
        if opened is None:
            self.broken.append(row)
            if not 1 <= row.seq <= (self.head.seq if self.head else row.seq):
                return  # a stranger outside the numbers given so far; it says nothing about them
        self._gap(row.seq, row.seq)
        if opened is not None:
            self._chained(row.seq, opened.before)
            self._state(row, opened, seen, parts)
        self._go_on(row.seq, opened.after if opened else None)

    def _span(self, row: Row, span: Span | None) -> None:
        if span is None:
            self._fault(row.seq, "what was written off here was changed")
        else:
            self._gap(span.first, row.seq)
            self._chained(row.seq, span.before)
        self._go_on(row.seq, span.after if span else None)

    def _go_on(self, seq: int, after: bytes | None) -> None:
        self.expected, self.running = max(self.expected, seq + 1), after

    def _gap(self, first: int, seq: int) -> None:
        if first > self.expected:
            gap = range(self.expected, first)
            self.missing.append(gap)
            self._fault(gap.start, f"{_named(gap)} deleted")
            self.running = None
        elif first < self.expected:
            self._fault(seq, "it claims numbers that other rows have")
            self.running = None

    def _chained(self, seq: int, before: bytes) -> None:
        if self.running is not None and before != self.running:
            self._fault(seq, "it does not follow the row before it: one of them is an old version")

    def _state(
        self, row: Row, opened: Opened, seen: bytes | None, parts: dict[int, pack.Part]
    ) -> None:
        state = vouched(self.keys, row)
        self.states[state] += 1
        if state is None:
            self._fault(row.seq, "its state was forged; it is still sent")
        elif state != row.state:
            told = _WORDS.get(State(row.state)) if row.state in set(State) else "unknown"
            self._fault(row.seq, f"its state was changed from {_WORDS[state]} to {told}")
        try:
            record = pack.unpack(opened.schema, opened.plain, parts)
        except HubError as error:
            self._fault(row.seq, error.message)
            return
        # A reading is evidence only where a person discarded it, and the mark vouches for that.
        if not isinstance(record, Measured) and state is not State.EVIDENCE:
            self._fault(row.seq, "its mark as evidence was changed")
        if identity(self.keys, record) != seen:
            self._fault(row.seq, "its index entry was changed")

    def _diagnose(self) -> None:
        """Say of each row that does not open what was done to it, as far as can be known."""
        places = [row.seq for row in self.broken]
        places += [seq for gap in self.missing for seq in gap[:_MOST_DIAGNOSED]]
        for row in self.broken[:_MOST_DIAGNOSED]:
            self._fault(row.seq, self._what_happened(row, places[: 2 * _MOST_DIAGNOSED]))
        for row in self.broken[_MOST_DIAGNOSED:]:
            self._fault(row.seq, "its content was changed")

    def _what_happened(self, row: Row, places: list[int]) -> str:
        nonce = row.sealed[_NONCE_AT - 1 : _NONCE_AT - 1 + _NONCE_OCTETS]
        twin = self.db.execute(
            "SELECT seq FROM row WHERE seq <> ? AND substr(sealed, ?, ?) = ?",
            (row.seq, _NONCE_AT, _NONCE_OCTETS, nonce),
        ).fetchone()
        if twin:
            return f"it is a copy of row {twin[0]}"
        for epoch in self.keys.epochs - {row.epoch}:
            if self.keys.open(seq=row.seq, epoch=epoch, sealed=row.sealed):
                return f"its epoch was changed from {epoch} to {row.epoch}"
        for place in places:
            if place != row.seq and self.keys.open(seq=place, epoch=row.epoch, sealed=row.sealed):
                return f"it was swapped: it holds what was sealed for row {place}"
        if row.epoch not in self.keys.epochs:
            return "its key is lost"
        return "its content was changed"

    def _end(self) -> None:
        head, last = self.head, self.expected - 1
        if head is None:
            self._fault(STORE, "the head was changed or deleted")
        elif head.seq > last:
            self._fault(last + 1, f"{_named(range(last + 1, head.seq + 1))} cut off at the end")
        elif head.seq < last:
            self._fault(head.seq + 1, f"{_named(range(head.seq + 1, last + 1))} past the head")
        elif self.running is not None and head.mac != self.running:
            self._fault(STORE, "the head is an old version")
        elif not self.faults and (head.parked, head.evidence) != (
            self.states[State.PARKED],
            self.states[State.EVIDENCE],
        ):
            self._fault(STORE, "a row was put back to an earlier state")


def _named(gap: range) -> str:
    return "it was" if len(gap) == 1 else f"rows {gap.start} to {gap[-1]} were"
