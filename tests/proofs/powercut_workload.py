"""What a hub does to its store in a busy hour, saying aloud what it was promised.

Started by `tests.proofs.powercut` under strace. One line a promise, each in a write of its own:
`C id` a reading is confirmed, `A id` it is about to be written off.
"""

from __future__ import annotations

import os
import random
import sys
from collections import deque
from pathlib import Path

from agent.bench.store import made_up
from agent.clock import HubClock
from sync.outbox import Outbox
from sync.outbox_file import PAGE_OCTETS, open_file, open_reader
from sync.outbox_ledger import Ledger
from sync.outbox_reader import Reader

KEY, TENANT, HUB = bytes(range(32)), "proof", "hub-1"
MAX_BYTES, MAX_EVIDENCE = 64 * 1024 * 1024, 10
_GROUP = 8


def opened(path: Path, synchronous: str) -> Outbox:
    """Open the hub's own store, with another setting of SQLite's `synchronous` for the control."""
    clock = HubClock()
    file = open_file(path, key=KEY, tenant=TENANT, hub_id=HUB, max_bytes=MAX_BYTES)
    file.connection.execute(f"PRAGMA synchronous = {synchronous}")
    # A small log makes the hour's few hundred readings meet many checkpoints.
    file.connection.execute("PRAGMA wal_autocheckpoint = 40")
    ledger = Ledger(file, pages=MAX_BYTES // PAGE_OCTETS, max_evidence=MAX_EVIDENCE, now=clock)
    reader = Reader(open_reader(path), file.keyring, ledger.parts.by_number)
    return Outbox(path, file.keyring, reader, ledger=ledger, group=64, now=clock)


def main(folder: Path, readings: int, synchronous: str, seed: int) -> None:
    """Put readings, one or a few at a time, and write off older ones, as answers come."""
    chance = random.Random(seed)  # noqa: S311 - a workload, no secret
    outbox = opened(folder / "outbox.db", synchronous)
    waiting: deque[tuple[int, str]] = deque()
    records = list(made_up(readings))
    at = 0
    while at < len(records):
        together = records[at : at + chance.choice((1, 1, 1, 2, _GROUP))]
        at += len(together)
        if len(together) == 1:
            stored = [outbox.put(together[0]).result()]
        else:
            stored = outbox.put_all(together).result()
        for record, row in zip(together, stored, strict=True):
            _say(f"C {record.id}")
            waiting.append((row.seq, record.id))
        if chance.random() < 0.3:
            done = [waiting.popleft() for _ in range(chance.randint(0, len(waiting)))]
            for _, name in done:
                _say(f"A {name}")
            outbox.acknowledge(seq for seq, _ in done).result()
        if chance.random() < 0.1:
            outbox.remember("mark/proof", at.to_bytes(4, "big")).result()
    outbox.close()


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
