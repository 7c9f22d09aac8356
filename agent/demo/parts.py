"""The parts of a clinic to try out one by one on this machine, each a real one, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from agent import bridge, hub
from agent.applied import with_applied
from agent.demo.broker import no_broker, started
from agent.demo.meters import Household
from agent.demo.server import DemoServer, put
from agent.fleet.plugs import plugs
from config.bridge import load_bridge
from config.schema import Radio

PATIENT = "demo-patient"
_STOP_LIMIT_S = 10.0
_START_LIMIT_S = 60.0
_LOOK_S, _LOOKS = 0.2, 300
_FIRST = asyncio.FIRST_COMPLETED
_SBIN = "/usr/sbin/mosquitto"  # Debian puts it where only root's PATH looks


def serve(folder: Path, port: int) -> None:
    """Run a FHIR server with one patient, keeping its data in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with DemoServer(folder.resolve(), port=port) as server:
        put(server.base_url, {"resourceType": "Patient", "id": PATIENT, "active": True})
        _say(f"FHIR server: {server.base_url}   patient: Patient/{PATIENT}   Ctrl-C ends it.")
        _wait()


def clinic(folder: Path) -> None:
    """Run the clinic's broker and bridge with the very kits that `hearth fleet init` made.

    Raises
    ------
    HubError
        DEMO-04 when mosquitto is not installed or does not start; as `hearth bridge` does.
    """
    config = load_bridge(folder / "bridge" / "bridge.toml")
    with (
        _mosquitto(folder / "broker", config.mqtt.port),
        plugs(config) as doors,
        bridge.assembled(config, plugs=doors) as running,
    ):
        if not running.broker.connected.wait(_START_LIMIT_S):
            raise no_broker("the bridge does not reach it")
        _say("Broker and bridge of the clinic are up. Ctrl-C ends them.")
        _wait()


def home(settings: Path, *, seconds: float) -> None:
    """Run a hub with its own settings, with two virtual meters on a virtual radio near it."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    config = replace(with_applied(settings), radio=Radio(accept="any"))

    async def live() -> str:
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, told.set)
        async with Household() as house, hub.assembled(config, backend=house.backend) as parts:
            service = asyncio.create_task(hub.serve(parts), name="hub")
            stop = asyncio.create_task(told.wait())
            await asyncio.wait({service, stop}, timeout=seconds or None, return_when=_FIRST)
            stop.cancel()
            await house.stop_measuring()
            for _ in range(_LOOKS):
                counts, seen = parts.outbox.counts(), parts.status.snapshot()
                # A reading waits no more a moment before it is counted as acknowledged.
                if not counts.pending and seen.acknowledged + counts.parked >= seen.stored:
                    break
                await asyncio.sleep(_LOOK_S)
            seen = parts.status.snapshot()
            service.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await service
            return f"{seen.stored} readings taken, {seen.acknowledged} on the clinic's server."

    _say(asyncio.run(live()))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _wait() -> None:
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    told.wait()


@contextmanager
def _mosquitto(folder: Path, port: int) -> Iterator[None]:
    settings = folder / "mosquitto.conf"
    if os.geteuid() == 0:  # it would become a user who may not read these files
        own = folder / "mosquitto-root.conf"
        own.write_text(settings.read_text(encoding="utf-8") + "user root\n", encoding="utf-8")
        settings = own
    with started(settings, port):
        yield
