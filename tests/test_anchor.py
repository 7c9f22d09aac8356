"""An old copy of the whole store put back is noticed, because the server knows more."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import hub
from agent.demo.server import DemoServer, every, put
from config.schema import Config, Fhir, Hub, Patient, Radio
from sync.anchor import EVERY_S, RETRY_S, Anchor, known_of
from sync.exchange import Alarm, Answer, Effect, Request
from sync.outbox import FILE_NAME
from tests.fakes import records

LIMIT_S = 180.0


def told(newest: int, generation: str = "aa", incidents: int = 0) -> Answer:
    resource = {
        "resourceType": "Device",
        "property": [
            {"type": {"text": "newest row"}, "valueQuantity": [{"value": newest}]},
            {"type": {"text": "store generation"}, "valueCode": [{"text": generation}]},
            {"type": {"text": "incidents"}, "valueQuantity": [{"value": incidents}]},
        ],
    }
    return Answer(status=200, body=json.dumps(resource).encode())


class Asked:
    """An anchor and its questions."""

    def __init__(self) -> None:
        self.newest = 0
        self.anchor = Anchor(hub_id="hub-1", generation="aa", newest=lambda: self.newest)
        self.now_s = 0.0

    def next(self, newest: int) -> Request | None:
        self.newest = newest
        return self.anchor.next(self.now_s)

    def compare(self, newest: int, answer: Answer) -> list[Effect]:
        request = self.next(newest)
        assert request is not None
        assert request.method == "GET"
        return self.anchor.answer(request, answer, self.now_s)


def codes(effects: list[Effect]) -> list[str]:
    return [one.code for one in effects if isinstance(one, Alarm)]


def test_a_store_that_has_all_the_server_knows_is_right() -> None:
    assert Asked().compare(7, told(7)) == []
    assert Asked().compare(9, told(7)) == []


def test_a_store_that_lacks_rows_the_server_knows_of_was_put_back() -> None:
    assert codes(Asked().compare(6, told(7))) == ["STORE-13"]


def test_a_store_of_another_generation_replaces_the_one_the_server_knows() -> None:
    assert codes(Asked().compare(9, told(7, generation="bb"))) == ["STORE-14"]


def test_a_hub_the_server_does_not_know_yet_is_right() -> None:
    asked = Asked()
    assert asked.compare(0, Answer(status=404)) == []
    assert asked.next(0) is not None


def test_the_server_is_told_of_the_newest_row_now_and_then() -> None:
    asked = Asked()
    asked.compare(7, told(7))
    assert asked.next(7) is None
    request = asked.next(8)
    assert request is not None
    left = known_of(json.loads(request.body))
    assert left is not None
    assert (left.generation, left.newest, left.incidents) == ("aa", 8, 0)
    asked.anchor.answer(request, Answer(status=200), asked.now_s)
    assert asked.next(9) is None
    asked.now_s += EVERY_S
    assert asked.next(9) is not None


def test_an_incident_is_counted_where_no_old_copy_can_hide_it() -> None:
    asked = Asked()
    asked.compare(6, told(7, incidents=2))
    request = asked.next(6)
    assert request is not None
    left = known_of(json.loads(request.body))
    assert left is not None
    assert left.incidents == 3


@pytest.mark.parametrize(
    "answer", [Answer(status=None), Answer(status=500), Answer(status=200, body=b"<html>")]
)
def test_no_answer_is_no_verdict(answer: Answer) -> None:
    asked = Asked()
    assert asked.compare(1, answer) == []
    assert asked.next(1) is None
    asked.now_s += RETRY_S
    assert codes(asked.compare(1, told(7))) == ["STORE-13"]


def test_a_server_that_lets_no_hub_choose_ids_is_left_in_peace() -> None:
    asked = Asked()
    asked.compare(7, Answer(status=404))
    request = asked.next(7)
    assert request is not None
    assert asked.anchor.answer(request, Answer(status=405), 0.0) == []
    asked.now_s += 10 * EVERY_S
    assert asked.next(8) is None


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(
                    ["property", "type", "text", "valueCode", "valueQuantity", "value"]
                ),
                x,
            )
        ),
    )
)
def test_what_is_no_memory_of_a_store_is_none(found: object) -> None:
    assert known_of(found if isinstance(found, dict) else {"property": found}) is None


async def _lived(folder: Path, base_url: str, *numbers: int) -> frozenset[str]:
    """Run a hub until it has sent these readings and told the server of its store."""
    config = Config(
        hub=Hub(id="hub-a", state_dir=folder),
        patient=Patient(reference="Patient/anchored"),
        fhir=Fhir(base_url=base_url),
        radio=Radio(enabled=False),
    )
    async with hub.assembled(config) as parts:
        for number in numbers:
            record = records.blood_pressure(number)
            await asyncio.wrap_future(parts.outbox.put(record))
        service = asyncio.create_task(hub.serve(parts))
        newest = parts.outbox.last()
        async with asyncio.timeout(LIMIT_S):
            await asyncio.to_thread(_until_known, base_url, newest)
        found = frozenset(parts.status.snapshot().alarms)
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)
    return found


def _until_known(base_url: str, newest: int) -> None:
    limit_s = time.monotonic() + LIMIT_S
    while time.monotonic() < limit_s:
        time.sleep(0.1)
        known = [known_of(one) for one in every(base_url, "Device")]
        if any(one is not None and one.newest == newest for one in known):
            return


def test_an_old_copy_of_the_file_is_noticed_at_the_next_start(tmp_path: Path) -> None:
    state, copy = tmp_path / "state", tmp_path / "copy"
    with DemoServer(tmp_path) as server:
        patient = records.PATIENT.rpartition("/")[2]
        put(server.base_url, {"resourceType": "Patient", "id": patient})
        assert asyncio.run(_lived(state, server.base_url, 1, 2)) == frozenset()
        shutil.copytree(state, copy)
        assert asyncio.run(_lived(state, server.base_url, 3, 4, 5)) == frozenset()
        shutil.rmtree(state)
        shutil.copytree(copy, state)
        assert "STORE-13" in asyncio.run(_lived(state, server.base_url, 6))
        (state / FILE_NAME).unlink()
        assert "STORE-14" in asyncio.run(_lived(state, server.base_url, 7))
