"""`hearth bridge`: made of its parts, run until told to stop, watched over HTTP on loopback."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from agent.bridge_pages import Visits, pages_of
from agent.fleet.plugs import plugs
from agent.notify import notify, watchdog_interval_s
from config.bridge import BridgeConfig
from sync import hpke, scopes
from sync.bridge.desk import Counts, Desk
from sync.bridge.gate import ANY
from sync.bridge.register import Known, Register, Server
from sync.exchange import Answer, Request
from sync.links.https import HttpsLink
from sync.links.mqtt_bridge import MqttBridge
from vitals.errors import HubError

if TYPE_CHECKING:
    from agent.web.plug import Plug
    from agent.web.visits import VisitServer

log = logging.getLogger(__name__)

_EVERYBODY = frozenset({ANY})
_NOBODY: frozenset[str] = frozenset()
_OWNER_ONLY = 0o600
_TICK_S = 5.0
_ASK_LIMIT_S = 10.0


def make_key(path: Path) -> str:
    """Make the bridge's private key, readable by its owner alone; return the public one in hex.

    Raises
    ------
    HubError
        BRIDGE-02 when the file is there already: hubs seal to that key.
    """
    reader = hpke.Reader()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError:
        raise HubError(
            f"There is a key in {path} already, and hubs seal their readings to it.",
            fix="Keep it. `hearth bridge key --show` prints its public half.",
            code="BRIDGE-02",
        ) from None
    except OSError as error:
        raise _no_key(path, error.strerror or type(error).__name__) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(reader.private().hex() + "\n")
    return reader.public.hex()


def read_key(path: Path) -> hpke.Reader:
    """Read the bridge's private key; raises HubError BRIDGE-03 when it cannot be.

    Further lines are older keys, by which what was sealed to them still opens.
    """
    try:
        keys = [bytes.fromhex(line) for line in path.read_text(encoding="ascii").split()]
        return hpke.Reader(keys[0] if keys else b"", before=keys[1:])
    except OSError as error:
        raise _no_key(path, error.strerror or type(error).__name__) from error
    except ValueError as error:
        raise _no_key(path, "it is no key") from error


def _no_key(path: Path, why: str) -> HubError:
    return HubError(
        f"The bridge's key {path} cannot be used: {why}.",
        fix="Make one with `hearth bridge key`, or name it under bridge.key_file.",
        code="BRIDGE-03",
    )


class _Watched:
    """The way to the FHIR server, which notes when it last answered."""

    def __init__(self, link: HttpsLink) -> None:
        self._link = link
        self.answered = False

    def exchange(self, request: Request) -> Answer:
        answer = self._link.exchange(request)
        self.answered = answer.status is not None
        return answer

    def close(self) -> None:
        self._link.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A bridge at work."""

    broker: MqttBridge
    servers: list[_Watched]
    counts: Counts
    port: int
    pages: VisitServer | None = None

    def health(self) -> Mapping[str, bool]:
        """Tell whether the broker is there, and whether the server answered last time."""
        asked = any(name != "requests" for name in self.counts.all())
        return {
            "broker": self.broker.connected.is_set(),
            "server": not asked or any(server.answered for server in self.servers),
        }


@contextmanager
def assembled(config: BridgeConfig, *, plugs: Sequence[Plug] = ()) -> Iterator[Running]:
    """Make the parts of one bridge; what is begun is answered before they go.

    Raises
    ------
    HubError
        For what cannot be used, WEB-01 for a port that is taken; then nothing is left running.
    """
    with ExitStack() as ends:
        yield _made(config, plugs, ends)


