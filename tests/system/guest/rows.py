"""Runs in the guest: notes when a row of the hub's store can be read by others. Standard library.

Appends `SEQ SECONDS` (the machine's monotonic clock) for each new highest row to the second
argument, looking at the first, a SQLite file, every few milliseconds by a connection of its own.
A committed row is visible to it, and the hub commits with `synchronous=FULL`.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

_PAUSE_S = 0.005


def main() -> None:
    """Watch until stopped."""
    store, notes = sys.argv[1:]
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=5) as db:
        last = _highest(db)
        with Path(notes).open("a", encoding="ascii", buffering=1) as out:
            out.write(f"{last} {time.monotonic():.4f}\n")
            while True:
                time.sleep(_PAUSE_S)
                now = _highest(db)
                if now != last:
                    out.write(f"{now} {time.monotonic():.4f}\n")
                    last = now


def _highest(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM row").fetchone()[0])


if __name__ == "__main__":
    main()
