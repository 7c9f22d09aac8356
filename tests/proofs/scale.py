"""Proof: a thousand hubs share one broker and a bridge or two, and none of them starves.

Each simulated hub has its own certificate, connection, engine and link; mosquitto and the bridges
are real programs; the server is a stand-in that answers at once. All share this machine, so the
simulated hubs take most of it: what a bridge and a broker cost is measured as processor time.

readings_per_s   acknowledged while every hub has 20 more to send and 32 of them do so at a time
                 (all at once, the simulated hubs themselves would take the whole machine)
p50_s, p99_s     from a reading to its acknowledgement, each hub measuring once in ten seconds
fairness         Jain's index of what each hub got through (1: all the same), and the least of any
cpu_ms_each      processor time for one reading, one in a request: bridge and broker
on_paper         what that means for a million homes (see `paper`)

    python -m tests.proofs.scale [--short] [--json] [--hubs 1000]

Needs mosquitto.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.demo.server import ask, free_port
from sync import hpke
from tests.fakes.broker import Broker

_ROOT = Path(__file__).parents[2]
_HUBS, _SHORT_HUBS = 1000, 40
_PROCESSES = 4
_SECONDS, _SHORT_SECONDS = 30.0, 5.0
_EVERY_S = 10.0
_BATCH = 20
_AT_ONCE = 32
_LIMIT_S = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")


def main(arguments: list[str]) -> int:
    """Run the proof; return 0 when every hub got through."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help=f"{_SHORT_HUBS} hubs")
    parser.add_argument("--hubs", type=int, default=_HUBS)
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    options = parser.parse_args(arguments)
    hubs = _SHORT_HUBS if options.short else options.hubs
    seconds = _SHORT_SECONDS if options.short else _SECONDS
    by_bridges = {}
    for bridges in (1, 2):
        with tempfile.TemporaryDirectory() as folder, clinic(Path(folder), hubs, bridges) as here:
            calm = measured(here, seconds, every_s=_EVERY_S if seconds > _EVERY_S else 2.0, batch=1)
            busy = measured(here, seconds, every_s=0.0, batch=_BATCH)
        by_bridges[bridges] = {"calm": calm, "busy": busy}
    most = by_bridges[max(by_bridges)]
    found = {
        "hubs": hubs,
        "bridges": max(by_bridges),
        "readings_per_s": most["busy"]["readings_per_s"],
        "p99_s": most["calm"]["p99_s"],
        "by_bridges": by_bridges,
        "on_paper": paper(by_bridges[1]["calm"]["cpu_ms_each"]),
    }
    sys.stdout.write(json.dumps(found) + "\n")
    starved = any(
        part["least_of_any_hub"] == 0 for one in by_bridges.values() for part in one.values()
    )
    return 1 if starved else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A broker, its bridges, and a server, with what hubs need to know of them."""

    folder: Path
    broker: Broker
    bridges: tuple[int, ...]  # process numbers
    hubs: tuple[str, ...]
    key: str


@contextlib.contextmanager
def clinic(folder: Path, hubs: int, bridges: int) -> Iterator[Clinic]:
    """Run one for as long as the block lasts."""
    names = tuple(f"hub-{number:05d}" for number in range(hubs))
    key, port = hpke.Reader(), free_port()
    (folder / "seal.key").write_text(key.private().hex(), encoding="ascii")
    with contextlib.ExitStack() as stack:
        stack.enter_context(_program(["-m", "agent.demo.standin", str(port)]))
        broker = stack.enter_context(Broker(folder, hubs=names))
        base_url = f"http://127.0.0.1:{port}/fhir"
        pids = []
        for number in range(bridges):
            settings, status = folder / f"bridge-{number}.toml", free_port()
            settings.write_text(_bridge(folder, broker, base_url, number, status), "ascii")
            words = ["-m", "agent.cli.main", "bridge", "--config", str(settings)]
            pids.append(stack.enter_context(_program(words)))
            _wait_for(f"http://127.0.0.1:{status}/health")
        yield Clinic(
            folder=folder, broker=broker, bridges=tuple(pids), hubs=names, key=key.public.hex()
        )


def _bridge(folder: Path, broker: Broker, base_url: str, number: int, status: int) -> str:
    certificate, secret = broker.files["bridge"]
    return (
        f'[bridge]\ntenant = "t"\nname = "b{number}"\nkey_file = "{folder / "seal.key"}"\n'
        f'status_port = {status}\naccept = "any"\n[mqtt]\nhost = "127.0.0.1"\n'
        f'port = {broker.port}\nca_file = "{broker.ca}"\ncert_file = "{certificate}"\n'
        f'key_file = "{secret}"\n[fhir]\nbase_url = "{base_url}"\ntimeout_s = 10.0\n'
    )


def measured(here: Clinic, seconds: float, *, every_s: float, batch: int) -> dict[str, Any]:
    """Let all hubs send for so long; say what came of it."""
    programs = [
        _hubs(here, number, seconds, every_s=every_s, batch=batch) for number in range(_PROCESSES)
    ]
    for program in programs:
        _line(program)
    before = [_cpu_s(pid) for pid in here.bridges], _cpu_s(here.broker.pid)
    began_s = time.monotonic()
    for program in programs:
        _tell(program)
    found = [json.loads(_line(program)) for program in programs]
    took_s = time.monotonic() - began_s
    bridge_s = sum(_cpu_s(pid) - old for pid, old in zip(here.bridges, before[0], strict=True))
    broker_s = _cpu_s(here.broker.pid) - before[1]
    for program in programs:
        program.wait(_LIMIT_S)
    got = [one for each in found for one in each["acknowledged"]]
    latencies = sorted(one for each in found for one in each["latencies_s"])
    total = sum(got)
    if total == 0:
        raise AssertionError("no reading of any hub was acknowledged: read what the bridges say")
    return {
        "readings_per_s": round(total / took_s, 1),
        "p50_s": round(statistics.median(latencies), 4),
        "p99_s": round(latencies[int(0.99 * (len(latencies) - 1))], 4),
        "fairness": round(total**2 / (len(got) * sum(one * one for one in got)), 4),
        "least_of_any_hub": min(got),
        "unknown_outcomes": sum(each["unknown"] for each in found),
        "cpu_ms_each": {
            "bridge": round(1000 * bridge_s / total, 3),
            "broker": round(1000 * broker_s / total, 3),
        },
    }


def paper(cpu_ms_each: dict[str, float]) -> dict[str, Any]:
    """Say what a million homes need, from what one reading costs here.

    36 readings a day and home (`store-and-forward` homes: 4 meters, 9 readings each); the busiest
    hour has ten times the mean, as mornings do. A core is used to 50 %.
    """
    homes, a_day, peak, use = 1_000_000, 36, 10, 0.5
    per_s = homes * a_day / 86_400 * peak
    return {
        "homes": homes,
        "peak_readings_per_s": round(per_s),
        "bridge_cores": round(per_s * cpu_ms_each["bridge"] / 1000 / use, 1),
        "broker_cores": round(per_s * cpu_ms_each["broker"] / 1000 / use, 1),
        "broker_connections": homes,
        "server_transactions_per_s": round(per_s),
    }


def _hubs(
    here: Clinic, number: int, seconds: float, *, every_s: float, batch: int
) -> subprocess.Popen[str]:
    mine = here.hubs[number::_PROCESSES]
    about = {
        name: {
            "ca_file": str(here.broker.ca),
            "cert_file": str(here.broker.files[name][0]),
            "key_file": str(here.broker.files[name][1]),
        }
        for name in mine
    }
    settings = {
        "hubs": about,
        "port": here.broker.port,
        "key": here.key,
        "every_s": every_s,
        "batch": batch,
        "seconds": seconds,
        "connect_s": _LIMIT_S,
        "at_once": len(mine) if every_s else _AT_ONCE // _PROCESSES,
    }
    file = here.folder / f"hubs-{number}.json"
    file.write_text(json.dumps(settings), encoding="ascii")
    return subprocess.Popen(
        [sys.executable, "-m", "tests.proofs.scale_hubs", str(file)],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line(program: subprocess.Popen[str]) -> str:
    line = program.stdout.readline() if program.stdout else ""
    if not line:
        raise AssertionError("the simulated hubs ended early")
    return line


def _tell(program: subprocess.Popen[str]) -> None:
    if program.stdin is not None:
        program.stdin.write("go\n")
        program.stdin.flush()


def _cpu_s(pid: int) -> float:
    """Return the processor time of a program so far (proc_pid_stat(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextlib.contextmanager
def _program(words: list[str]) -> Iterator[int]:
    program = subprocess.Popen([sys.executable, *words], cwd=_ROOT)
    try:
        yield program.pid
    finally:
        program.terminate()
        program.wait(_LIMIT_S)


def _wait_for(url: str) -> None:
    limit_s = time.monotonic() + _LIMIT_S
    while True:
        try:
            ask(url)
        except OSError:
            if time.monotonic() > limit_s:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
