"""What a row of the outbox may be, and who vouches for it. Octets in, values out; no database.

A row is *pending* without any mark. Every other state is vouched for by a MAC over the whole row,
so a state that somebody else wrote is not believed. Rows that are done with are joined into
*spans*: one row that stands for a run of numbers and keeps the two MACs at its ends, which is all
the chain needs of them.
"""

from __future__ import annotations

import hmac
import struct
from enum import IntEnum
from typing import NamedTuple

import msgspec

from sync.seal import MAC_OCTETS, NO_MAC, Keyring


class State(IntEnum):
    """What a row's state column says. The numbers are on disk."""

    PENDING = 0
    PARKED = 1
    EVIDENCE = 2
    DONE = 3


SETTLED = (State.PARKED, State.EVIDENCE, State.DONE)
_SPAN = struct.Struct(f">HQ{MAC_OCTETS}s{MAC_OCTETS}s")
_SPAN_SCHEMA = 0  # no record has form 0
_HEAD = struct.Struct(f">Q{MAC_OCTETS}sI6Q")
# Cast, because a file changed by somebody else may hold a text where octets belong.
COLUMNS = "seq, epoch, state, CAST(sealed AS BLOB), CAST(mark AS BLOB)"


class Row(NamedTuple):
    """One row as it stands in the file."""

    seq: int
    epoch: int
    state: int
    sealed: bytes
    mark: bytes | None


class Span(NamedTuple):
    """Rows `first` to `last`, done with: the MAC before the first, and the one after the last."""

    first: int
    last: int
    before: bytes
    after: bytes


class Head(NamedTuple):
    """The end of the chain, and what is counted. Written with every change, in one transaction.

    `duplicates` comes last: it alone is not worth a write.
    """

    seq: int = 0
    mac: bytes = NO_MAC
    epoch: int = 0
    parked: int = 0
    evidence: int = 0
    acknowledged: int = 0
    superseded: int = 0
    evidence_dropped: int = 0
    duplicates: int = 0


class Refusal(msgspec.Struct, array_like=True, frozen=True):
    """Why a reading is parked, in the server's words."""

    code: str
    reason: str


def seal_head(keyring: Keyring, head: Head) -> bytes:
    """Write the head, sealed."""
    return keyring.seal_small("head", _HEAD.pack(*head))


def open_head(keyring: Keyring, sealed: bytes | None) -> Head | None:
    """Open the head, or return None when it is not what the hub wrote."""
    plain = None if sealed is None else keyring.open_small("head", sealed)
    return None if plain is None or len(plain) != _HEAD.size else Head(*_HEAD.unpack(plain))


def span_row(keyring: Keyring, span: Span) -> Row:
    """Make the row that stands for a span."""
    octets = _SPAN.pack(_SPAN_SCHEMA, span.first, span.before, span.after)
    mark = keyring.mark(seq=span.last, epoch=0, state=State.DONE, row=octets)
    return Row(span.last, 0, State.DONE, octets, mark)


def span_of(keyring: Keyring, row: Row) -> Span | None:
    """Read a span, or return None when the row is none, or nobody vouches for it."""
    if len(row.sealed) != _SPAN.size or vouched(keyring, row) is not State.DONE:
        return None
    _schema, first, before, after = _SPAN.unpack(row.sealed)
    return Span(first, row.seq, before, after)


def joined(left: Span, right: Span) -> Span | None:
    """Join two spans, or return None when the second does not follow the first."""
    if right.first != left.last + 1 or right.before != left.after:
        return None
    return Span(left.first, right.last, left.before, right.after)


def looks_like_span(row: Row) -> bool:
    """Tell whether the row holds no record at all."""
    return len(row.sealed) == _SPAN.size


def evidence_row(keyring: Keyring, row: Row) -> Row:
    """Mark a row as evidence."""
    mark = keyring.mark(seq=row.seq, epoch=row.epoch, state=State.EVIDENCE, row=row.sealed)
    return row._replace(state=State.EVIDENCE, mark=mark)


def parked_row(keyring: Keyring, row: Row, refusal: Refusal) -> Row:
    """Mark a row as refused by the server, and seal why."""
    note = keyring.seal_small(f"note/{row.seq}", msgspec.msgpack.encode(refusal))
    mark = keyring.mark(seq=row.seq, epoch=row.epoch, state=State.PARKED, row=row.sealed, note=note)
    return row._replace(state=State.PARKED, mark=mark + note)


def refusal_of(keyring: Keyring, row: Row) -> Refusal | None:
    """Return why a row is parked, or None when it is not, or nobody vouches for it."""
    if row.mark is None or vouched(keyring, row) is not State.PARKED:
        return None
    plain = keyring.open_small(f"note/{row.seq}", row.mark[MAC_OCTETS:])
    return None if plain is None else msgspec.msgpack.decode(plain, type=Refusal)


def vouched(keyring: Keyring, row: Row) -> State | None:
    """Return the state the hub itself gave this row, whatever its state column says.

    A record without a mark is pending. None means that the mark is nobody's.
    """
    if row.mark is None:
        return None if looks_like_span(row) else State.PENDING
    mac, note = row.mark[:MAC_OCTETS], row.mark[MAC_OCTETS:]
    for state in SETTLED:
        right = keyring.mark(seq=row.seq, epoch=row.epoch, state=state, row=row.sealed, note=note)
        if hmac.compare_digest(mac, right):
            return state
    return None
