"""Takes out of a damaged store whatever still opens, so that those readings are sent after all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sync import pack
from sync.outbox_file import DamagedError, open_reader, read_keyring
from sync.outbox_memory import load_parts
from sync.outbox_rows import Row, looks_like_span, open_head
from sync.outbox_table import Table
from sync.record import Record
from sync.seal import Keyring
from vitals.errors import HubError

_MOST_NUMBERS = 1_000_000  # a damaged file may claim any number of rows


def salvage(path: Path, *, key: bytes, tenant: str, hub_id: str) -> Iterator[Record]:
    """Return the records of a damaged store that still open; none when its keys do not."""
    try:
        connection = open_reader(path)
    except (HubError, DamagedError):
        return
    try:
        keyring = read_keyring(connection, key=key, tenant=tenant, hub_id=hub_id)
        parts = load_parts(connection, keyring)
        for row in _rows(Table(connection, keyring), _end(connection, keyring)):
            opened = keyring.open(seq=row.seq, epoch=row.epoch, sealed=row.sealed)
            if opened is not None:
                with suppress(HubError):  # a record whose shared part is lost, among the others
                    yield pack.unpack(opened.schema, opened.plain, parts)
    except (HubError, sqlite3.DatabaseError):
        return
    finally:
        connection.close()


def _rows(table: Table, last: int) -> Iterator[Row]:
    # Row by row, because reading past a bad page in one go stops at it.
    for seq in range(1, last + 1):
        try:
            row = table.row(seq)
        except sqlite3.DatabaseError:
            continue
        if row is not None and not looks_like_span(row):
            yield row


def _end(connection: sqlite3.Connection, keyring: Keyring) -> int:
    try:
        found = connection.execute("SELECT sealed FROM head").fetchone()
    except sqlite3.DatabaseError:
        return _MOST_NUMBERS
    head = open_head(keyring, found[0] if found else None)
    return min(head.seq, _MOST_NUMBERS) if head else _MOST_NUMBERS
