"""MQTT 5 to the care team's bridge: requests and answers, sealed, over one broker connection.

Order and single storing come from the engine, not from the broker: a request is sent once
(QoS 0), expires with its time limit, and is asked again under a new number only after that. A
PUBACK would mean no more than that a broker had it: mosquitto 2.0 killed after 2,000 of them
delivered none.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from config.schema import Mqtt
from sync import envelope, hpke
from sync.envelope import Address
from sync.exchange import Answer, Fault, Request
from sync.links.mqtt_client import (
    CONTENT_TYPE,
    OFFLINE,
    ONLINE,
    QOS_AT_LEAST_ONCE,
    QOS_AT_MOST_ONCE,
    client,
    letter,
    start,
)
from vitals.errors import HubError

log = logging.getLogger(__name__)

_CONNECT_WAIT_S = 3.0


@dataclass(slots=True)
class _Awaited:
    """The one request that is under way."""

    number: int
    reader: hpke.Reader
    done: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None


class MqttLink:
    """Makes one request at a time. Never raises for the network: not knowing is an answer.

    Parameters
    ----------
    settings : Mqtt
        Broker, certificates and the bridge's public key.
    address : Address
        Tenant and hub: what topics and seals are made of.
    nudged : callable
        Called from the network's thread when the care team has something for this hub.
    opened : callable
        Called from the same thread whenever the way is open (again).
    visit : callable
        Called from the same thread with each sealed letter about a video visit.
    """

    def __init__(  # noqa: PLR0913 - whom it tells of what
        self,
        settings: Mqtt,
        address: Address,
        *,
        nudged: Callable[[], object] = lambda: None,
        opened: Callable[[], object] = lambda: None,
        visit: Callable[[bytes], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set up and begin to connect, which goes on in a thread of its own.

        Raises
        ------
        HubError
            NET-02 for certificate files that cannot be used, NET-03 for an unsafe broker.
        """
        self._settings, self._address = settings, address
        self._bridge = bytes.fromhex(settings.bridge_key)
        self._nudged, self._opened, self._clock = nudged, opened, clock
        self._visit = visit
        self._number = 0
        self._awaited: _Awaited | None = None
        self._one = threading.Lock()
        self._ready = threading.Event()
        self._client = client(f"hearth-{address.tenant}-{address.hub}", settings)
        self._client.will_set(address.topic("state"), OFFLINE, qos=QOS_AT_LEAST_ONCE, retain=True)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._heard
        start(self._client, settings)

    def ready(self, limit_s: float) -> bool:
        """Wait until requests can be sent; tell whether they can."""
        return self._ready.wait(limit_s)

    def exchange(self, request: Request) -> Answer:
        """Ask the bridge to make a request; return what the server said, or that nobody knows."""
        with self._one:
            if not self.ready(_CONNECT_WAIT_S):
                log.info("request not sent purpose=%s", request.purpose)
                return Answer(status=None, fault=Fault.NOT_SENT)
            self._number += 1
            awaited = self._awaited = _Awaited(number=self._number, reader=hpke.Reader())
            try:
                self._publish(request, awaited)
                awaited.done.wait(self._settings.timeout_s)
            finally:
                self._awaited = None
        return awaited.answer or Answer(status=None)

    def _publish(self, request: Request, awaited: _Awaited) -> None:
        octets = envelope.seal_request(
            request,
            number=awaited.number,
            bridge=self._bridge,
            reply_to=awaited.reader.public,
            address=self._address,
        )
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = self._address.topic("answer")
        properties.CorrelationData = awaited.number.to_bytes(8, "big")
        properties.ContentType = CONTENT_TYPE
        properties.MessageExpiryInterval = max(1, int(self._settings.timeout_s))
        self._client.publish(
            self._address.topic("request"), octets, qos=QOS_AT_MOST_ONCE, properties=properties
        )

    def post(self, bridge: str, octets: bytes) -> None:
        """Send a sealed letter about a visit to one copy of the bridge, if there is a connection.

        Any thread. Without a connection it is let fall: signalling is of its minute.
        """
        if self._client.is_connected():
            letter(self._client, self._address.topic(f"visit/{bridge}"), octets)

    def close(self) -> None:
        """Say good-bye and leave."""
        if self._client.is_connected():
            said = self._client.publish(
                self._address.topic("state"), OFFLINE, qos=QOS_AT_LEAST_ONCE, retain=True
            )
            said.wait_for_publish(timeout=1.0)
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(
        self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        if reason.is_failure:
            log.warning("broker refuses reason=%s", reason)
            return
        client.subscribe(
            [
                (self._address.topic("answer"), SubscribeOptions(qos=QOS_AT_MOST_ONCE)),
                (self._address.topic("nudge"), SubscribeOptions(qos=QOS_AT_LEAST_ONCE)),
                (self._address.topic("visit"), SubscribeOptions(qos=QOS_AT_LEAST_ONCE)),
            ]
        )

    def _subscribed(self, client: mqtt.Client, *_: object) -> None:
        # Only now can an answer arrive.
        self._ready.set()
        client.publish(self._address.topic("state"), ONLINE, qos=QOS_AT_LEAST_ONCE, retain=True)
        self._opened()
        self._nudged()

    def _disconnected(self, *_: object) -> None:
        self._ready.clear()
        if (awaited := self._awaited) is not None:
            awaited.done.set()  # its answer went with the connection; asking again is harmless

    def _heard(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == self._address.topic("nudge"):
            self._nudged()
            return
        if message.topic == self._address.topic("visit"):
            self._visit(bytes(message.payload))
            return
        awaited = self._awaited
        if awaited is None:
            return  # late: the engine has asked again
        try:
            awaited.answer = envelope.open_answer(
                bytes(message.payload),
                number=awaited.number,
                reader=awaited.reader,
                address=self._address,
            )
        except HubError as error:
            log.info("answer not taken code=%s", error.code)
            return
        awaited.done.set()
