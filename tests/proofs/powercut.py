"""Proof: cut the power at any instant, and no confirmed reading is lost and nothing is corrupt.

The hub's own store runs a busy hour under strace; its writes are replayed and cut off at random
points with torn sectors (`disk.py`); each image is opened as the hub would open it. The control is
the same store with SQLite's `synchronous = NORMAL`: it must lose readings, or this proof proves
nothing. Needs strace.

    python -m tests.proofs.powercut [--short] [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from agent.clock import HubClock
from sync.outbox import Outbox
from sync.record import Measured
from tests.proofs import powercut_workload as workload
from tests.proofs.disk import Disk, Event, events
from vitals.errors import HubError

_ROOT = Path(__file__).parents[2]
_CALLS = "pwrite64,write,fdatasync,fsync,ftruncate"
_READINGS, _SHORT_READINGS = 600, 150
_IMAGES, _SHORT_IMAGES = 5000, 200
_CONTROL, _SHORT_CONTROL = 500, 100
_WORKERS = 2
_LIMIT_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What many cuts left: images, and of them those that lost a confirmed reading or broke."""

    images: int
    torn: int
    losing: int
    lost_readings: int
    corrupt: int


def traced(folder: Path, readings: int, synchronous: str, seed: int) -> tuple[list[Event], Path]:
    """Run the workload under strace; return what it did, and its folder."""
    store, trace = folder / "store", folder / "trace"
    store.mkdir()
    command = ["strace", "-f", "-y", "-xx", "-s", "1048576", "-e", f"trace={_CALLS}"]
    program = [sys.executable, "-m", workload.__name__, str(store), str(readings)]
    subprocess.run(
        [*command, "-o", str(trace), *program, synchronous, str(seed)],
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=_LIMIT_S,
    )
    return list(events(trace)), store


def cuts(happened: list[Event], store: Path, *, images: int, seed: int) -> Found:
    """Cut the power `images` times and look at what is left."""
    chance = random.Random(seed)  # noqa: S311 - where to cut, no secret
    names = {str(store / name): name for name in ("outbox.db", "outbox.db-wal")}
    first = next(place for place, event in enumerate(happened) if event.kind == "say")
    points = sorted(chance.randrange(first, len(happened)) for _ in range(images))
    disk, promised, place = Disk(), _Promised(), 0
    torn = losing = lost = corrupt = 0
    for point in points:
        while place < point:
            _follow(happened[place], disk, promised, names)
            place += 1
        torn += bool(disk.torn)
        with tempfile.TemporaryDirectory() as folder:
            disk.cut(Path(folder), chance, names)
            missing = _missing(Path(folder), promised)
        if missing is None:
            corrupt += 1
        elif missing:
            losing, lost = losing + 1, lost + missing
    return Found(images=images, torn=torn, losing=losing, lost_readings=lost, corrupt=corrupt)


class _Promised:
    """What the store said is safe and nobody has asked it to write off."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def heard(self, line: bytes) -> None:
        what, _, name = line.decode().strip().partition(" ")
        if what == "C":
            self.ids.add(name)
        else:
            self.ids.discard(name)


def _follow(event: Event, disk: Disk, promised: _Promised, names: dict[str, str]) -> None:
    if event.kind == "say":
        promised.heard(event.data)
    elif event.path in names:
        disk.feed(event)


def _missing(folder: Path, promised: _Promised) -> int | None:
    """Open the image as the hub does; return how many promises it breaks, None if it is broken."""
    try:
        outbox = Outbox.open(
            folder / "outbox.db",
            key=workload.KEY,
            tenant=workload.TENANT,
            hub_id=workload.HUB,
            max_bytes=workload.MAX_BYTES,
            max_evidence=workload.MAX_EVIDENCE,
            now=HubClock(),
        )
    except HubError:
        return None
    try:
        if outbox.warnings or outbox.verify():
            return None
        there = {
            entry.record.id
            for entry in outbox.pending(100_000)
            if isinstance(entry.record, Measured)
        }
        return len(promised.ids - there)
    finally:
        outbox.close()


def _run(synchronous: str, images: int, readings: int, seed: int) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        happened, store = traced(Path(folder), readings, synchronous, seed)
        return cuts(happened, store, images=images, seed=seed)


def main() -> int:
    """Run the proof; the exit status is 0 only if it holds and its control finds losses."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="fewer images, for every commit")
    parser.add_argument("--json", action="store_true", help="print nothing but the last line")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    images, control, readings = (
        (_SHORT_IMAGES, _SHORT_CONTROL, _SHORT_READINGS)
        if chosen.short
        else (_IMAGES, _CONTROL, _READINGS)
    )
    jobs = [("FULL", images // _WORKERS, readings, chosen.seed + n) for n in range(_WORKERS)]
    jobs.append(("NORMAL", control, readings, chosen.seed))
    with ProcessPoolExecutor(_WORKERS) as pool:
        *found, without_sync = pool.map(_run, *zip(*jobs, strict=True))
    if not chosen.json:
        for one in found:
            sys.stdout.write(f"synchronous = FULL: {one}\n")
        sys.stdout.write(f"control, synchronous = NORMAL: {without_sync}\n")
    result = {
        "images": sum(one.images for one in found),
        "lost": sum(one.losing for one in found),
        "corrupt": sum(one.corrupt for one in found),
        "control_lost": without_sync.losing,
        "lost_readings": sum(one.lost_readings for one in found),
        "torn_images": sum(one.torn for one in found),
        "control_images": without_sync.images,
        "control_lost_readings": without_sync.lost_readings,
    }
    sys.stdout.write(json.dumps(result) + "\n")
    return 0 if not (result["lost"] or result["corrupt"]) and result["control_lost"] else 1


if __name__ == "__main__":
    sys.exit(main())
