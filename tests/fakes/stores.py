"""A store in a folder of its own, with a clock that the test sets."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from sync.outbox import Outbox, OutboxView, open_view
from tests.fakes.records import blood_pressure, hub_time
from vitals.reading import HubTime

KEY = bytes(range(32))
MEBIBYTE = 1024 * 1024
_LIMIT_S = 90


@dataclass(slots=True)
class Shelf:
    """Where one hub keeps its store, and what that hub's clock says."""

    folder: Path
    key: bytes = KEY
    tenant: str = "clinic"
    hub_id: str = "hub-1"
    max_bytes: int = 16 * MEBIBYTE
    max_evidence: int = 100
    now: HubTime = field(default_factory=hub_time)

    @property
    def path(self) -> Path:
        """Return the store's file."""
        return self.folder / "outbox.db"

    def open(self) -> Outbox:
        """Open the store as the hub does."""
        return Outbox.open(
            self.path,
            key=self.key,
            tenant=self.tenant,
            hub_id=self.hub_id,
            max_bytes=self.max_bytes,
            max_evidence=self.max_evidence,
            now=lambda: self.now,
        )

    def view(self) -> OutboxView:
        """Open the store as the command line does."""
        return open_view(self.path, key=self.key, tenant=self.tenant, hub_id=self.hub_id)

    def wait(self, seconds: float) -> None:
        """Let the hub's clocks go on."""
        self.now = replace(
            self.now,
            at=self.now.at + timedelta(seconds=seconds),
            boottime_ns=self.now.boottime_ns + round(seconds * 1_000_000_000),
        )

    def change(self, *statements: str) -> None:
        """Change the file as an attacker would: with plain SQLite, and no key."""
        connection = sqlite3.connect(self.path)
        try:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        finally:
            connection.close()

    def patch(self, seq: int, at: int, octets: bytes) -> None:
        """Overwrite some octets of one sealed row; `at` counts from the end when negative."""
        connection = sqlite3.connect(self.path)
        try:
            found = connection.execute("SELECT sealed FROM row WHERE seq = ?", (seq,)).fetchone()
            sealed = bytearray(found[0])
            at %= len(sealed)
            sealed[at : at + len(octets)] = octets
            connection.execute("UPDATE row SET sealed = ? WHERE seq = ?", (bytes(sealed), seq))
            connection.commit()
        finally:
            connection.close()

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Read the file as anybody could."""
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()


def filled(shelf: Shelf, count: int) -> Shelf:
    """Put so many different readings into a store, and close it."""
    with shelf.open() as outbox:
        for number in range(count):
            outbox.put(blood_pressure(number)).result(_LIMIT_S)
    return shelf