def _made(config: BridgeConfig, plugs: Sequence[Plug], ends: ExitStack) -> Running:
    key, counts = read_key(config.bridge.key_file), Counts()
    register_link = HttpsLink(config.fhir, scope=scopes.BRIDGE)
    ends.callback(register_link.close)
    register = Register(register_link, tenant=config.bridge.tenant, clock=time.monotonic)
    servers = [
        _Watched(HttpsLink(config.fhir, scope=scopes.BRIDGE)) for _ in range(config.bridge.workers)
    ]
    for server in servers:
        ends.callback(server.close)
    desks = [
        Desk(
            key=key,
            server=server,
            known=known_by(config, register, server),
            counts=counts,
            limit_s=config.fhir.timeout_s,
            clock=time.monotonic,
        )
        for server in servers
    ]
    web = _status_server(config.bridge.status_port)
    ends.callback(web.server_close)
    visits = Visits()
    broker = MqttBridge(
        config.mqtt,
        name=config.bridge.name,
        tenant=config.bridge.tenant,
        desks=desks,
        counts=counts,
        visit=visits.heard if config.web.enabled else None,
    )
    ends.callback(broker.close)
    task_link = HttpsLink(config.fhir, scope=scopes.BRIDGE)
    ends.callback(task_link.close)
    if config.web.enabled:
        visits.pages = pages_of(
            config,
            key=key,
            end=broker,
            server=task_link,
            known=known_by(config, register),
            plugs=plugs,
        )
        ends.callback(visits.pages.close)
    running = Running(
        broker=broker,
        servers=servers,
        counts=counts,
        port=web.server_port,
        pages=visits.pages,
    )
    web.running = running  # type: ignore[attr-defined] # what its handlers look at
    watcher = threading.Thread(target=web.serve_forever, name="status", daemon=True)
    watcher.start()
    ends.callback(web.shutdown)
    return running


def _status_server(port: int) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), _Status)
    except OSError as error:
        raise HubError(
            f"The bridge cannot tell how it is on port {port} ({error.strerror}).",
            fix="Choose another bridge.status_port, or stop what listens there.",
            code="WEB-01",
        ) from None


def known_by(
    config: BridgeConfig, register: Register, server: Server | None = None
) -> Callable[[str], Known]:
    """Return whose readings a hub may bring: by the register, and by what the settings list.

    A hub that the register calls revoked brings nothing, whatever the settings say.
    """
    listed = {hub.id: frozenset(hub.patients) for hub in config.hub}
    others = _EVERYBODY if config.bridge.accept == "any" else _NOBODY

    def known(hub: str) -> Known:
        found = register.hub(hub, server)
        if found.revoked or not found.sure:
            return found
        given = listed.get(hub, _NOBODY if found.entry is not None else others)
        return Known(patients=found.patients | given, entry=found.entry)

    return known


def run(config: BridgeConfig) -> None:
    """Run one bridge until SIGTERM or SIGINT."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with plugs(config) as doors, assembled(config, plugs=doors) as running:
        notify("READY=1\nSTATUS=Answering hubs")
        log.info("ready port=%d", running.port)
        interval_s = watchdog_interval_s()
        while not told.wait(min(_TICK_S, (interval_s or _TICK_S) / 2)):
            if interval_s is not None:
                notify("WATCHDOG=1")
        notify("STOPPING=1")


class _Status(BaseHTTPRequestHandler):
    """Answers /health and /metrics; nothing in either is about a patient or a hub."""

    timeout = _ASK_LIMIT_S

    def do_GET(self) -> None:
        """Answer one question."""
        running: Running = self.server.running  # type: ignore[attr-defined] # set in `assembled`
        if self.path == "/health":
            health = running.health()
            status = 200 if all(health.values()) else 503
            self._say(status, "application/json", json.dumps(health))
        elif self.path == "/metrics":
            self._say(200, "text/plain; version=0.0.4", _metrics(running))
        else:
            self._say(404, "text/plain", "Ask for /health or /metrics.\n")

    def _say(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep silent: who asks for the health is nobody's business."""


def _metrics(running: Running) -> str:
    health = running.health()
    lines = [f"hearth_bridge_{name}_up {int(up)}" for name, up in health.items()]
    lines += [
        f'hearth_bridge_requests_total{{outcome="{name}"}} {count}'
        for name, count in sorted(running.counts.all().items())
        if name != "requests"
    ]
    return "\n".join(lines) + "\n"
