"""The way down: kept, understood, confirmed; each once, whatever happens in between."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import publish

from agent import hub
from agent.demo.broker import way
from agent.demo.server import DemoServer, every, put
from config.schema import Config, Fhir, Hub, Mqtt, Patient, Radio
from sync import signing
from sync.envelope import Address
from sync.exchange import Alarm, Answer
from sync.inbox import MOST, Inbox, forms_of
from sync.poll import EVERY_S, Found
from sync.settings import ROTATE_CODE, TASK_CODE, sign
from tests.fakes.down import downlink
from tests.test_poll import task
from tests.test_signed_settings import Memory
from vitals.errors import HubError

LIMIT_S = 180.0
KEY = signing.Key(bytes(range(32)))


def test_the_same_version_is_kept_once_and_a_new_one_replaces_it() -> None:
    inbox = Inbox(Memory())
    assert inbox.take(Found(kind="Task", resources=(task("1"),))) == [task("1")]
    assert inbox.take(Found(kind="Task", resources=(task("1"),))) == []
    newer = task("1", version=2)
    assert inbox.take(Found(kind="Task", resources=(newer,), cursor="c")) == [newer]
    assert list(inbox.all("Task")) == [newer]


def test_what_arrived_outlives_a_restart_with_what_the_server_was_not_told() -> None:
    memory = Memory()
    inbox = Inbox(memory)
    inbox.take(Found(kind="Task", resources=(task("1"), task("2")), cursor="c"))
    inbox.became(task("1"), "done")
    again = Inbox(memory)
    assert again.cursors == {"Task": "c"}
    assert [one["id"] for one in again.all()] == ["1", "2"]
    told = again.unconfirmed()
    assert [(one.reference, one.version, one.words) for one in told] == [("Task/1", "1", "done")]
    again.confirmed(told[0])
    assert Inbox(memory).unconfirmed() == []


def test_an_unreadable_index_means_that_all_is_asked_for_again() -> None:
    memory = Memory()
    Inbox(memory).take(Found(kind="Task", resources=(task("1"),), cursor="c"))
    memory.kept["inbox/index"] = b"\x00garbage"
    assert Inbox(memory).cursors == {}


def test_too_much_is_said_and_what_is_done_with_makes_room() -> None:
    inbox = Inbox(Memory())
    inbox.take(Found(kind="Task", resources=tuple(task(str(n)) for n in range(MOST))))
    with pytest.raises(HubError) as full:
        inbox.take(Found(kind="Task", resources=(task("one-more"),)))
    assert full.value.code == "IN-01"
    inbox.take(Found(kind="Task", resources=(task("3", version=2) | {"status": "completed"},)))
    assert inbox.take(Found(kind="Task", resources=(task("one-more"),))) != []
    assert inbox.one("Task/3") is None


def test_what_was_kept_as_the_power_went_is_acted_on_once_at_the_next_start(
    tmp_path: Path,
) -> None:
    memory, asked = Memory(), list[str]()
    order = task("1") | {"code": {"coding": [{"code": ROTATE_CODE}]}}

    def rotate() -> str:
        asked.append("once")
        return "asked"

    Inbox(memory).take(Found(kind="Task", resources=(order,), cursor="c"))
    for _ in range(2):  # the power went before anybody acted; later the hub is started once more
        down, inbox = downlink(tmp_path, memory)
        down.rotate = rotate
        down.next(0.0)
        assert [one.words for one in inbox.unconfirmed()] == ["asked"]
    assert asked == ["once"]


def test_what_found_room_before_the_rest_did_not_is_acted_on(tmp_path: Path) -> None:
    memory = Memory()
    order = task("order") | {"code": {"coding": [{"code": ROTATE_CODE}]}}
    full = Inbox(memory)
    for one in full.take(
        Found(kind="Task", resources=tuple(task(str(n)) for n in range(MOST - 1)))
    ):
        full.became(one, "")
    down, inbox = downlink(tmp_path, memory)
    down.rotate = lambda: "asked"
    request = down.next(0.0)
    assert request is not None
    entries = [{"resource": order}, {"resource": task("one-more")}]
    bundle = {"resourceType": "Bundle", "entry": entries}
    (alarm,) = down.answer(request, Answer(status=200, body=json.dumps(bundle).encode()), 0.0)
    assert isinstance(alarm, Alarm)
    assert alarm.code == "IN-01"
    assert "asked" in [one.words for one in inbox.unconfirmed()]


def test_a_server_that_gives_other_peoples_orders_is_told_of(tmp_path: Path) -> None:
    down, inbox = downlink(tmp_path, Memory())
    for order, codes in (
        (task("1") | {"for": {"reference": "Patient/2"}}, ["IN-02"]),
        (task("2") | {"for": {"reference": "Patient/1"}}, []),
    ):
        down.nudge()
        request = down.next(0.0)
        assert request is not None
        bundle = {"resourceType": "Bundle", "entry": [{"resource": order}]}
        told = down.answer(request, Answer(status=200, body=json.dumps(bundle).encode()), 0.0)
        assert [one.code for one in told if isinstance(one, Alarm)] == codes
    assert [one["id"] for one in inbox.all()] == ["2"]


def test_open_tasks_tell_which_forms_are_needed() -> None:
    form = {"focus": {"reference": "Questionnaire/daily"}}
    done = task("2") | {"status": "completed"} | {"focus": {"reference": "Questionnaire/old"}}
    assert list(forms_of([task("1") | form, done, task("3")])) == ["daily"]


@contextmanager
def clinic(folder: Path, *, by_mqtt: bool) -> Iterator[tuple[DemoServer, Config]]:
    """Run a server, and where it is wanted a broker and a bridge before it."""
    with DemoServer(folder) as server:
        put(server.base_url, {"resourceType": "Patient", "id": "p"})
        hub_id, mqtt = "hub-d", Mqtt()
        made = Config(
            hub=Hub(id=hub_id, tenant="t", state_dir=folder / "state", signers=(KEY.public.hex(),)),
            patient=Patient(reference="Patient/p"),
            fhir=Fhir(base_url=server.base_url),
            radio=Radio(enabled=False),
            mqtt=mqtt,
        )
        if not by_mqtt:
            yield server, made
            return
        with way(folder, server.base_url, hub_id=hub_id, tenant="t", patient="Patient/p") as found:
            # No way but the broker's: what arrives went through the gate.
            yield (
                server,
                Config(
                    hub=made.hub,
                    patient=made.patient,
                    fhir=Fhir(base_url="http://127.0.0.1:9/fhir"),
                    radio=made.radio,
                    mqtt=found.mqtt,
                ),
            )


def _receipts(base_url: str) -> dict[str, str]:
    return {
        one["basedOn"][0]["reference"]: one["payload"][0]["contentString"]
        for one in every(base_url, "Communication")
        if "basedOn" in one
    }


async def _until_told(config: Config, base_url: str, count: int, kept: int) -> Sequence[object]:
    async with hub.assembled(config) as parts:
        service = asyncio.create_task(hub.serve(parts))
        async with asyncio.timeout(LIMIT_S):
            await asyncio.to_thread(_wait, lambda: len(_receipts(base_url)) >= count)
            await asyncio.to_thread(_wait, lambda: len(list(parts.down.messages())) >= kept)
        messages = list(parts.down.messages())
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)
    return messages


def _wait(happened: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + LIMIT_S
    while time.monotonic() < limit_s and not happened():
        time.sleep(0.1)


@pytest.mark.parametrize("by_mqtt", [False, True])
def test_what_the_care_team_writes_is_on_the_hub_and_they_know_it(
    tmp_path: Path, *, by_mqtt: bool
) -> None:
    about = {"for": {"reference": "Patient/p"}, "intent": "order", "status": "requested"}
    with clinic(tmp_path, by_mqtt=by_mqtt) as (server, config):
        daily = {"resourceType": "Questionnaire", "id": "daily", "status": "active"}
        put(server.base_url, daily | {"item": [{"linkId": "1", "type": "boolean", "text": "?"}]})
        form = {"focus": {"reference": "Questionnaire/daily"}}
        put(server.base_url, {"resourceType": "Task", "id": "t1", **about, **form})
        odd = {"modifierExtension": [{"url": "http://example.org/x", "valueBoolean": True}]}
        put(server.base_url, {"resourceType": "Task", "id": "t2", **about, **odd})
        theirs = about | {"for": {"reference": "Patient/other"}}
        put(server.base_url, {"resourceType": "Patient", "id": "other"})
        put(server.base_url, {"resourceType": "Task", "id": "t3", **theirs})
        messages = asyncio.run(_until_told(config, server.base_url, 2, 3))
        assert _receipts(server.base_url) == {
            "Task/t1": "It is on the hub.",
            "Task/t2": "The hub cannot act on it: "
            "Task.modifierExtension may change what all of this means.",
        }
    kinds = sorted(type(one).__name__ for one in messages)
    assert kinds == ["NotUnderstood", "Questionnaire", "Task"]


async def _called(config: Config, base_url: str, about: dict[str, Any]) -> list[str]:
    """Put a task on the server between two rounds, call the hub by the broker, wait for it."""
    topic = Address(tenant=config.hub.tenant, hub=config.hub.id).topic("nudge")
    async with hub.assembled(config) as parts:
        service = asyncio.create_task(hub.serve(parts))
        async with asyncio.timeout(LIMIT_S):
            await asyncio.to_thread(_wait, lambda: len(_receipts(base_url)) >= 1)
        await asyncio.to_thread(put, base_url, {"resourceType": "Task", "id": "new", **about})
        # Well before the next round, which is a minute after the last.
        limit_s = time.monotonic() + EVERY_S * 3 / 4
        while time.monotonic() < limit_s and "Task/new" not in _receipts(base_url):
            await asyncio.to_thread(
                publish.single,
                topic,
                b"{}",
                qos=1,
                hostname=config.mqtt.host,
                port=config.mqtt.port,
            )
            await asyncio.sleep(0.5)
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)
    return sorted(_receipts(base_url))


def test_a_hub_that_is_called_over_the_broker_looks_at_once(tmp_path: Path) -> None:
    about = {"for": {"reference": "Patient/p"}, "intent": "order", "status": "requested"}
    with clinic(tmp_path, by_mqtt=True) as (server, config):
        put(server.base_url, {"resourceType": "Task", "id": "first", **about})
        known = asyncio.run(_called(config, server.base_url, about))
    assert known == ["Task/first", "Task/new"]


def test_signed_settings_go_down_and_what_became_of_them_comes_up(tmp_path: Path) -> None:
    with clinic(tmp_path, by_mqtt=False) as (server, config):
        text = '[hub]\nid = "hub-d"\ntenant = "other"\n'
        signed = sign(tenant="t", hub="hub-d", version=7, text=text, key=KEY)
        put(
            server.base_url,
            {
                "resourceType": "Task",
                "id": "s1",
                "status": "requested",
                "intent": "order",
                "for": {"reference": "Patient/p"},
                "code": {"coding": [{"code": TASK_CODE}]},
                "input": [{"type": {"text": "settings"}, "valueString": signed}],
            },
        )
        asyncio.run(_until_told(config, server.base_url, 1, 1))
        assert "(CFG-05)" in _receipts(server.base_url)["Task/s1"]
