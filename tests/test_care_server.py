"""A limit on a real FHIR server, a reading over it at home: Flag and Communication, each once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.clock import HubClock
from agent.demo.server import DemoServer, every, free_port, put
from agent.offline import store_of
from agent.rekey import HubKeys
from config.load import load
from sync.record import Measured
from tests.fakes.goals import goal, most
from tests.fakes.readings_now import pressure

LIMIT_S = 180.0  # a request that a busy server left unanswered is tried again after a minute
Json = dict[str, Any]


def settings(folder: Path, base_url: str, patient: str) -> Path:
    file = folder / "hearth.toml"
    file.write_text(
        f'[hub]\nid = "hub-{patient}"\nstate_dir = "{folder / "state"}"\n'
        f'[patient]\nreference = "Patient/{patient}"\n'
        f'[fhir]\nbase_url = "{base_url}"\ntimeout_s = 10\n[radio]\nenabled = false\n'
    )
    return file


def store(file: Path, *records: Measured) -> None:
    """Put readings into a hub's store while it is off."""
    config = load(file)
    with store_of(config, HubKeys(config.hub.state_dir, create=True), HubClock()) as outbox:
        for record in records:
            outbox.put(record).result(LIMIT_S)


@contextmanager
def running(file: Path, *, cut: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Run the hub itself; at the end it is stopped, or cut off as by a pulled plug."""
    hub = subprocess.Popen(
        [sys.executable, "-P", "-m", "agent.cli.main", "run", "--config", str(file)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield hub
    finally:
        hub.send_signal(signal.SIGKILL if cut else signal.SIGTERM)
        hub.wait(LIMIT_S)


def found(base_url: str, kind: str, patient: str) -> list[Json]:
    own = {"reference": f"Patient/{patient}"}
    return [one for one in every(base_url, kind) if one.get("subject") == own]


def alerts(base_url: str, patient: str) -> list[Json]:
    return [
        one
        for one in found(base_url, "Communication", patient)
        if one["category"][0].get("text") == "Raised by a Hearth hub"
    ]


def until(true: Callable[[], object]) -> None:
    limit = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < limit, "the hub does not come to it"
        time.sleep(0.5)


@pytest.fixture
def patient(sekmet: DemoServer, request: pytest.FixtureRequest) -> str:
    name = f"care-{abs(hash(request.node.name)) % 10**8}"
    put(sekmet.base_url, {"resourceType": "Patient", "id": name})
    return name


def test_a_reading_over_a_limit_is_a_flag_and_a_message_that_name_rule_version_and_reading(
    tmp_path: Path, sekmet: DemoServer, patient: str
) -> None:
    file = settings(tmp_path, sekmet.base_url, patient)
    limit = goal(f"limit-{patient}", most(180), patient=f"Patient/{patient}")
    put(sekmet.base_url, limit)
    own = f"Patient/{patient}"
    with running(file):  # the rule comes down
        until(lambda: found(sekmet.base_url, "Communication", patient))
    at = datetime.now(UTC)
    high, fine = pressure("186", "90", at, patient=own), pressure("150", "90", at, patient=own)
    store(file, high, fine)
    with running(file):
        until(lambda: alerts(sekmet.base_url, patient))
        until(lambda: len(found(sekmet.base_url, "Observation", patient)) == 2)

    (flag,) = found(sekmet.base_url, "Flag", patient)
    (alert,) = alerts(sekmet.base_url, patient)
    sources = [one["valueReference"]["reference"] for one in flag["extension"]]
    assert sources == [f"Observation/{high.id}", f"Goal/limit-{patient}/_history/1"]
    assert (flag["status"], flag["code"]["text"]) == (
        "active",
        "Systolic blood pressure above limit",
    )
    assert [one["reference"] for one in alert["about"]] == [f"Flag/{flag['id']}", *sources]
    text = alert["payload"][0]["contentString"]
    assert text.startswith("Systolic blood pressure was 186 mmHg, above the limit of 180 mmHg.")
    assert f"Goal/limit-{patient} version 1: Pressure at home." in text
    assert text.endswith("not active monitoring.")


def test_each_is_there_once_through_power_cuts_and_an_outage(tmp_path: Path) -> None:
    """The server is away as the readings come; the plug is pulled at moments chosen by chance."""
    port, chance = free_port(), random.Random(8)  # noqa: S311 - not for secrets
    base_url = f"http://127.0.0.1:{port}/fhir"
    file = settings(tmp_path, base_url, "p")
    folder = tmp_path / "server"
    folder.mkdir()
    with DemoServer(folder, port=port):
        put(base_url, {"resourceType": "Patient", "id": "p"})
        put(base_url, goal("limit", most(180)))
        with running(file):
            until(lambda: found(base_url, "Communication", "p"))
    store(file, *(pressure(str(181 + n), "90", datetime.now(UTC)) for n in range(3)))
    for _ in range(3):
        with running(file, cut=True):
            time.sleep(0.5 + chance.random())
    (tmp_path / "anew").mkdir()
    with DemoServer(tmp_path / "anew", port=port):
        put(base_url, {"resourceType": "Patient", "id": "p"})
        for _ in range(3):
            with running(file, cut=True):
                time.sleep(0.5 + chance.random())
        with running(file):
            until(lambda: len(found(base_url, "Observation", "p")) == 3)
            until(lambda: alerts(base_url, "p"))
        # Three readings of one minute are one word, and nothing was written twice.
        assert len(found(base_url, "Flag", "p")) == 1
        assert len(alerts(base_url, "p")) == 1
        assert [one["meta"]["versionId"] for one in found(base_url, "Flag", "p")] == ["1"]


def test_a_flag_ends_on_the_server_where_the_rule_says_when_and_not_one_somebody_changed(
    tmp_path: Path, sekmet: DemoServer, patient: str
) -> None:
    file, own = settings(tmp_path, sekmet.base_url, patient), f"Patient/{patient}"
    due = {"value": 1, "system": "http://unitsofmeasure.org", "code": "d"}
    for name, bound in (("a", 180), ("b", 170)):
        limit = goal(f"{name}-{patient}", most(bound) | {"dueDuration": due}, patient=own)
        put(sekmet.base_url, limit)
    with running(file):  # the rules come down
        until(lambda: len(found(sekmet.base_url, "Communication", patient)) == 2)
    at = datetime.now(UTC)
    store(file, pressure("190", "90", at - timedelta(hours=23.95), patient=own))
    with running(file):
        until(lambda: len(found(sekmet.base_url, "Flag", patient)) == 2)
        until(lambda: len(alerts(sekmet.base_url, patient)) == 2)
    theirs, ours = found(sekmet.base_url, "Flag", patient)
    put(sekmet.base_url, theirs | {"code": {"text": "We know. Looked at by the care team."}})
    # A meter may be a few minutes ahead: so the two readings span a day.
    for ago in (timedelta(hours=23.92), timedelta(minutes=-6)):
        store(file, pressure("150", "90", at - ago, patient=own))
    with running(file):
        until(lambda: len(alerts(sekmet.base_url, patient)) == 4)

    flags = {one["id"]: one for one in found(sekmet.base_url, "Flag", patient)}
    assert flags[ours["id"]]["status"] == "inactive"
    assert flags[ours["id"]]["period"].keys() == {"start", "end"}
    assert flags[theirs["id"]]["status"] == "active"
    assert flags[theirs["id"]]["code"]["text"].startswith("We know.")
