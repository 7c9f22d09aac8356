"""A bridge in this process, between a real broker and any server."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping

from sync import hpke
from sync.bridge.desk import Counts, Desk, Server
from sync.bridge.gate import ANY
from sync.bridge.register import Known
from sync.links.mqtt_bridge import MqttBridge
from tests.fakes.broker import Broker

KEY = hpke.Reader(bytes(range(32)))
EVERYBODY = frozenset({ANY})


@contextlib.contextmanager
def bridge(
    broker: Broker,
    server: Server,
    *,
    name: str = "one",
    patients: Mapping[str, frozenset[str]] | None = None,
    limit_s: float = 5.0,
) -> Iterator[Counts]:
    """Run a bridge with two desks for as long as the block lasts."""
    counts = Counts()

    def of(hub: str) -> Known:
        given = EVERYBODY if patients is None else patients.get(hub, frozenset())
        return Known(patients=given)

    desk = Desk(
        key=KEY,
        server=server,
        known=of,
        counts=counts,
        limit_s=limit_s,
        clock=time.monotonic,
    )
    running = MqttBridge(
        broker.settings("bridge"), name=name, tenant="t", desks=[desk, desk], counts=counts
    )
    try:
        if not running.connected.wait(60):
            raise AssertionError("the bridge does not reach the broker")
        yield counts
    finally:
        running.close()
