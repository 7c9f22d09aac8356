"""An outbox for reading only: what the command line sees while the hub writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Self

from sync.outbox_file import DamagedError, open_reader, read_keyring
from sync.outbox_memory import load_parts
from sync.outbox_reader import Counts, Listed, Reader
from sync.outbox_rows import State
from sync.outbox_verify import Fault, memory_label, verify
from sync.seal import Keyring
from vitals.errors import HubError

FILE_NAME = "outbox.db"
_TABLES = frozenset({"store", "head", "key", "part", "row", "seen", "memory"})


class OutboxView:
    """An outbox for reading only: what the command line sees while the hub writes."""

    def __init__(self, path: Path, keyring: Keyring, reader: Reader) -> None:
        """Keep what reads. `open_view` makes one."""
        self._path, self._keyring, self._reader = path, keyring, reader

    def entries(self, states: Collection[State] = frozenset(State)) -> Iterator[Listed]:
        """Return the rows in these states, oldest first."""
        return self._reader.listed(states)

    def entry(self, seq: int) -> Listed | None:
        """Return one row, or None when it is not there or was sent."""
        return self._reader.one(seq)

    def counts(self) -> Counts:
        """Count the rows. Holds are known only to the hub's own process."""
        return self._reader.counts()

    def verify(self) -> list[Fault]:
        """Check the whole store; return what is wrong, by row."""
        connection = open_reader(self._path)
        try:
            return verify(connection, self._keyring)
        finally:
            connection.close()

    def recall(self, name: str) -> bytes | None:
        """Return what was remembered under this name, or None."""
        hashed = self._keyring.hash(b"memory/" + name.encode())
        sealed = self._reader.recall(hashed)
        return None if sealed is None else self._keyring.open_small(memory_label(hashed), sealed)

    def close(self) -> None:
        """Close the store."""
        self._reader.close()

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it at the block's end."""
        self.close()


def open_view(path: Path, *, key: bytes, tenant: str, hub_id: str) -> OutboxView:
    """Open an outbox for reading only.

    Raises
    ------
    HubError
        STORE-01 damaged, STORE-03 not to be opened, STORE-11 no store of Hearth's, SEAL-01 and
        SEAL-02 another key or hub.
    """
    import sqlite_utils  # noqa: PLC0415 - 16 MB that the hub itself must not carry

    try:
        connection = open_reader(path)
    except DamagedError as error:
        raise damaged(path) from error
    try:
        _check_tables(path, sqlite_utils.Database(connection).table_names())
        keyring = read_keyring(connection, key=key, tenant=tenant, hub_id=hub_id)
        reader = Reader(connection, keyring, load_parts(connection, keyring))
    except BaseException:
        connection.close()
        raise
    return OutboxView(path, keyring, reader)


def _check_tables(path: Path, names: Collection[str]) -> None:
    if missing := _TABLES.difference(names):
        raise HubError(
            f"{path} is not a store of Hearth: it lacks {', '.join(sorted(missing))}.",
            fix="Check hub.state_dir in the settings.",
            code="STORE-11",
        )


def damaged(path: Path, saved: int = 0) -> HubError:
    """Say that a store's file is damaged, what came of it, and what to do."""
    return HubError(
        f"The store is damaged: see {path.name}. {saved} of its records are in a new store.",
        fix="Keep that file; check the disk (an SD card that fails does this), and replace it.",
        code="STORE-01",
    )
