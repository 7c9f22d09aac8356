"""Measures the sealed outbox beside plain SQLite: same settings, same row size, same run.

`python -m tests.bench.store` in the repository's root prints one JSON object. "Plain" writes
ready-made octets into one table from the calling thread: no reading to write down, nothing to
seal, no second thread. "Plain, threaded" does the same behind a worker thread, as any program
must whose event loop may not wait for a disk.
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from agent.clock import HubClock
from agent.memory import peak_rss_mb
from sync import pack
from sync.outbox import Outbox
from sync.record import Record
from tests.fakes import records

GOAL_ONE, GOAL_HUNDRED, GOAL_OCTETS = 0.85, 0.75, 300

_ROOT = Path(__file__).parents[2]
_ROUNDS = 10
_GROUP = 100
_SYNC_US = 10_000  # what an SD card takes for a sync, injected by strace
_TRACED = 200
_NO_STRACE = "strace missing: apt-get install strace"
_PADDED_OCTETS, _OVERHEAD_OCTETS, _SEEN_OCTETS = 192, 46, 20

Write = Callable[[Sequence[Record]], object]


def run(readings: int = 4000) -> dict[str, Any]:
    """Measure everything; `readings` go into each store, one a commit and then 100 a commit."""
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as name:
        folder = Path(name)
        return {
            "readings": readings,
            "one_per_commit": _compared(folder / "one", readings, 1, GOAL_ONE),
            "hundred_per_commit": _compared(folder / "hundred", readings, _GROUP, GOAL_HUNDRED),
            "octets_per_reading": _size(folder / "size"),
            "peak_rss_mib": peak_rss_mb(),
            "syncs_per_commit": _syncs(folder / "syncs"),
            "with_10_ms_per_sync": _slow(folder / "slow"),
        }


def _outbox(folder: Path) -> Outbox:
    return Outbox.open(
        folder / "sealed.db",
        key=bytes(32),
        tenant="bench",
        hub_id="bench",
        max_bytes=2**30,
        max_evidence=1,
        now=HubClock(),
    )


def _sealed(outbox: Outbox) -> Write:
    def write(batch: Sequence[Record]) -> object:
        return outbox.put(batch[0]).result() if len(batch) == 1 else outbox.put_all(batch).result()

    return write


def _plain(path: Path) -> Write:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("page_size = 4096", "journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE row (seq INTEGER PRIMARY KEY, sealed BLOB, seen BLOB) STRICT")
    octets, seen = os.urandom(_PADDED_OCTETS + _OVERHEAD_OCTETS), os.urandom(_SEEN_OCTETS)

    def write(batch: Sequence[Record]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for _record in batch:
            connection.execute("INSERT INTO row (sealed, seen) VALUES (?, ?)", (octets, seen))
        connection.execute("COMMIT")

    return write


def _compared(folder: Path, readings: int, group: int, goal: float) -> dict[str, Any]:
    """Take turns between the stores, so that a busy moment of the machine meets all of them."""
    outbox = _outbox(folder)
    threaded, worker = _plain(folder / "threaded.db"), ThreadPoolExecutor(1)
    stores: dict[str, Write] = {
        "plain": _plain(folder / "plain.db"),
        "plain_threaded": lambda batch: worker.submit(threaded, batch).result(),
        "sealed": _sealed(outbox),
    }
    batches = [
        [records.blood_pressure(number) for number in range(first, first + group)]
        for first in range(0, readings, group)
    ]
    gc.collect()
    gc.freeze()  # or collections walk over the batches, at the expense of whoever allocates
    took: dict[str, list[float]] = {name: [] for name in stores}
    for turn in range(_ROUNDS):
        for name, write in stores.items():
            took[name] += [_timed(write, batch) for batch in batches[turn::_ROUNDS]]
    outbox.close()
    worker.shutdown()
    gc.unfreeze()
    # Medians: one stalled sync, whoever it meets, must not decide the comparison.
    per_s = {name: round(group / statistics.median(seconds)) for name, seconds in took.items()}
    cuts = statistics.quantiles(took["sealed"], n=100, method="inclusive")
    return {
        **{f"{name}_per_s": rate for name, rate in per_s.items()},
        "ratio_to_plain": round(per_s["sealed"] / per_s["plain"], 2),
        "ratio_to_plain_threaded": round(per_s["sealed"] / per_s["plain_threaded"], 2),
        "goal_ratio_to_plain": goal,
        "sealed_p50_ms": round(cuts[49] * 1e3, 3),
        "sealed_p99_ms": round(cuts[98] * 1e3, 3),
    }


def _timed(write: Write, batch: Sequence[Record]) -> float:
    began = time.perf_counter()
    write(batch)
    return time.perf_counter() - began


def _size(folder: Path, readings: int = 5000) -> dict[str, Any]:
    """Measure the file of a store with nothing but blood-pressure readings in it."""
    outbox = _outbox(folder)
    many = [records.blood_pressure(number) for number in range(readings)]
    outbox.put_all(many).result()
    outbox.close()
    numbers = {part: number for number, part in enumerate(pack.shared(many[0]))}
    packed = statistics.mean(len(pack.pack(record, numbers)) for record in many)
    on_disk = (folder / "sealed.db").stat().st_size / readings
    return {
        "packed": round(packed),
        "on_disk_before_padding": round(on_disk - (_PADDED_OCTETS - packed)),
        "on_disk": round(on_disk),
        "goal_before_padding": GOAL_OCTETS,
    }


def _syncs(folder: Path) -> dict[str, Any] | str:
    """Count the syncs of a child process that stores one reading a commit."""
    if shutil.which("strace") is None:
        return _NO_STRACE
    _seconds, trace = _child(folder, "sealed", 1, "-e", "trace=fdatasync,fsync,write")
    lines = trace.splitlines()
    first, last = (
        next(at for at, line in enumerate(lines) if "write(1<" in line and word in line)
        for word in ("began", "ended")
    )
    found = re.findall(r"f(?:data)?sync\(\d+<([^>]+)>", "\n".join(lines[first:last]))
    log = sum(path.endswith("-wal") for path in found)
    return {"log": log / _TRACED, "elsewhere": (len(found) - log) / _TRACED, "goal": 1}


def _slow(folder: Path) -> dict[str, Any] | str:
    """Compare on a medium that takes 10 ms for a sync."""
    if shutil.which("strace") is None:
        return _NO_STRACE
    delay = ("-e", "trace=fdatasync", "-e", f"inject=fdatasync:delay_exit={_SYNC_US}")
    figures: dict[str, Any] = {}
    for word, group in (("one", 1), ("hundred", _GROUP)):
        rates = {
            kind: _TRACED * group / _child(folder / word / kind, kind, group, *delay)[0]
            for kind in ("plain", "sealed")
        }
        figures[f"{word}_per_commit"] = {
            **{f"{kind}_per_s": round(rate) for kind, rate in rates.items()},
            "ratio_to_plain": round(rates["sealed"] / rates["plain"], 2),
        }
    return figures


def _child(folder: Path, kind: str, group: int, *options: str) -> tuple[float, str]:
    folder.mkdir(parents=True)
    trace = folder / "trace"
    child = [sys.executable, "-m", "tests.bench.store", kind, str(group), str(folder)]
    done = subprocess.run(
        ["strace", "-f", "-y", "--seccomp-bpf", "-o", str(trace), *options, *child],
        capture_output=True,
        check=True,
        text=True,
        cwd=_ROOT,
    )
    return float(done.stdout.split()[-1]), trace.read_text(errors="replace")


def _traced_work(kind: str, group: int, folder: Path) -> None:
    write = _plain(folder / "plain.db") if kind == "plain" else _sealed(_outbox(folder))
    batches = [
        [records.blood_pressure(number) for number in range(first, first + group)]
        for first in range(0, (_TRACED + 1) * group, group)
    ]
    write(batches.pop())  # the first commit also makes a data key
    sys.stdout.write("began\n")
    sys.stdout.flush()
    gc.freeze()
    began = time.perf_counter()
    for batch in batches:
        write(batch)
    took = time.perf_counter() - began
    sys.stdout.write(f"ended {took}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the figures; with arguments, do the work that `strace` watches."""
    if len(sys.argv) > 1:
        _traced_work(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
        os._exit(0)
    sys.stdout.write(json.dumps(run(), indent=2) + "\n")


if __name__ == "__main__":
    main()
