"""Starts a real MQTT broker (mosquitto) and a bridge on loopback, for a demo that sends by MQTT."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent import bridge
from agent.demo.server import free_port
from config.bridge import Bridge, BridgeConfig, KnownHub, Web
from config.schema import Fhir, Mqtt
from vitals.errors import HubError

if TYPE_CHECKING:
    from agent.web.plug import Plug

_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 10.0
_BRIDGE_LIMIT_S = 60.0
_SBIN = "/usr/sbin/mosquitto"  # Debian puts it where only root's PATH looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What the demo's hub needs to know, and the bridge it goes through."""

    mqtt: Mqtt
    running: bridge.Running

    def answered(self) -> int:
        """Return how many requests went over the broker and came back with a good answer."""
        return self.running.counts.all().get("answered_2xx", 0)


@contextmanager
def way(  # noqa: PLR0913 - whose home it is
    folder: Path,
    base_url: str,
    *,
    hub_id: str,
    tenant: str,
    patient: str,
    web: Web | None = None,
    plugs: Sequence[Plug] = (),
) -> Iterator[Way]:
    """Run a broker and a bridge, with its pages if wanted, for as long as the block lasts.

    Raises
    ------
    HubError
        DEMO-04 when mosquitto is not installed or does not start.
    """
    port = free_port()
    key = folder / "bridge.key"
    public = bridge.make_key(key)
    mqtt = Mqtt(host="127.0.0.1", port=port, bridge_key=public)
    config = BridgeConfig(
        mqtt=mqtt,
        fhir=Fhir(base_url=base_url, timeout_s=10.0),
        bridge=Bridge(tenant=tenant, name="demo", key_file=key, status_port=0, workers=2),
        web=web or Web(),
        hub=(KnownHub(id=hub_id, patients=(patient,)),),
    )
    with mosquitto(folder, port), bridge.assembled(config, plugs=plugs) as running:
        if not running.broker.connected.wait(_BRIDGE_LIMIT_S):
            raise no_broker("the bridge does not reach it")
        yield Way(mqtt=mqtt, running=running)


@contextmanager
def mosquitto(folder: Path, port: int) -> Iterator[None]:
    """Run a broker on loopback for as long as the block lasts; raises HubError as `way` does."""
    settings = folder / "mosquitto.conf"
    # Nobody but this machine reaches it, and what passes is sealed: no certificates for a demo.
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n",
        encoding="ascii",
    )
    with started(settings, port):
        yield


@contextmanager
def started(settings: Path, port: int) -> Iterator[None]:
    """Run mosquitto with settings that are there, its log beside them; raises as `way` does."""
    program = shutil.which("mosquitto") or (_SBIN if Path(_SBIN).exists() else None)
    if program is None:
        raise no_broker("it is not installed")
    with settings.with_name("mosquitto.log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(settings)], stdout=log, stderr=log)  # noqa: S603 - a fixed program
        try:
            _wait_for(port, process)
            yield
        finally:
            process.terminate()
            try:
                process.wait(_STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < limit and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise no_broker("it does not start: its mosquitto.log says why")


def no_broker(why: str) -> HubError:
    """Return the error for a broker that is not to be had."""
    return HubError(
        f"The demo needs the MQTT broker mosquitto, and {why}.",
        fix="Install it (apt-get install mosquitto), and see that nobody else uses its port.",
        code="DEMO-04",
    )
