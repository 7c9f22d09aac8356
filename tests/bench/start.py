"""How fast `hearth run` starts, and what it costs while nothing happens.

The hub is the real program: bleak's BlueZ backend on a private D-Bus, the real store, a real FHIR
server on loopback. Prints JSON:

start_to_scanning_s   from starting the process to READY=1, sent once the adapter scans
idle_rss_mb, idle_pss_mb, idle_cpu_percent   over `idle_s` seconds with nothing to do

Run: python -m tests.bench.start [--starts 5] [--idle 60]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bumble.link import LocalLink

from agent.demo.server import DemoServer
from drivers.virtual.bluez.daemon import FakeBlueZ, private_bus
from tests.fakes.program import HubProgram, settings

_SETTLE_S = 5.0


def cpu_s(pid: int) -> float:
    """Return the processor seconds a process has used (proc(5), stat, utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> dict[str, float]:
    """Return a process's resident and proportional memory in MB (10^6 octets)."""
    found: dict[str, float] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        if name in {"Rss", "Pss"}:
            found[name.lower()] = int(rest.split()[0]) * 1024 / 1e6
    return found


async def measure(starts: int, idle_s: float) -> dict[str, Any]:
    """Start the hub several times; leave the last one idle."""
    took: list[float] = []
    with tempfile.TemporaryDirectory() as name, DemoServer(Path(name)) as server:
        folder = Path(name)
        config = settings(folder, server.base_url)
        async with private_bus() as bus:
            bluez = FakeBlueZ(LocalLink(), bus)  # type: ignore[no-untyped-call]
            await bluez.start()
            for _ in range(max(starts - 1, 0)):
                async with HubProgram(folder, config, bus) as program:
                    took.append(program.ready_s)
            async with HubProgram(folder, config, bus) as program:
                took.append(program.ready_s)
                process = program.process
                await asyncio.sleep(_SETTLE_S)
                before, began = cpu_s(process.pid), time.perf_counter()
                await asyncio.sleep(idle_s)
                spent = cpu_s(process.pid) - before
                percent = 100 * spent / (time.perf_counter() - began)
                memory = memory_mb(process.pid)
            await bluez.stop()
    return {
        "start_to_scanning_s": {
            "median": round(statistics.median(took), 3),
            "min": round(min(took), 3),
            "max": round(max(took), 3),
            "runs": len(took),
            "goal": 0.8,
        },
        "idle_rss_mb": {"value": round(memory["rss"], 1), "goal": 50},
        "idle_pss_mb": {"value": round(memory["pss"], 1)},
        "idle_cpu_percent": {"value": round(percent, 3), "goal": 0.5, "over_s": idle_s},
    }


def run(*, starts: int = 5, idle_s: float = 60.0) -> dict[str, Any]:
    """Measure and return the figures."""
    return asyncio.run(measure(starts, idle_s))


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--idle", type=float, default=60.0)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(run(starts=given.starts, idle_s=given.idle), indent=2) + "\n")


if __name__ == "__main__":
    main()
