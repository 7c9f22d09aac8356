"""Many hubs in one process, for `scale`: each with its own engine, link, certificate and thread.

Run by that proof: python -m tests.proofs.scale_hubs FILE, where FILE holds the settings as JSON.
Says `ready` when all are connected; waits for a line on stdin; prints one JSON object at the end.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any

from agent.bench.store import made_up
from config.schema import Mqtt
from sync.engine import Engine
from sync.envelope import Address
from sync.exchange import Acknowledge, Send
from sync.fhir import HubFacts
from sync.links.mqtt import MqttLink
from sync.policy import Policy
from sync.record import Entry

_STACK_OCTETS = 512 * 1024
_SPARE_S = 20.0


@dataclass(slots=True)
class Hub:
    """One simulated hub."""

    name: str
    mqtt: Mqtt
    every_s: float  # between readings; 0: always the next ones at once
    batch: int
    turns: threading.Semaphore  # how many hubs of this process send at the same time
    acknowledged: int = 0
    unknown: int = 0
    latencies_s: list[float] = field(default_factory=list)
    link: MqttLink | None = None

    def connect(self) -> None:
        """Begin to connect."""
        self.link = MqttLink(self.mqtt, Address(tenant="t", hub=self.name))

    def run(self, until_s: float, go: threading.Event) -> None:
        """Send until the time is over; a reading begun before that is waited for."""
        go.wait()
        link = self.link
        if link is None:
            raise AssertionError("connect first")
        engine = Engine(
            policy=Policy(batch=self.batch), hub=HubFacts(id=self.name, software="0"), zone=UTC
        )
        source = self._entries()
        # Staggered, as homes are.
        time.sleep(random.Random(self.name).uniform(0, self.every_s))  # noqa: S311 - no secret
        while time.monotonic() < until_s:
            waiting = list(itertools.islice(source, self.batch))
            with self.turns:
                began_s = time.monotonic()
                self._sent(engine, link, waiting, until_s + _SPARE_S)
            self.latencies_s.append(time.monotonic() - began_s)
            time.sleep(max(0.0, min(began_s + self.every_s, until_s) - time.monotonic()))

    def _entries(self) -> Iterator[Entry]:
        # Other meters than the neighbours': an identity is made of the meter's address.
        tail = ":".join(f"{octet:02X}" for octet in self.name.encode()[-5:])
        for seq, one in enumerate(made_up(1_000_000), 1):
            meter = replace(one.reading.meter, address=f"C1:{tail}")
            yield Entry(seq=seq, record=replace(one, reading=replace(one.reading, meter=meter)))

    def _sent(self, engine: Engine, link: MqttLink, waiting: list[Entry], limit_s: float) -> None:
        while waiting and time.monotonic() < limit_s:
            now_s = time.monotonic()
            step = engine.next(now_s, waiting)
            if not isinstance(step, Send):
                time.sleep(max(0.0, min(step.until_s - now_s, 1.0)))
                continue
            answer = link.exchange(step.request)
            self.unknown += answer.status is None
            for effect in engine.answer(step.request, answer, time.monotonic()):
                if isinstance(effect, Acknowledge):
                    self.acknowledged += len(effect.seqs)
                    waiting = [one for one in waiting if one.seq not in effect.seqs]


def _mqtt(settings: dict[str, Any], about: dict[str, str]) -> Mqtt:
    return Mqtt(
        host="127.0.0.1",
        port=settings["port"],
        bridge_key=settings["key"],
        ca_file=Path(about["ca_file"]),
        cert_file=Path(about["cert_file"]),
        key_file=Path(about["key_file"]),
    )


def main(settings: dict[str, Any]) -> None:
    """Run the hubs that the settings name."""
    threading.stack_size(_STACK_OCTETS)
    turns = threading.Semaphore(settings["at_once"])
    hubs = [
        Hub(name, _mqtt(settings, about), settings["every_s"], settings["batch"], turns)
        for name, about in settings["hubs"].items()
    ]
    for hub in hubs:
        hub.connect()
    for hub in hubs:
        if hub.link is None or not hub.link.ready(settings["connect_s"]):
            raise AssertionError("a hub cannot connect")
    go = threading.Event()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    until_s = time.monotonic() + settings["seconds"]
    threads = [threading.Thread(target=hub.run, args=(until_s, go)) for hub in hubs]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(settings["seconds"] + 2 * _SPARE_S)
    found = {
        "acknowledged": [hub.acknowledged for hub in hubs],
        "unknown": sum(hub.unknown for hub in hubs),
        "latencies_s": [one for hub in hubs for one in hub.latencies_s],
    }
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="ascii")))
