"""A nurse's day with one hub: looked over, given a new key, taken back; the server knows of it all.

The hub is the real program, the server a real FHIR server, the commands those a nurse types.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.clock import HubClock
from agent.demo.server import DemoServer, every, put
from agent.identity import hub_key
from agent.offline import store_of
from agent.rekey import HubKeys
from config.load import load
from sync.audit import START
from sync.fhir.codes import DEVICE_IDENTIFIER, device_id
from sync.outbox import FILE_NAME, open_view
from sync.record import measured
from tests.fakes import records
from vitals.errors import HubError

LIMIT_S = 60.0
PATIENT = "Patient/care-way"
Json = dict[str, Any]


@contextmanager
def running(settings: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the hub itself."""
    hub = subprocess.Popen(
        [sys.executable, "-P", "-m", "agent.cli.main", "run", "--config", str(settings)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield hub
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait(LIMIT_S)


def hearth(settings: Path, *words: str, path: str = "") -> tuple[int, Any]:
    """Type a command; return its status and its JSON."""
    none = settings.parent / "none.cred"
    credential = ["--credential", str(none)] if words[0] == "hub" else []
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "hearth"),
            *words,
            *credential,
            "--json",
            "--config",
            str(settings),
        ],
        capture_output=True,
        check=False,
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"},
        timeout=2 * LIMIT_S,
    )
    assert done.stdout, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


def until(true: Callable[[], bool]) -> None:
    """Wait for the hub, within a limit."""
    limit = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < limit, "the hub does not come to it"
        time.sleep(0.1)


def events(sekmet: DemoServer) -> list[Json]:
    """Return this hub's trail as the server has it, in the hub's own order."""
    own = {"system": DEVICE_IDENTIFIER, "value": device_id("care-way-hub")}
    there = every(sekmet.base_url, "AuditEvent")
    found = [one for one in there if one["source"]["observer"].get("identifier") == own]
    return sorted(found, key=lambda one: int(place(one).rpartition("/")[2]))


def place(event: Json) -> str:
    return str(event["entity"][0]["what"]["identifier"]["value"])


def detail(event: Json, name: str) -> str:
    details = {one["type"]: str(one["valueString"]) for one in event["entity"][0]["detail"]}
    return details.get(name, "")


def systemctl(folder: Path, hub: subprocess.Popen[bytes]) -> str:
    """Put a systemctl on PATH that stops this one hub, as systemd would."""
    script = folder / "bin" / "systemctl"
    script.parent.mkdir()
    script.write_text(
        f'#!/bin/sh\n[ "$1" = stop ] || exit 1\nkill {hub.pid}\n'
        f"flock --wait 30 {folder}/state/outbox.db.lock true\n"  # it is gone when its store is free
    )
    script.chmod(0o755)
    return str(script.parent)


@pytest.fixture
def settings(tmp_path: Path, sekmet: DemoServer) -> Path:
    """Write a hub that holds three readings."""
    put(sekmet.base_url, {"resourceType": "Patient", "id": "care-way"})
    file = tmp_path / "hearth.toml"
    file.write_text(
        f'[hub]\nid = "care-way-hub"\nstate_dir = "{tmp_path / "state"}"\n'
        f'[patient]\nreference = "{PATIENT}"\n'
        f'[fhir]\nbase_url = "{sekmet.base_url}"\n[radio]\nenabled = false\n'
    )
    config = load(file)
    keys = HubKeys(config.hub.state_dir, create=True)
    with store_of(config, keys, HubClock()) as outbox:
        for number in (1, 2, 3):
            record = measured(records.blood_pressure(number).reading, PATIENT)
            outbox.put(record).result(LIMIT_S)
    return file


def test_a_hub_is_looked_over_rekeyed_and_taken_back(
    settings: Path, sekmet: DemoServer, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    first_key = hub_key(state)
    with running(settings) as hub:
        until(lambda: [one["subtype"][0]["code"] for one in events(sekmet)] == ["start"])
        _, examined = hearth(settings, "doctor")
        grades = {one["check"]: one["grade"] for one in examined["findings"]}
        assert {name: grades[name] for name in ("server", "service", "store", "settings")} == {
            "server": "good",
            "service": "good",
            "store": "good",
            "settings": "good",
        }

        # The server has every reading, so there is none to see; that somebody looked is noted.
        assert hearth(settings, "readings", "list", "--values") == (0, [])
        until(lambda: len(events(sekmet)) == 2)
        assert hearth(settings, "hub", "rekey") == (0, {"rekeyed": True})
        second_key = hub_key(state)
        shutil.copytree(state, tmp_path / "copy", ignore=shutil.ignore_patterns("*.sock"))
        until(lambda: len(events(sekmet)) == 3)
        path = systemctl(tmp_path, hub)
        status, record = hearth(settings, "hub", "reset", "--yes", path=path)

    assert (status, record["abandoned"], record["sent_in_all"]) == (0, 0, 3)
    assert list(state.iterdir()) == []
    told = events(sekmet)
    assert [one["subtype"][0]["code"] for one in told] == ["start", "look", "rekey", "reset-begun"]
    assert [detail(one, "before") for one in told] == [
        START,
        detail(told[0], "hash"),
        detail(told[1], "hash"),
        detail(told[2], "hash"),
    ]
    assert all(place(one).startswith(f"{record['store_generation']}/") for one in told)
    opens = {"tenant": "default", "hub_id": "care-way-hub"}
    open_view(tmp_path / "copy" / FILE_NAME, key=second_key, **opens).close()
    with pytest.raises(HubError) as refused:
        open_view(tmp_path / "copy" / FILE_NAME, key=first_key, **opens)
    assert refused.value.code == "SEAL-01"
