"""Engine, MQTT, mosquitto, bridge and a real FHIR server: each reading there once.

What is on the server is counted by asking the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from agent.demo.server import DemoServer, put
from config.schema import Fhir
from drivers.frame import Frame
from drivers.readings import blood_pressure_reading
from drivers.virtual import frames
from sync.envelope import Address
from sync.exchange import Answer, Purpose, Request
from sync.links.failover import FailoverLink
from sync.links.https import HttpsLink
from sync.links.mqtt import MqttLink
from sync.record import Measured, measured
from tests.fakes.bridged import KEY, bridge
from tests.fakes.broker import Broker
from tests.fakes.sink import NOON
from tests.fakes.upload import Upload, copies
from vitals.reading import MeterIdentity

HUB = Address(tenant="t", hub="hub-1")
START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
CUFF = MeterIdentity(address="C1:00:00:00:00:01", driver="standard-blood-pressure")


def pressures(patient: str, count: int) -> list[Measured]:
    records = []
    for number in range(count):
        data = frames.blood_pressure(110 + number % 60, 70, 60, START + timedelta(hours=number))
        frame = Frame(uuid="2a35", data=data, received=NOON, meter=CUFF)
        records.append(measured(blood_pressure_reading(frame), patient))
    return records


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def link(broker: Broker) -> Iterator[MqttLink]:
    made = MqttLink(broker.settings("hub-1", KEY.public), HUB)
    yield made
    made.close()


def patient_of(server: DemoServer, name: str) -> str:
    put(server.base_url, {"resourceType": "Patient", "id": name})
    return f"Patient/{name}"


def test_every_reading_reaches_the_server_once_over_the_broker(
    sekmet: DemoServer, broker: Broker, link: MqttLink
) -> None:
    patient = patient_of(sekmet, "mqtt-1")
    records = pressures(patient, 45)
    server = HttpsLink(Fhir(base_url=sekmet.base_url, timeout_s=10))
    with bridge(broker, server, patients={"hub-1": frozenset({patient})}) as counts:
        upload = Upload("", records, link=link)
        upload.run()
    assert upload.acknowledged == list(range(1, 46))
    assert [len(copies(sekmet.base_url, one)) for one in records] == [1] * len(records)
    assert counts.all()["answered_2xx"] >= 4


def test_a_reading_of_a_person_the_hub_was_not_given_to_stays_on_the_hub(
    sekmet: DemoServer, broker: Broker, link: MqttLink
) -> None:
    patient = patient_of(sekmet, "mqtt-2")
    records = pressures(patient, 3)
    server = HttpsLink(Fhir(base_url=sekmet.base_url, timeout_s=10))
    with bridge(broker, server, patients={"hub-1": frozenset({"Patient/other"})}):
        upload = Upload("", records, link=link)
        for _ in range(6):
            upload.step()
    assert (upload.acknowledged, upload.parked) == ([], {})
    assert [copies(sekmet.base_url, one) for one in records] == [[]] * 3
    assert upload.raised


class StoresAndKeepsSilent:
    """A bridge's way to a server that does what it is asked, and whose answers get lost."""

    def __init__(self, way: HttpsLink) -> None:
        self._way = way
        self.stored = 0

    def exchange(self, request: Request) -> Answer:
        answer = self._way.exchange(request)
        if request.method == "GET":
            return answer
        self.stored += 1
        return Answer(status=None)


def test_changing_the_way_in_the_middle_of_a_batch_stores_nothing_twice(
    sekmet: DemoServer, broker: Broker, link: MqttLink
) -> None:
    patient = patient_of(sekmet, "mqtt-3")
    records = pressures(patient, 25)
    silent = StoresAndKeepsSilent(HttpsLink(Fhir(base_url=sekmet.base_url, timeout_s=10)))
    https = HttpsLink(Fhir(base_url=sekmet.base_url, timeout_s=20))
    with bridge(broker, silent):
        upload = Upload("", records, link=FailoverLink([("mqtt", link), ("https", https)]))
        upload.run()
    assert silent.stored == 1
    assert sorted(upload.acknowledged) == list(range(1, 26))
    assert [len(copies(sekmet.base_url, one)) for one in records] == [1] * len(records)


def test_the_hub_asks_the_very_same_again_when_nobody_answered(
    sekmet: DemoServer, broker: Broker, link: MqttLink
) -> None:
    patient = patient_of(sekmet, "mqtt-4")
    silent = StoresAndKeepsSilent(HttpsLink(Fhir(base_url=sekmet.base_url, timeout_s=10)))
    with bridge(broker, silent):
        upload = Upload("", pressures(patient, 2), link=link)
        for _ in range(6):
            upload.step()
    asked = [one for one in upload.requests if one.purpose is Purpose.TRANSACTION]
    assert len(asked) >= 2
    assert len({one.body for one in asked}) == 1
    assert upload.acknowledged == []
