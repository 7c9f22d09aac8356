"""The bridge's part in video visits, joined: the relay on the web server's loop, and its Tasks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from agent.visit.letters import TaskFor
from agent.visit.lines import BridgeEnd
from agent.visit.relay import Ends, Relay
from agent.visit.tasks import Server, Tasks
from agent.web.line import PATH, Line
from agent.web.pages import pages
from agent.web.plug import Plug
from agent.web.server import Served, Tls, WebServer
from config.bridge import Bridge, Web
from sync import hpke
from sync.envelope import Address


class VisitServer:
    """The web server with the clinician's page, and what carries the signalling of its visits.

    Parameters
    ----------
    end : BridgeEnd
        The line to the hubs.
    server : Server
        The way to the FHIR server; used for nothing but Tasks.
    may : callable
        Tells whether a hub was given to a patient.
    serves : callable
        Tells whether a hub may be visited: not one that was taken back.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        web: Web,
        bridge: Bridge,
        *,
        key: hpke.Reader,
        end: BridgeEnd,
        server: Server,
        may: Callable[[str, str], bool],
        now: Callable[[], datetime],
        plugs: Sequence[Plug] = (),
        serves: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Listen; raises HubError as `WebServer` does."""
        tls = None
        if web.cert_file is not None and web.key_file is not None:
            tls = Tls(
                cert_file=web.cert_file,
                key_file=web.key_file,
                client_ca_file=web.client_ca_file,
            )
        self._tasks = Tasks(server, may, now)
        self._relay = Relay(
            name=bridge.name,
            tenant=bridge.tenant,
            key=key,
            signers=tuple(bytes.fromhex(one) for one in web.signers),
            ends=Ends(hub=end, put_task=self._put_task),
            now=now,
            clock=time.monotonic,
        )
        served = Served(files=pages(), plugs=plugs, lines={PATH: Line(self._relay, serves)})
        self._web = WebServer(web.host, web.port, served, tls)
        scheme = "http" if tls is None else "https"
        self.origin = web.origin or f"{scheme}://{web.host}:{self._web.port}"

    def heard(self, address: Address, octets: bytes) -> None:
        """Take a letter of a hub's. Any thread."""
        if not self._web.loop.is_closed():
            self._web.loop.call_soon_threadsafe(self._relay.heard, address, octets)

    def close(self) -> None:
        """Hang up on every page and stop listening."""
        self._web.close()
        self._tasks.close()

    def _put_task(self, address: Address, task: TaskFor, done: Callable[[bool], None]) -> None:
        def on_loop(stored: bool) -> None:  # noqa: FBT001 - a callback's one argument
            if not self._web.loop.is_closed():
                self._web.loop.call_soon_threadsafe(done, stored)

        self._tasks.put(address, task, on_loop)
