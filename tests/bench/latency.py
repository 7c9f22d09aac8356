"""How long a reading takes from the air to the disk, and to the care team's server.

The clock starts when an ATT indication is put on the virtual air. `durable` stops when the row's
future ends (sealed and synced), `acknowledged` when the server's answer was written off. Every
reading travels alone. The server's own time, measured at the HTTPS link, is given apart: what is
left of the second is ours. Meter, air, hub and server share this machine.

Run: python -m tests.bench.latency [--readings 200]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bumble.device import Connection

from agent.clock import HubClock
from agent.demo.server import DemoServer, put
from agent.ingest import Ingest
from agent.persons import Owners
from agent.radio import RadioSink
from agent.status import Status
from agent.upload import Uploader
from config.schema import Config, Fhir, Hub, Patient
from drivers import registry
from drivers.driver import Driver
from drivers.frame import Frame
from drivers.links.ble import BleLink
from drivers.virtual import frames
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.sender import VirtualBloodPressure
from sync.engine import Engine
from sync.exchange import Answer, Request
from sync.fhir import HubFacts
from sync.links.https import HttpsLink
from sync.order import Budget, Order
from sync.outbox import Outbox, Stored
from sync.policy import Policy
from tests.bench.radio import TimedAir

_LIMIT_S = 120.0
_PAUSE_S = 0.05
_START = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)


class TimedSink(RadioSink):
    """Notes when each row was on disk."""

    def __init__(self, ingest: Ingest, outbox: Outbox, status: Status) -> None:
        super().__init__(ingest, outbox, status)
        self.durable_s: list[float] = []

    def frame(self, driver: Driver, frame: Frame) -> Future[Stored]:
        future = super().frame(driver, frame)
        future.add_done_callback(lambda _: self.durable_s.append(time.perf_counter()))
        return future


class PacedCuff(VirtualBloodPressure):
    """A cuff that stays connected and sends its next reading only when told."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Semaphore(1)

    async def _send(self, connection: Connection) -> None:
        while self._unsent:
            await self.go.acquire()
            await self.device.indicate_subscriber(connection, self._measurement, self._unsent[0])
            del self._unsent[0]


class TimedLink:
    """Notes how long the server took."""

    def __init__(self, link: HttpsLink) -> None:
        self._link = link
        self.server_s: list[float] = []

    def exchange(self, request: Request) -> Answer:
        began = time.perf_counter()
        try:
            return self._link.exchange(request)
        finally:
            self.server_s.append(time.perf_counter() - began)


async def measure(readings: int, folder: Path, base_url: str) -> dict[str, Any]:
    """Send readings one by one through a whole hub."""
    config = Config(
        hub=Hub(id="bench", state_dir=folder),
        patient=Patient(reference="Patient/bench"),
        fhir=Fhir(base_url=base_url),
    )
    clock, status, air = HubClock(), Status(), TimedAir()
    outbox = Outbox.open(
        folder / "outbox.db",
        key=bytes(32),
        tenant="bench",
        hub_id="bench",
        max_bytes=2**28,
        max_evidence=10,
        now=clock,
    )
    link = TimedLink(HttpsLink(config.fhir))
    engine = Engine(policy=Policy(), hub=HubFacts(id="bench", software="0"), zone=UTC)
    uploader = Uploader(
        engine=engine,
        outbox=outbox,
        link=link,
        status=status,
        batch=20,
        order=Order(zone=UTC),
        budget=Budget(0, now_s=clock.wall_s),
        now=clock,
    )
    loop = asyncio.get_running_loop()

    def stored() -> None:
        loop.call_soon_threadsafe(uploader.nudge)

    ingest = Ingest(outbox, Owners.of(config), status, stored)
    sink = TimedSink(ingest, outbox, status)
    cuff = PacedCuff()
    acknowledged_s: list[float] = []
    async with VirtualRadio(air) as radio:
        await radio.add(cuff)
        ble = BleLink(
            drivers=registry.drivers(),
            sink=sink,
            now=clock,
            accepts=lambda _: True,
            backend=radio.backend,
        )
        tasks = [asyncio.create_task(ble.run()), asyncio.create_task(uploader.run())]
        for number in range(readings):
            at = _START + timedelta(minutes=number)
            await cuff.measure(frames.blood_pressure(120, 80, 60 + number % 40, at))
        async with asyncio.timeout(_LIMIT_S + readings):
            while len(acknowledged_s) < readings:
                done = status.snapshot().acknowledged
                if done > len(acknowledged_s):
                    acknowledged_s.append(time.perf_counter())
                    await asyncio.sleep(_PAUSE_S)
                    cuff.go.release()
                await asyncio.sleep(0.0005)
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    outbox.close()
    return _figures(air.sent_s, sink.durable_s, acknowledged_s, link.server_s)


def _figures(
    sent_s: list[float], durable_s: list[float], acknowledged_s: list[float], server_s: list[float]
) -> dict[str, Any]:
    durable = [end - start for start, end in zip(sent_s, durable_s, strict=True)]
    whole = [end - start for start, end in zip(sent_s, acknowledged_s, strict=True)]
    return {
        "readings": len(sent_s),
        "indication_to_durable_row": {**_spread(durable), "goal_p99_ms": 10},
        "indication_to_acknowledged": _spread(whole),
        "server_exchange": _spread(server_s),
        "acknowledged_beside_server_p99_ms": round(
            _spread(whole)["p99_ms"] - _spread(server_s)["p50_ms"], 2
        ),
        "goal_beside_server_p99_ms": 500,
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49] * 1e3, 2), "p99_ms": round(cuts[98] * 1e3, 2)}


def run(readings: int = 200) -> dict[str, Any]:
    """Measure and return the figures."""
    with tempfile.TemporaryDirectory() as name, DemoServer(Path(name)) as server:
        put(server.base_url, {"resourceType": "Patient", "id": "bench"})
        folder = Path(name) / "state"
        folder.mkdir()
        return asyncio.run(measure(readings, folder, server.base_url))


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=200)
    sys.stdout.write(json.dumps(run(parser.parse_args().readings), indent=2) + "\n")


if __name__ == "__main__":
    main()
