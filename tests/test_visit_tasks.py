"""What a clinician asks for in a visit, on the server: made once, never over what others did."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.demo.server import DemoServer, every, put
from agent.visit.letters import TaskFor
from agent.visit.messages import What
from agent.visit.tasks import MOST, Tasks
from config.schema import Fhir
from sync.envelope import Address
from sync.exchange import Answer, Request
from sync.links.https import HttpsLink

HUB, PATIENT = Address(tenant="t", hub="hub-1"), "Patient/tasks"
WISH = TaskFor(
    what=What.WEIGHT,
    number=1,
    visit="visit-of-tasks",
    patient=PATIENT,
    encounter="Encounter/h1",
    who="Dr Weber",
)
LIMIT_S = 90.0


@pytest.fixture
def tasks(sekmet: DemoServer) -> Iterator[Tasks]:
    put(sekmet.base_url, {"resourceType": "Patient", "id": "tasks"})
    link = HttpsLink(Fhir(base_url=sekmet.base_url))
    made = Tasks(link, lambda _, patient: patient == PATIENT, lambda: datetime.now(UTC))
    yield made
    made.close()
    link.close()


def stored(sekmet: DemoServer) -> list[dict[str, Any]]:
    tasks = every(sekmet.base_url, "Task")
    return [one for one in tasks if one["for"]["reference"] == PATIENT]


def test_a_letter_that_comes_twice_undoes_nothing_that_was_done_with_the_task(
    tasks: Tasks, sekmet: DemoServer
) -> None:
    told: queue.Queue[bool] = queue.Queue()
    tasks.put(HUB, WISH, told.put)
    assert told.get(timeout=LIMIT_S)
    (task,) = stored(sekmet)
    assert task["status"] == "requested"
    put(sekmet.base_url, {**task, "status": "completed"})

    tasks.put(HUB, WISH, told.put)
    assert told.get(timeout=LIMIT_S)
    assert [one["status"] for one in stored(sekmet)] == ["completed"]


class Away:
    """A server that does not answer until it is told to."""

    def __init__(self) -> None:
        self.back = threading.Event()

    def exchange(self, _request: Request) -> Answer:
        self.back.wait(LIMIT_S)
        return Answer(status=None)


def test_while_the_server_is_slow_few_tasks_wait_and_each_is_answered() -> None:
    away, told = Away(), queue.Queue[bool]()
    tasks = Tasks(away, lambda *_: True, lambda: datetime.now(UTC))
    for _ in range(MOST + 3):
        tasks.put(HUB, WISH, told.put)
    assert [told.get(timeout=LIMIT_S) for _ in range(3)] == [False] * 3
    assert told.empty()
    away.back.set()
    assert not any(told.get(timeout=LIMIT_S) for _ in range(MOST))
    tasks.close()
