"""Measures how a backlog drains to two real FHIR servers, through the engine and the HTTPS link.

`python -m tests.bench.drain [--readings 10000]` in the repository's root prints one JSON object,
for each server:

readings_per_s       from the first request to the last acknowledgement
waiting_percent      the share of that time in which the hub waited for the server's answer
client_cpu_ms_each   processor time of the hub's side for one reading
peak_rss_mb          of the hub's side, a process of its own (goal 60)
on_server, duplicates   counted by asking the server

Readings are made when they are asked for, as the outbox reads them from disk: twenty at a time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC
from itertools import count, islice
from pathlib import Path
from typing import Any

from agent.bench.store import made_up
from agent.demo.server import DemoServer, held, put
from agent.memory import peak_rss_mb
from config.schema import Fhir
from sync.engine import Engine
from sync.exchange import Acknowledge, Request, Send
from sync.fhir import HubFacts
from sync.links.https import HttpsLink
from sync.policy import Policy
from sync.record import Entry
from tests.servers import medplum

GOAL_RSS_MB = 60
_BATCH = 20
_LIMIT_S = 1800


class Drain:
    """The hub's side: what waits, and how long the server took."""

    def __init__(self, base_url: str, readings: int) -> None:
        self._source = map(lambda seq, one: Entry(seq=seq, record=one), count(1), made_up(readings))
        self._window: deque[Entry] = deque()
        self._engine = Engine(
            policy=Policy(batch=_BATCH), hub=HubFacts(id="bench", software="0"), zone=UTC
        )
        self._link = HttpsLink(Fhir(base_url=base_url))
        self.done = 0
        self.waited_s = 0.0

    def run(self) -> None:
        """Send until nothing is left."""
        while True:
            self._window.extend(islice(self._source, _BATCH - len(self._window)))
            if not self._window:
                return
            step = self._engine.next(time.monotonic(), list(self._window))
            if isinstance(step, Send):
                self._exchange(step.request)
            else:
                time.sleep(max(step.until_s - time.monotonic(), 0.0))

    def _exchange(self, request: Request) -> None:
        began = time.monotonic()
        answer = self._link.exchange(request)
        self.waited_s += time.monotonic() - began
        for effect in self._engine.answer(request, answer, time.monotonic()):
            if not isinstance(effect, Acknowledge):
                raise SystemExit(f"the server did not take every reading: {type(effect).__name__}")
            self.done += len(effect.seqs)
            stored = set(effect.seqs)
            self._window = deque(one for one in self._window if one.seq not in stored)


def client(base_url: str, readings: int) -> dict[str, Any]:
    """Drain from this process, whose memory is then the hub's side alone."""
    drain = Drain(base_url, readings)
    began, cpu = time.monotonic(), time.process_time()
    drain.run()
    took_s, cpu_s = time.monotonic() - began, time.process_time() - cpu
    return {
        "acknowledged": drain.done,
        "seconds": round(took_s, 1),
        "readings_per_s": round(drain.done / took_s, 1),
        "waiting_percent": round(100 * drain.waited_s / took_s, 1),
        "client_cpu_ms_each": round(1e3 * cpu_s / drain.done, 3),
        "peak_rss_mb": peak_rss_mb(),
    }


@contextlib.contextmanager
def _sekmet() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, DemoServer(Path(folder)) as server:
        yield server.base_url


@contextlib.contextmanager
def _router() -> Iterator[str]:
    with medplum.running() as server:
        yield server.base_url


def run(readings: int = 10_000) -> dict[str, Any]:
    """Drain `readings` to each server, one after the other."""
    results: dict[str, Any] = {"readings": readings, "goal_rss_mb": GOAL_RSS_MB}
    for name, serve in {"sekmet": _sekmet, "medplum": _router}.items():
        with serve() as base_url:
            put(base_url, {"resourceType": "Patient", "id": "bench"})
            words = ["--client", base_url, "--readings", str(readings)]
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.drain", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                check=True,
                timeout=_LIMIT_S,
            )
            there = held(base_url)
        results[name] = {
            **json.loads(done.stdout),
            "on_server": there.readings,
            "duplicates": there.duplicates,
        }
    return results


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--readings", type=int, default=10_000)
    parser.add_argument("--client", metavar="URL", help="drain to this server, from this process")
    asked = parser.parse_args()
    figures = client(asked.client, asked.readings) if asked.client else run(asked.readings)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
