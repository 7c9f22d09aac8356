"""A visit from its link to its end, between a page, a bridge, a hub and a screen, all real but the
browser and the media: those have their own tests."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent import bridge
from agent.visit import words
from agent.visit.messages import (
    Answer,
    Asked,
    Bye,
    Ended,
    Measure,
    MeasureState,
    Offer,
    Ringing,
    What,
    Why,
)
from config.schema import Mqtt
from tests.fakes.visited import FINGERPRINTS, described, visited
from tests.fakes.visitor import Visitor


async def test_a_page_goes_on_with_another_copy_of_the_bridge_and_the_broker_reads_nothing(
    tmp_path: Path,
) -> None:
    async with visited(tmp_path, by_mqtt=True) as home:
        home.allow()
        assert home.at_clinic is not None
        other = dataclasses.replace(home.at_clinic.bridge, name="two")
        glass, page = await home.glass(), Visitor(home.link())
        with overheard(home.config.mqtt) as seen:
            async with page.opened():
                await page.joined()
                await page.hear(Ringing)
                glass.say(type="visit", id=page.visit, accepted=True)
                call = (await glass.hear("dial"))["call"]
            with bridge.assembled(dataclasses.replace(home.at_clinic, bridge=other)) as two:
                assert two.pages is not None
                assert two.broker.connected.wait(60)
                page.origin = two.pages.origin
                async with page.opened():
                    await page.joined()
                    glass.say(type="offered", call=call, sdp=described("hub"))
                    await page.hear(Offer)
                    await page.say(Answer, call=call, sdp=described("page"))
                    await glass.hear("remote")
                    glass.say(type="calling", call=call, state="connected")
                    glass.say(type="calling", call=call, state="over")
                    assert (await page.hear(Ended)).why is Why.HUNG_UP
        glass.close()
    topics = {topic for topic, _ in seen}
    assert {"hearth/v1/t/hub-1/visit", "hearth/v1/t/hub-1/visit/one"} <= topics
    assert "hearth/v1/t/hub-1/visit/two" in topics
    everything = b"".join(topic.encode() + payload for topic, payload in seen)
    for secret in (b"Patient", b"Weber", b"fingerprint", b"v=0", page.visit.encode()):
        assert secret not in everything


@contextlib.contextmanager
def overheard(settings: Mqtt) -> Iterator[list[tuple[str, bytes]]]:
    """Collect everything that passes the broker."""
    seen: list[tuple[str, bytes]] = []
    ready = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)

    def connected(*_: object) -> None:
        client.subscribe("#")

    client.on_connect = connected
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _, __, one: seen.append((one.topic, bytes(one.payload)))
    client.connect(settings.host, settings.port)
    client.loop_start()
    assert ready.wait(60)
    try:
        yield seen
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize("by_mqtt", [False, True], ids=["direct", "over a broker"])
async def test_a_visit_rings_connects_asks_and_ends(tmp_path: Path, *, by_mqtt: bool) -> None:
    async with visited(tmp_path, by_mqtt=by_mqtt) as home:
        home.allow()
        glass = await home.glass()
        page = Visitor(home.link())
        async with page.opened():
            await page.joined()
            await page.hear(Ringing)
            ring = await glass.hear("ring")
            assert (ring["who"], ring["id"], ring["auto_s"]) == ("Dr Weber", page.visit, 0)
            glass.say(type="visit", id=page.visit, accepted=True)
            dial = await glass.hear("dial")
            glass.say(type="offered", call=dial["call"], sdp=described("hub"))
            offer = await page.hear(Offer)
            assert (offer.call, offer.sdp) == (dial["call"], described("hub"))
            await page.say(Answer, call=offer.call, sdp=described("page"))
            remote = await glass.hear("remote")
            assert remote["sdp"] == described("page")
            assert tuple(remote["words"]) == words.four(
                visit=page.visit, hub=FINGERPRINTS["hub"], page=FINGERPRINTS["page"]
            )
            glass.say(type="calling", call=dial["call"], state="connected")
            encounter = await home.on_server("Encounter", status="in-progress")
            assert encounter["class"]["code"] == "VR"
            assert encounter["subject"] == {"reference": "Patient/p"}
            assert [one["status"] for one in encounter["statusHistory"]] == ["planned", "arrived"]

            await page.say(Measure, what=What.BLOOD_PRESSURE)
            assert (await page.hear(MeasureState)).state is Asked.ASKED
            assert (await glass.hear("wanted"))["doing"] == "blood-pressure"
            task = await home.on_server("Task", status="requested")
            assert task["code"]["coding"][0]["code"] == "85354-9"
            assert task["for"] == {"reference": "Patient/p"}
            assert task["encounter"] == {"reference": f"Encounter/{encounter['id']}"}

            await page.say(Bye)
            assert (await page.hear(Ended)).why is Why.BYE
            assert (await glass.hear("hang-up"))["why"] == "bye"
        over = await home.on_server("Encounter", status="finished")
        assert over["id"] == encounter["id"]
        assert over["period"].keys() == {"start", "end"}
        assert [one["status"] for one in over["statusHistory"]] == [
            "planned",
            "arrived",
            "in-progress",
        ]
        assert len(await asyncio.to_thread(home.all, "Encounter")) == 1
        glass.close()
