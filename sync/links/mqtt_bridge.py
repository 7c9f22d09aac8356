"""A bridge's place at the broker: takes hubs' requests from a shared subscription, in order."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
import zlib
from collections.abc import Callable

import paho.mqtt.client as mqtt
from paho.mqtt.reasoncodes import ReasonCode

from config.schema import Mqtt
from sync.bridge.desk import Counts, Desk, Letter, addressed, visit_of
from sync.envelope import TOPIC_VERSION, Address
from sync.links.mqtt_client import (
    QOS_AT_LEAST_ONCE,
    QOS_AT_MOST_ONCE,
    client,
    letter,
    start,
)

log = logging.getLogger(__name__)

QUEUE = 256
"""How many requests wait for one worker. One more is let fall, and its hub asks again."""

_GROUP = "$share/bridge"
_DEFAULT_EXPIRY_S = 15
_STOP_LIMIT_S = 30.0


class MqttBridge:
    """Runs desks at the broker. One hub's requests go through one desk, one after another.

    Parameters
    ----------
    settings : Mqtt
        The broker and this bridge's certificate.
    name : str
        Tells this bridge from its sisters.
    tenant : str
        Whose hubs it serves.
    desks : list of Desk
        The workers, each with its own connection to the server.
    visit : callable, optional
        Called from the network's thread with each sealed letter about a video visit that is for
        this very copy; without it none is asked for.
    """

    def __init__(  # noqa: PLR0913 - what a bridge is made of
        self,
        settings: Mqtt,
        *,
        name: str,
        tenant: str,
        desks: list[Desk],
        counts: Counts,
        clock: Callable[[], float] = time.monotonic,
        visit: Callable[[Address, bytes], object] | None = None,
    ) -> None:
        """Set up and begin to connect."""
        self._visit = visit
        self._visits = f"{TOPIC_VERSION}/{tenant}/+/visit/{name}"
        self._topic = f"{_GROUP}/{TOPIC_VERSION}/{tenant}/+/request"
        self._counts, self._clock = counts, clock
        self._queues: list[queue.Queue[Letter | None]] = [queue.Queue(QUEUE) for _ in desks]
        self._workers = [
            threading.Thread(target=self._work, args=(desk, waiting), name=f"desk-{number}")
            for number, (desk, waiting) in enumerate(zip(desks, self._queues, strict=True))
        ]
        self.connected = threading.Event()
        self._client = client(f"hearth-bridge-{name}", settings)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self.connected.set()
        self._client.on_disconnect = lambda *_: self.connected.clear()
        self._client.on_message = self._heard
        for worker in self._workers:
            worker.start()
        start(self._client, settings)

    def post(self, address: Address, octets: bytes) -> None:
        """Send a sealed letter about a visit to a hub, if there is a connection. Any thread."""
        if self._client.is_connected():
            letter(self._client, address.topic("visit"), octets)

    def nudge(self, address: Address) -> None:
        """Have a hub look at the server at once. Any thread."""
        self._client.publish(address.topic("nudge"), b"{}", qos=QOS_AT_LEAST_ONCE)

    def close(self) -> None:
        """Take nothing more, answer what is begun, leave."""
        self._client.unsubscribe(self._topic)
        for waiting in self._queues:
            with contextlib.suppress(queue.Full):  # a worker that stands still is left behind
                waiting.put(None, timeout=_STOP_LIMIT_S)
        for worker in self._workers:
            worker.join(_STOP_LIMIT_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        if reason.is_failure:
            log.warning("broker refuses reason=%s", reason)
        else:
            client.subscribe(self._topic, qos=QOS_AT_MOST_ONCE)
            if self._visit is not None:
                client.subscribe(self._visits, qos=QOS_AT_LEAST_ONCE)

    def _heard(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if self._visit is not None and (hub := visit_of(message.topic)) is not None:
            self._visit(hub, bytes(message.payload))
            return
        address = addressed(message.topic)
        if address is None:
            return
        expiry_s = getattr(message.properties, "MessageExpiryInterval", _DEFAULT_EXPIRY_S)
        waits = Letter(
            address=address,
            octets=bytes(message.payload),
            until_s=self._clock() + min(expiry_s, _DEFAULT_EXPIRY_S),
        )
        # Not `hash`, which differs between processes and says nothing in a log.
        place = zlib.crc32(address.hub.encode()) % len(self._queues)
        try:
            self._queues[place].put_nowait(waits)
            self._counts.add("requests")
        except queue.Full:
            self._counts.add("overflowed")

    def _work(self, desk: Desk, waiting: queue.Queue[Letter | None]) -> None:
        while (letter := waiting.get()) is not None:
            octets = desk.answered(letter)
            if octets is not None:
                self._client.publish(letter.address.topic("answer"), octets, qos=QOS_AT_MOST_ONCE)
