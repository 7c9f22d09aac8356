"""Measures the way up: how fast readings leave the hub, by MQTT and by HTTPS, and after an outage.

Broker (mosquitto), bridge and server are programs of their own; the hub's parts run here: sealed
store, engine, link. The stand-in server answers at once, so that what is measured is Hearth; the
real server (sekmet) is measured beside it where a figure is about real servers.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC
from itertools import islice
from pathlib import Path
from typing import Any

from agent.bench.store import made_up
from agent.clock import HubClock
from agent.demo.broker import mosquitto
from agent.demo.server import DemoServer, ask, free_port, put
from agent.memory import peak_rss_mb
from agent.status import Status
from agent.upload import Bell, Uploader
from config.schema import Fhir, Mqtt
from sync import hpke
from sync.engine import Engine
from sync.envelope import Address
from sync.fhir import HubFacts
from sync.links.failover import Way
from sync.links.https import HttpsLink
from sync.links.mqtt import MqttLink
from sync.order import Budget, Order
from sync.outbox import FILE_NAME, Outbox
from sync.policy import Policy
from vitals.errors import HubError

HUB = "bench"
BATCHES = (1, 20, 100)
_READINGS = {1: 1_000, 20: 8_000, 100: 20_000}
_BACKLOG = 26_000
_REAL = 2_000
_OUTAGE_S = 10.0
_START_LIMIT_S = 20.0
_DRAIN_LIMIT_S = 600.0
_AT_ONCE = 5_000  # half of what may wait for the disk


def run(scale: float = 1.0) -> dict[str, Any]:
    """Run every measurement; `scale` makes all of them larger or smaller."""
    counts = {batch: max(20, int(count * scale)) for batch, count in _READINGS.items()}
    with _world() as world:
        found: dict[str, Any] = {
            f"{way}_acknowledged_per_s": {
                str(batch): round(_drained(world, way, batch, count)["per_s"])
                for batch, count in counts.items()
            }
            for way in ("mqtt", "https")
        }
        found["backlog"] = {
            way: _drained(world, way, 100, int(_BACKLOG * scale)) for way in ("mqtt", "https")
        }
        found["after_an_outage"] = _outage(world)
    with _real() as real:
        found["real_server"] = _drained(real, "https", 20, int(_REAL * scale))
    found["agent_peak_rss_mb"] = peak_rss_mb()
    return found


def in_words(found: Mapping[str, Any]) -> list[str]:
    """Say the result of `run` in one line each."""
    lines = [
        f"{way}: {speed:,} readings a second acknowledged, {batch} at a time"
        for way in ("mqtt", "https")
        for batch, speed in found[f"{way}_acknowledged_per_s"].items()
    ]
    lines += [
        f"{way}: a backlog of {one['readings']:,} is gone after {one['seconds']} s"
        for way, one in found["backlog"].items()
    ]
    outage = found["after_an_outage"]
    lines.append(
        f"after {outage['away_s']:.0f} s without a broker: drained {outage['seconds']} s later"
    )
    real = found["real_server"]
    lines.append(f"real server: {real['per_s']:,.0f} readings a second (its own limit)")
    lines.append(f"memory at most {found['agent_peak_rss_mb']} MB")
    return lines


class _World:
    """A server, and for MQTT a broker and a bridge, with the folder they live in."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder, self.base_url = folder, base_url
        self.mqtt = Mqtt()
        self.port = free_port()
        self._number = 0
        self._broker = contextlib.ExitStack()

    def broker(self) -> None:
        """Start the broker, or start it again."""
        self._broker.enter_context(mosquitto(self.folder, self.port))

    def no_broker(self) -> None:
        """Take the broker away."""
        self._broker.close()

    def link(self, way: str) -> Way:
        """Return a fresh way to the server."""
        if way == "https":
            return HttpsLink(Fhir(base_url=self.base_url))
        return MqttLink(self.mqtt, Address(tenant="default", hub=HUB))

    def outbox(self) -> Outbox:
        """Make a new store."""
        self._number += 1
        folder = self.folder / f"store-{self._number}"
        folder.mkdir()
        return Outbox.open(
            folder / FILE_NAME,
            key=bytes(32),
            tenant="default",
            hub_id=HUB,
            max_bytes=2**30,
            max_evidence=10,
            now=HubClock(),
        )


@contextlib.contextmanager
def _world() -> Iterator[_World]:
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder, port, status = Path(name), free_port(), free_port()
        stack.enter_context(_program(["-m", "agent.demo.standin", str(port)]))
        world = _World(folder, f"http://127.0.0.1:{port}/fhir")
        world.broker()
        stack.callback(world.no_broker)
        key = hpke.Reader()
        (folder / "seal.key").write_text(key.private().hex(), encoding="ascii")
        world.mqtt = Mqtt(host="127.0.0.1", port=world.port, bridge_key=key.public.hex())
        settings = folder / "bridge.toml"
        settings.write_text(
            f'[bridge]\nkey_file = "{folder / "seal.key"}"\naccept = "any"\n'
            f"status_port = {status}\n"
            f'[mqtt]\nhost = "127.0.0.1"\nport = {world.port}\n'
            f'[fhir]\nbase_url = "{world.base_url}"\ntimeout_s = 10.0\n',
            encoding="ascii",
        )
        bridge = ["-m", "agent.cli.main", "bridge", "--config", str(settings)]
        stack.enter_context(_program(bridge))
        _wait_for(f"{world.base_url}/metadata")
        _wait_for(f"http://127.0.0.1:{status}/health")  # 503 until the broker has it
        yield world


