"""The outbox's file: made, opened, locked, and put aside when it is damaged. The edge to SQLite."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sync.outbox_rows import Head, seal_head
from sync.seal import GENERATION_OCTETS, ROOT, Keyring, Scope
from vitals.errors import HubError

PAGE_OCTETS = 4096
# Writing off a row must work when the file is full: these pages are kept back from new records.
RESERVE_PAGES = 16
SMALLEST_BYTES = 4 * RESERVE_PAGES * PAGE_OCTETS

_APPLICATION = 0x48727468  # "Hrth", seen by file(1)
_LAYOUT = 1
_BUSY_S = 10.0
_WAL_BYTES = 4 * 1024 * 1024
_PRIMARY = 0xFF  # SQLite's extended codes keep the primary one in the low octet
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_OWNER_ONLY = 0o600

# Nothing in clear but numbers, states and keyed hashes. Keys and parts serve many rows, so each
# stands in two tables, that is on two pages: one bad page must not cost every reading.
_TABLES = """
CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), generation BLOB NOT NULL) STRICT;
CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
CREATE TABLE key (number INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT;
CREATE TABLE spare_key (number INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT;
CREATE TABLE part (number INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT;
CREATE TABLE spare_part (number INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT;
CREATE TABLE row (
    seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, state INTEGER NOT NULL,
    sealed BLOB NOT NULL, mark BLOB, seen BLOB
) STRICT;
CREATE INDEX settled ON row (seq) WHERE state <> 0;
CREATE TABLE seen (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
CREATE TABLE memory (name BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""


# The generation, too, stands on a second page: without it no key is known to be the right one.
_GENERATION_TWICE = "INSERT OR IGNORE INTO spare_key SELECT -1, generation FROM store"


class DamagedError(Exception):
    """SQLite says that this file is not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFile:
    """An open store: its writing connection, its keys, and the lock that makes it ours alone."""

    path: Path
    connection: sqlite3.Connection
    keyring: Keyring
    lock: int

    def close(self) -> None:
        """Close the file and let go of the lock."""
        self.connection.close()
        os.close(self.lock)


def lock(path: Path) -> int:
    """Take the store for this process alone; return the lock's descriptor.

    Raises
    ------
    HubError
        STORE-06 when another process has it, STORE-03 when the folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    except OSError as error:
        raise _not_opened(path, error.strerror or type(error).__name__) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise HubError(
            f"Another process already writes to {path}.",
            fix="Stop the other hub (systemctl stop hearth), or give this one its own state_dir.",
            code="STORE-06",
        ) from error
    return handle


def open_file(path: Path, *, key: bytes, tenant: str, hub_id: str, max_bytes: int) -> StoreFile:
    """Open the store for writing, or make a new one.

    Raises
    ------
    DamagedError
        When SQLite says the file is not whole. The caller puts it aside.
    HubError
        STORE-03 not to be opened, STORE-06 in use, STORE-08 a later layout, SEAL-01 and SEAL-02
        another key or hub.
    """
    if max_bytes < SMALLEST_BYTES:
        raise ValueError(f"a store has at least {SMALLEST_BYTES} octets")
    handle = lock(path)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
        with _explained(path):
            connection = _connected(path, max_bytes)
            try:
                keyring = _opened(path, connection, key, tenant, hub_id)
            except BaseException:
                connection.close()
                raise
    except BaseException:
        os.close(handle)
        raise
    return StoreFile(path=path, connection=connection, keyring=keyring, lock=handle)


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the store for reading only, beside whoever writes to it.

    Raises
    ------
    HubError
        STORE-03 when it cannot be opened.
    """
    with _explained(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=_BUSY_S,
        )
        connection.execute("PRAGMA schema_version").fetchone()
    return connection


def read_keyring(
    connection: sqlite3.Connection, *, key: bytes, tenant: str, hub_id: str
) -> Keyring:
    """Unwrap the keys of an open store. Raises as `Keyring.unwrap` does."""
    generation = connection.execute("SELECT generation FROM store").fetchone()
    scope = Scope(tenant=tenant, hub_id=hub_id, generation=generation[0] if generation else b"")
    wrapped = both(connection, "key")
    keyring: Keyring | None = None
    refused: HubError | None = None
    for octets in (octets for number, octets in wrapped if number == ROOT):
        try:
            keyring = keyring or Keyring.unwrap(key, scope, octets)
        except HubError as error:
            refused = error
    if keyring is None:
        raise refused or HubError(
            "The store has lost its root key: its readings cannot be opened.",
            fix="Move the file out of state_dir and keep it; the hub then starts a new store.",
            code="STORE-09",
        )
    for number, octets in wrapped:
        keyring.admit(number, octets)
    return keyring


def both(connection: sqlite3.Connection, table: str) -> list[tuple[int, bytes]]:
    """Return the rows of a table that is kept twice (`key` or `part`), first copies first.

    A copy on a damaged page is left out; the other one is why there are two.
    """
    rows: list[tuple[int, bytes]] = []
    for copy in (table, f"spare_{table}"):
        # The name comes from this module's own tables, never from outside.
        statement = (
            f"SELECT number, CAST(octets AS BLOB) FROM {copy} WHERE number >= 0 ORDER BY number"  # noqa: S608 - see above
        )
        try:
            rows += connection.execute(statement).fetchall()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
    return rows


def write_both(connection: sqlite3.Connection, table: str, number: int, octets: bytes) -> None:
    """Write one row of a table that is kept twice."""
    for copy in (table, f"spare_{table}"):
        connection.execute(f"INSERT OR REPLACE INTO {copy} VALUES (?, ?)", (number, octets))  # noqa: S608 - as in both


def drop_both(connection: sqlite3.Connection, table: str, number: int) -> None:
    """Delete one row of a table that is kept twice."""
    for copy in (table, f"spare_{table}"):
        connection.execute(f"DELETE FROM {copy} WHERE number = ?", (number,))  # noqa: S608 - as in both


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into damage, or into a sentence."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise DamagedError(str(path)) from error
        raise _not_opened(path, str(error)) from error
    except OSError as error:
        raise _not_opened(path, error.strerror or type(error).__name__) from error


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether SQLite means that the file itself is broken."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _DAMAGE


def is_full(error: sqlite3.Error) -> bool:
    """Tell whether SQLite means that there is no room left."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY == sqlite3.SQLITE_FULL


def _not_opened(path: Path, why: str) -> HubError:
    return HubError(
        f"The store {path} cannot be opened: {why}.",
        fix="Check that the disk is mounted, has room, and that the hub's user owns the folder.",
        code="STORE-03",
    )


def _connected(path: Path, max_bytes: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=_BUSY_S
    )
    # FULL: with NORMAL a power cut takes confirmed readings. It syncs the log at every commit.
    for pragma in (
        f"page_size = {PAGE_OCTETS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        f"journal_size_limit = {_WAL_BYTES}",
        "trusted_schema = OFF",
        "secure_delete = FAST",
    ):
        connection.execute(f"PRAGMA {pragma}")
    allow(connection, max_bytes // PAGE_OCTETS - RESERVE_PAGES)
    return connection


def allow(connection: sqlite3.Connection, pages: int) -> None:
    """Set how many pages the file may grow to."""
    connection.execute(f"PRAGMA max_page_count = {pages}")


def _opened(
    path: Path, connection: sqlite3.Connection, key: bytes, tenant: str, hub_id: str
) -> Keyring:
    layout = connection.execute("PRAGMA user_version").fetchone()[0]
    if layout > _LAYOUT:
        raise HubError(
            f"The store {path} was written by a later version of Hearth.",
            fix="Install that version again; the readings in it are kept.",
            code="STORE-08",
        )
    if layout == 0:
        return _made(path, connection, key, tenant, hub_id)
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise DamagedError(str(path))
    keyring = read_keyring(connection, key=key, tenant=tenant, hub_id=hub_id)
    connection.execute(_GENERATION_TWICE)  # early versions kept it once
    return keyring


def _made(
    path: Path, connection: sqlite3.Connection, key: bytes, tenant: str, hub_id: str
) -> Keyring:
    generation = os.urandom(GENERATION_OCTETS)
    keyring = Keyring.create(key, Scope(tenant=tenant, hub_id=hub_id, generation=generation))
    connection.executescript(
        f"BEGIN;{_TABLES}PRAGMA application_id = {_APPLICATION};PRAGMA user_version = {_LAYOUT};"
    )
    connection.execute("INSERT INTO store VALUES (1, ?)", (generation,))
    connection.execute(_GENERATION_TWICE)
    connection.execute("INSERT INTO head VALUES (1, ?)", (seal_head(keyring, Head()),))
    write_both(connection, "key", ROOT, keyring.wrapped(ROOT))
    connection.execute("COMMIT")
    # The file's name must outlive a power cut just as its content does.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return keyring
