"""How fast and how small the patient's screen is, measured on the real program on a real display.

`python -m tests.proofs.screen --json`. Needs Debian's xvfb and xdotool. Times are from outside the
program: from the moment after a reading's row was on disk, or before a hand's press was sent, until
the program said that it had painted; a press therefore includes starting xdotool.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from agent.clock import HubClock
from agent.display.care import Plan
from agent.display.display import Display
from agent.screen.messages import FromScreen
from agent.screen.values import Doing, Due, Task
from agent.status import Status
from config.schema import Config, Fhir, Hub, Patient, Screen
from sync.outbox import Outbox
from sync.record import measured
from tests.fakes.glass import Glass, Program, glass, started
from tests.fakes.records import PATIENT, blood_pressure
from vitals.reading import Timing

GOALS = {
    "start_to_first_paint_s": 1.5,
    "idle_cpu_percent": 1.0,
    "rss_mb": 150.0,
    "stored_to_shown_ms_p95": 200.0,
    "touch_to_painted_ms_p95": 100.0,
}
_LIMIT_S = 30.0
_ROUNDS = 15
_HELP_AT, _BACK_AT = (660, 432), (90, 42)  # two buttons of the page for 800x480


class _Care:
    """One task, for a page as patients see it."""

    takes_letters = True

    def plan(self) -> Plan:
        return Plan(tasks=[Task(id="bp", doing=Doing.BLOOD_PRESSURE, due=Due.NOW)])

    def heard(self, message: FromScreen) -> None:
        del message


def used(process: subprocess.Popen[str]) -> tuple[float, float, float]:
    """Return processor seconds, resident and proportional memory in MB (proc(5))."""
    folder = Path(f"/proc/{process.pid}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    sizes = dict(
        line.split(":")[:2] for line in (folder / "smaps_rollup").read_text().splitlines()[1:]
    )
    rss, pss = (int(sizes[name].split()[0]) / 1024 for name in ("Rss", "Pss"))
    return ticks / os.sysconf("SC_CLK_TCK"), rss, pss


async def _measure(on: Glass, folder: Path, *, idle_s: float) -> dict[str, float]:
    clock, status = HubClock(), Status()
    outbox = Outbox.open(
        folder / "outbox.db",
        key=bytes(32),
        tenant="default",
        hub_id="hub-1",
        max_bytes=2**26,
        max_evidence=10,
        now=clock,
    )
    config = Config(
        hub=Hub(id="hub-1", state_dir=folder),
        patient=Patient(reference=PATIENT),
        fhir=Fhir(base_url="http://127.0.0.1:1/fhir"),
        screen=Screen(enabled=True),
    )
    display = Display(config, outbox=outbox, status=status, care=_Care(), decide=dict, clock=clock)
    running = asyncio.create_task(display.run())
    program = started(on, display.path)
    try:
        found = await asyncio.to_thread(_figures, on, program, display, outbox, clock, idle_s)
    finally:
        program.process.terminate()
        program.process.wait(_LIMIT_S)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        outbox.close()
    return found


def _figures(  # noqa: PLR0913, PLR0917 - the parts of one home
    on: Glass,
    program: Program,
    display: Display,
    outbox: Outbox,
    clock: HubClock,
    idle_s: float,
) -> dict[str, float]:
    on.window()
    program.quiet()
    shown, touched = [], []
    for number in range(_ROUNDS):
        fresh = Timing(received=clock(), live=True)
        reading = replace(blood_pressure(number).reading, timing=fresh)
        record = measured(reading, PATIENT)
        seq = outbox.put(record).result(_LIMIT_S).seq
        shown.append(program.after(lambda: display.shown(record, seq, False)))  # noqa: B023, FBT003
        touched.append(program.after(lambda: _tap(on, 400, 432)))
        touched.append(program.after(lambda: _tap(on, *_HELP_AT)))
        touched.append(program.after(lambda: _tap(on, *_BACK_AT)))
    program.quiet(3.0)
    before_s, _, _ = used(program.process)
    time.sleep(idle_s)
    after_s, rss_mb, pss_mb = used(program.process)
    return {
        "start_to_first_paint_s": program.first_s,
        "idle_cpu_percent": round(100 * (after_s - before_s) / idle_s, 2),
        "rss_mb": round(rss_mb, 1),
        "pss_mb": round(pss_mb, 1),
        "stored_to_shown_ms_p50": round(statistics.median(shown), 1),
        "stored_to_shown_ms_p95": round(_p95(shown), 1),
        "touch_to_painted_ms_p50": round(statistics.median(touched), 1),
        "touch_to_painted_ms_p95": round(_p95(touched), 1),
        "rounds": float(_ROUNDS),
    }


def _tap(on: Glass, x: float, y: float) -> None:
    subprocess.run(
        ["xdotool", "mousemove", str(x), str(y), "click", "1"],
        env=on.environment,
        check=True,
        timeout=_LIMIT_S,
    )


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def main() -> int:
    """Print the figures and their goals; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    parser.add_argument("--idle", type=float, default=30.0, help="Seconds to watch it idle.")
    asked = parser.parse_args()
    with glass() as on, tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_measure(on, Path(folder), idle_s=asked.idle))
    missed = [name for name, goal in GOALS.items() if found[name] > goal]
    if asked.json:
        sys.stdout.write(json.dumps({**found, "goals": GOALS, "missed": missed}) + "\n")
    else:
        for name, value in found.items():
            goal = f"   (goal {GOALS[name]:g} or less)" if name in GOALS else ""
            sys.stdout.write(f"{name:<28}{value:>9g}{goal}\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
