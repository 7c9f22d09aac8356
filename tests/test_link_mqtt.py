"""The MQTT link against a real mosquitto and a real bridge: sealed, answered, never by the broker.

Needs mosquitto (Debian's package).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from config.schema import Mqtt
from sync.envelope import Address
from sync.exchange import Answer, Purpose, Request
from sync.links.mqtt import MqttLink
from sync.links.mqtt_client import MOST_WAITING, client, start
from tests.fakes.bridged import KEY, bridge
from tests.fakes.broker import Broker
from vitals.errors import HubError

HUB = Address(tenant="t", hub="hub-1")
CANARY = "CANARY-Jane-Doe"
LOOK_UP = "Observation?identifier=urn:hearth:reading%7C"
METADATA = Request(purpose=Purpose.CAPABILITY, method="GET", path="metadata")


class Echo:
    """A server that says what it was asked."""

    def __init__(self, status: int | None = 200) -> None:
        self.status = status
        self.asked: list[Request] = []

    def exchange(self, request: Request) -> Answer:
        self.asked.append(request)
        body = f"{request.method} {request.path} {CANARY}".encode()
        return Answer(status=self.status, headers={"etag": 'W/"1"', "x-secret": "no"}, body=body)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker"), hubs=("hub-1", "hub-2")) as running:
        yield running


@pytest.fixture
def link(broker: Broker) -> Iterator[MqttLink]:
    made = MqttLink(broker.settings("hub-1", KEY.public), HUB)
    yield made
    made.close()


def test_an_answer_is_the_servers_own(broker: Broker, link: MqttLink) -> None:
    server = Echo()
    with bridge(broker, server):
        answer = link.exchange(METADATA)
    assert (answer.status, answer.body) == (200, f"GET metadata {CANARY}".encode())
    assert answer.headers == {"etag": 'W/"1"'}
    assert [one.path for one in server.asked] == ["metadata"]


def test_one_request_after_another_has_its_own_answer(broker: Broker, link: MqttLink) -> None:
    with bridge(broker, Echo()):
        bodies = [
            link.exchange(
                Request(purpose=Purpose.CHECK, method="GET", path=f"{LOOK_UP}h{number}")
            ).body.decode()
            for number in range(30)
        ]
    assert bodies == [f"GET {LOOK_UP}h{number} {CANARY}" for number in range(30)]


def test_a_server_that_never_said_anything_is_an_unknown_outcome(
    broker: Broker, link: MqttLink
) -> None:
    with bridge(broker, Echo(status=None)):
        assert link.exchange(METADATA).status is None


def test_without_a_bridge_nobody_knows_and_nothing_is_acknowledged(broker: Broker) -> None:
    settings = replace(broker.settings("hub-1", KEY.public), timeout_s=0.5)
    link = MqttLink(settings, HUB)
    try:
        assert link.exchange(METADATA) == Answer(status=None)
    finally:
        link.close()


def test_the_broker_sees_neither_what_is_asked_nor_what_is_answered(
    broker: Broker, link: MqttLink
) -> None:
    seen: list[mqtt.MQTTMessage] = []
    answered = threading.Event()
    listening, spy = threading.Event(), client("spy", broker.settings("bridge"))
    spy.on_connect = lambda one, *_: one.subscribe("hearth/v1/#")
    spy.on_subscribe = lambda *_: listening.set()

    def hear(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        seen.append(message)
        if message.topic.endswith("/answer"):
            answered.set()

    spy.on_message = hear
    start(spy, broker.settings("bridge"))
    assert listening.wait(60)
    with bridge(broker, Echo()):
        request = Request(purpose=Purpose.CHECK, method="GET", path=f"{LOOK_UP}{CANARY}")
        assert link.exchange(request).status == 200
    assert answered.wait(60)  # the spy hears it too, a little later perhaps
    spy.disconnect()
    spy.loop_stop()
    said = {message.topic: message for message in seen}
    assert {"hearth/v1/t/hub-1/request", "hearth/v1/t/hub-1/answer"} <= set(said)
    for message in seen:
        on_air = bytes(message.payload) + message.topic.encode() + str(message.properties).encode()
        assert CANARY.encode() not in on_air
        assert b"Observation" not in on_air
    # Padded: the length tells no kind of reading from another (512 and HPKE's 48 octets).
    assert len(said["hearth/v1/t/hub-1/request"].payload) == 560


def test_a_hub_may_not_write_to_another_hubs_topic(broker: Broker) -> None:
    server = Echo()
    stranger = MqttLink(replace(broker.settings("hub-2", KEY.public), timeout_s=1.0), HUB)
    try:
        with bridge(broker, server):
            assert stranger.exchange(METADATA).status is None
    finally:
        stranger.close()
    assert server.asked == []


def test_what_the_bridge_does_not_let_through_is_refused_with_a_reason(
    broker: Broker, link: MqttLink
) -> None:
    server = Echo()
    with bridge(broker, server) as counts:
        answer = link.exchange(Request(purpose=Purpose.CHECK, method="GET", path="Patient"))
    assert answer.status == 403
    assert b"hubs do not ask" in answer.body
    assert (server.asked, counts.all()["refused"]) == ([], 1)


def test_a_broker_that_goes_away_and_comes_back_costs_no_more_than_an_unknown_outcome(
    tmp_path: Path,
) -> None:
    with Broker(tmp_path) as own:
        link = MqttLink(own.settings("hub-1", KEY.public), HUB)
        with bridge(own, Echo()):
            assert link.exchange(METADATA).status == 200
            own.kill()
            assert link.exchange(METADATA).status is None
            own.start()
            answers = [link.exchange(METADATA).status for _ in range(10)]
        link.close()
    assert 200 in answers
    assert set(answers) <= {200, None}


def test_readings_never_travel_to_an_unverified_broker() -> None:
    with pytest.raises(HubError, match="unverified") as refused:
        MqttLink(Mqtt(host="broker.example", bridge_key=KEY.public.hex()), HUB)
    assert refused.value.code == "NET-03"


def test_what_waits_for_a_broker_that_is_away_has_a_bound() -> None:
    made = client("hub-1", Mqtt(host="127.0.0.1", port=9))
    told = [made.publish("t", b"x", qos=1).rc for _ in range(MOST_WAITING + 1)]

    assert told[-2:] == [mqtt.MQTT_ERR_NO_CONN, mqtt.MQTT_ERR_QUEUE_SIZE]
