"""The enrolment door as it is plugged into the bridge's web server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agent.clock import HubClock
from agent.fleet.door import door
from agent.web.plug import Asked, Plug, Reply
from config.bridge import BridgeConfig
from sync import est, scopes
from sync.bridge.enrol import SETTINGS, Door
from sync.bridge.register import Register
from sync.links.https import HttpsLink


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plugged:
    """One door below one path."""

    prefix: str
    door: Door

    def answer(self, asked: Asked) -> Reply:
        """Answer one request."""
        told = self.door.answer(
            asked.method, asked.path, asked.headers, asked.body, asked.peer_cert
        )
        return Reply(status=told.status, body=told.body, headers=dict(told.headers or {}))


@contextmanager
def plugs(config: BridgeConfig) -> Iterator[list[Plug]]:
    """Return the door's plugs, none where the settings ask for none; raises as `door` does."""
    link = HttpsLink(config.fhir, scope=scopes.BRIDGE)
    try:
        register = Register(link, tenant=config.bridge.tenant, clock=time.monotonic)
        made = door(config, link, register, lambda: HubClock()().at)
        if made is None:
            yield []
        else:
            yield [_Plugged(prefix=path, door=made) for path in (est.PREFIX, SETTINGS)]
    finally:
        link.close()