@contextlib.contextmanager
def _real() -> Iterator[_World]:
    with tempfile.TemporaryDirectory() as name, DemoServer(Path(name)) as server:
        put(server.base_url, {"resourceType": "Patient", "id": "demo"})
        yield _World(Path(name), server.base_url)


@contextlib.contextmanager
def _program(words: list[str]) -> Iterator[None]:
    program = subprocess.Popen([sys.executable, "-P", *words])  # noqa: S603 - our own programs
    try:
        yield
    finally:
        program.terminate()
        program.wait(_START_LIMIT_S)


def _wait_for(url: str) -> None:
    limit = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < limit:
        try:
            ask(url)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise HubError(
        "The stand-in server, or the bridge, did not start.",
        fix="Run the measurement again; report it if it happens twice.",
        code="BENCH-02",
    )


def _drained(world: _World, way: str, batch: int, readings: int) -> dict[str, Any]:
    """Fill a store, send all of it, and say how fast."""
    outbox, link = world.outbox(), world.link(way)
    disk = _written()
    source = made_up(readings)
    while some := list(islice(source, _AT_ONCE)):
        for future in [outbox.put(one) for one in some]:
            future.result(_DRAIN_LIMIT_S)
    stored = _written() - disk
    cpu_s, began_s = time.process_time(), time.monotonic()
    try:
        asyncio.run(_sent(outbox, link, batch))
        seconds = time.monotonic() - began_s
    finally:
        link.close()
        outbox.close()
    return {
        "readings": readings,
        "seconds": round(seconds, 2),
        "per_s": round(readings / seconds, 1),
        "agent_cpu_percent": round(100 * (time.process_time() - cpu_s) / seconds),
        "disk_octets_per_reading_stored": round(stored / readings),
        "disk_octets_per_reading_in_all": round((_written() - disk) / readings),
    }


async def _sent(outbox: Outbox, link: Way, batch: int) -> None:
    """Send everything that waits."""
    uploader = _uploader(outbox, link, batch)
    service = asyncio.create_task(uploader.run())
    async with asyncio.timeout(_DRAIN_LIMIT_S):
        await asyncio.to_thread(_until_empty, outbox)
    service.cancel()
    await asyncio.gather(service, return_exceptions=True)
    uploader.close()


def _until_empty(outbox: Outbox) -> None:
    while outbox.pending(1):
        time.sleep(0.01)


def _uploader(outbox: Outbox, link: Way, batch: int) -> Uploader:
    clock = HubClock()
    return Uploader(
        engine=Engine(
            policy=Policy(batch=batch, max_puts=max(50, 3 * batch)),
            hub=HubFacts(id=HUB, software="0"),
            zone=UTC,
        ),
        outbox=outbox,
        link=link,
        status=Status(),
        batch=batch,
        order=Order(zone=UTC),
        budget=Budget(0, now_s=clock.wall_s),
        now=clock,
    )


def _outage(world: _World) -> dict[str, Any]:
    """Take the broker away while readings come; time from its return to an empty store."""
    return asyncio.run(_gone_and_back(world))


async def _gone_and_back(world: _World) -> dict[str, Any]:
    outbox = world.outbox()
    bell = Bell(asyncio.get_running_loop())
    link = MqttLink(world.mqtt, Address(tenant="default", hub=HUB), opened=bell.reachable)
    uploader = bell.uploader = _uploader(outbox, link, 20)
    service = asyncio.create_task(uploader.run())
    readings = list(made_up(200))
    async with asyncio.timeout(_DRAIN_LIMIT_S):
        for one in readings[:100]:
            await asyncio.wrap_future(outbox.put(one))
        uploader.nudge()
        await asyncio.to_thread(_until_empty, outbox)
        world.no_broker()
        for one in readings[100:]:
            await asyncio.wrap_future(outbox.put(one))
            uploader.nudge()
            await asyncio.sleep(_OUTAGE_S / 100)
        await asyncio.to_thread(world.broker)
        began_s = time.monotonic()
        await asyncio.to_thread(_until_empty, outbox)
        seconds = time.monotonic() - began_s
    service.cancel()
    await asyncio.gather(service, return_exceptions=True)
    link.close()
    outbox.close()
    return {"away_s": _OUTAGE_S, "readings": 100, "seconds": round(seconds, 2)}


def _written() -> int:
    """Return the octets this process had written to a disk so far (proc_pid_io(5))."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))
