"""What the writer must know without asking the file: shared parts, and identities seen before."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import msgspec

from sync import forms, pack
from sync.outbox_file import both, write_both
from sync.record import Measured, Record
from sync.seal import MAC_OCTETS, Keyring
from vitals.errors import HubError
from vitals.reading import Context

REMEMBERED = 50_000  # about four years of a home with three meters; a few MB of memory

Undo = Callable[[Callable[[], object]], None]

_FORM = struct.Struct(">H")
_CONTEXT_OCTETS = 4
_CONTEXT_BITS = 8 * _CONTEXT_OCTETS
_CONTEXT_MASK = (1 << _CONTEXT_BITS) - 1
_BARE = Context()


class Parts:
    """What many records share, by number and by value. Each is sealed, and kept twice.

    Only what is durable is in `numbers`, so any thread may use it; what a transaction adds waits
    in `_fresh` until it is.
    """

    def __init__(self, connection: sqlite3.Connection, keyring: Keyring) -> None:
        """Load every part of which one copy still opens."""
        self._db, self._keys = connection, keyring
        self.by_number = load_parts(connection, keyring)
        self.numbers = {part: number for number, part in self.by_number.items()}
        self._fresh: dict[pack.Part, int] = {}

    def number(self, record: Record) -> Mapping[pack.Part, int]:
        """Give every part of this record a number; write those that are new."""
        for part in pack.shared(record):
            if part not in self.numbers and part not in self._fresh:
                self._add(part)
        return self.numbers | self._fresh if self._fresh else self.numbers

    def keep(self) -> None:
        """Take over what the transaction added: it is durable."""
        for part, number in self._fresh.items():
            self.by_number[number] = part
            self.numbers[part] = number
        self._fresh.clear()

    def drop(self) -> None:
        """Forget what the transaction added: it was taken back."""
        self._fresh.clear()

    def _add(self, part: pack.Part) -> None:
        taken = self._db.execute("SELECT coalesce(max(number), 0) FROM part").fetchone()[0]
        number = 1 + max(taken, *self.by_number, *self._fresh.values(), 0)
        octets = _FORM.pack(pack.SCHEMA) + pack.pack_part(part)
        write_both(self._db, "part", number, self._keys.seal_small(part_label(number), octets))
        self._fresh[part] = number


def part_label(number: int) -> str:
    """Return the label a part is sealed under."""
    return f"part/{number}"


def open_part(keyring: Keyring, number: int, sealed: bytes) -> pack.Part | None:
    """Open one copy of a part, or return None when it is not what the hub wrote."""
    octets = keyring.open_small(part_label(number), sealed)
    if octets is None or len(octets) < _FORM.size:
        return None
    try:
        return pack.unpack_part(_FORM.unpack_from(octets)[0], octets[_FORM.size :])
    except HubError:
        return None  # the records that need it say so, each by its number


def load_parts(connection: sqlite3.Connection, keyring: Keyring) -> dict[int, pack.Part]:
    """Return every part of which one copy still opens."""
    parts: dict[int, pack.Part] = {}
    for number, sealed in both(connection, "part"):
        if number not in parts and (part := open_part(keyring, number, sealed)) is not None:
            parts[number] = part
    return parts


class Known(NamedTuple):
    """Where an identity was stored last, and a hash of the context it had (0 for none)."""

    seq: int
    context: int


class Seen:
    """The identities of the newest records, as keyed hashes; kept after acknowledgement."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Load them from the rows, and from what is left of rows done with; oldest first."""
        self._hashes: dict[bytes, int] = {}
        for seq, octets in connection.execute(
            "SELECT seq, seen FROM row WHERE seen IS NOT NULL "
            "UNION ALL SELECT seq, hash FROM seen ORDER BY seq"
        ):
            self._put(octets, seq)
        self.trim()

    def find(self, octets: bytes) -> Known | None:
        """Return what is known of an identity."""
        number = self._hashes.get(octets[:MAC_OCTETS])
        return None if number is None else Known(number >> _CONTEXT_BITS, number & _CONTEXT_MASK)

    def add(self, octets: bytes, seq: int, undo: Undo) -> None:
        """Remember an identity as stored under this number."""
        name = octets[:MAC_OCTETS]
        before = self._hashes.pop(name, None)
        self._put(octets, seq)
        undo(lambda: self._restore(name, before))

    def trim(self) -> None:
        """Forget the oldest beyond the bound."""
        while len(self._hashes) > REMEMBERED:
            del self._hashes[next(iter(self._hashes))]

    def _put(self, octets: bytes, seq: int) -> None:
        self._hashes[octets[:MAC_OCTETS]] = seq << _CONTEXT_BITS | context_of(octets)

    def _restore(self, name: bytes, before: int | None) -> None:
        if before is None:
            self._hashes.pop(name, None)
        else:
            self._hashes[name] = before


def context_of(octets: bytes) -> int:
    """Return the context's part of an identity; 0 when the record had none."""
    return int.from_bytes(octets[MAC_OCTETS:], "big")


def identity(keyring: Keyring, record: Record) -> bytes:
    """Return what tells this record from any other: 16 octets, and 4 for its context.

    A reading is told by its id. A frame kept as evidence is told by meter, octets and reason, so
    that a meter which sends the same cut frame at every visit leaves it once.
    """
    if isinstance(record, Measured):
        # The sample location comes with the measurement itself; only what the context frame adds
        # makes another version, or a bare measurement read again would replace the whole one.
        context = record.reading.context
        if context.sample_location is not None:
            context = replace(context, sample_location=None)
        name = keyring.hash(b"reading/" + record.id.encode())
        if context == _BARE:
            return name + bytes(_CONTEXT_OCTETS)
        # The stored form, because it does not change when a context gets new fields one day.
        octets = msgspec.msgpack.encode(forms.context_form(context))
        return name + keyring.hash(octets, _CONTEXT_OCTETS)
    frame = (record.meter.address, record.frame.source, record.frame.data, record.code)
    return keyring.hash(b"evidence/" + msgspec.msgpack.encode(frame)) + bytes(_CONTEXT_OCTETS)
