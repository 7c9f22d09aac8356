"""The audit trail in a hub's store: on disk before a command answers, whole or said not to be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.audit import Audit, Trail
from agent.cli.main import app
from config.schema import Camera, Config, Fhir, Hub, Patient
from sync.audit import Event, Fault, octets_of
from sync.outbox import FILE_NAME, Outbox, open_view
from tests.fakes import records

KEY = bytes(range(32))


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "hub.key").write_bytes(KEY)
    (state / "hub.key").chmod(0o600)
    with Outbox.open(
        state / FILE_NAME,
        key=KEY,
        tenant="default",
        hub_id="hub-1",
        max_bytes=2**24,
        max_evidence=10,
        now=records.hub_time,
    ) as opened:
        yield opened


def test_what_is_noted_is_on_disk_and_whole(outbox: Outbox, tmp_path: Path) -> None:
    audit = Audit(outbox, records.hub_time)
    audit.note(by="nurse-1", what="assign", seq=3)
    audit.note(by="nurse-2", what="discard", seq=4, why="a guest")
    with open_view(
        tmp_path / "state" / FILE_NAME, key=KEY, tenant="default", hub_id="hub-1"
    ) as view:
        trail = Trail(view)
        assert [(e.by, e.what, e.seq, e.why) for e in trail.events() if e] == [
            ("nurse-1", "assign", 3, ""),
            ("nurse-2", "discard", 4, "a guest"),
        ]
        assert trail.faults() == []


def test_an_event_written_just_before_the_power_went_stands(outbox: Outbox) -> None:
    audit = Audit(outbox, records.hub_time)
    audit.note(by="n", what="retry")
    outbox.recall("audit/head")
    torn = Event(number=1, before=audit.head()[1], at="x", by="n", what="discard")
    outbox.remember("audit/1", octets_of(torn)).result(60)  # and no head
    assert audit.head() == (2, torn.hash())
    audit.note(by="n", what="retry")
    assert [event.number for event in audit.events() if event] == [0, 1, 2]
    assert audit.faults() == []


def test_an_event_that_somebody_took_out_of_the_store_is_found(outbox: Outbox) -> None:
    audit = Audit(outbox, records.hub_time)
    for _ in range(4):
        audit.note(by="n", what="retry")
    outbox.remember("audit/1", outbox.recall("audit/2") or b"").result(60)
    assert audit.faults() == [Fault(1, "is missing, or was changed")]


def test_a_trail_whose_end_somebody_hid_is_found_and_says_so_for_good(
    outbox: Outbox, tmp_path: Path
) -> None:
    audit = Audit(outbox, records.hub_time)
    for _ in range(3):
        audit.note(by="n", what="retry")
    outbox.close()
    rows = sqlite3.connect(tmp_path / "state" / FILE_NAME)
    heads = [name for (name,) in rows.execute("SELECT name FROM memory")]
    taken = []
    for name in heads:  # the names are hashed: whoever does this tries each
        kept = rows.execute("SELECT sealed FROM memory WHERE name = ?", (name,)).fetchone()
        rows.execute("DELETE FROM memory WHERE name = ?", (name,))
        rows.commit()
        with open_view(
            tmp_path / "state" / FILE_NAME, key=KEY, tenant="default", hub_id="hub-1"
        ) as view:
            taken.append(len(Trail(view).faults()))
        rows.execute("INSERT INTO memory VALUES (?, ?)", (name, *kept))
        rows.commit()
    rows.close()
    assert len(taken) == 4  # three events and the head
    assert all(taken)


def test_what_was_hidden_once_is_said_for_good(outbox: Outbox) -> None:
    audit = Audit(outbox, records.hub_time)
    for _ in range(3):
        audit.note(by="n", what="retry")
    outbox.remember("audit/head", b"spoiled").result(60)
    assert audit.is_headless()
    audit.note(by="n", what="retry")
    assert [(event.number, event.what) for event in audit.events() if event] == [
        (0, "retry"),
        (1, "retry"),
        (2, "retry"),
        (3, "mended"),
        (4, "retry"),
    ]
    assert audit.faults() == []


def test_a_start_and_a_changed_setting_and_consent_are_noted(outbox: Outbox) -> None:
    config = Config(
        hub=Hub(id="hub-1"),
        patient=Patient(reference="Patient/canary-7f3a"),
        fhir=Fhir(base_url="https://fhir.example/r4"),
    )
    audit = Audit(outbox, records.hub_time)
    audit.note_start(config, rung="file")
    older = json.loads(outbox.recall("audit/settings") or b"")
    del older["screen"]  # a version that had no screen wrote it
    outbox.remember("audit/settings", json.dumps(older).encode()).result(60)
    audit.note_start(config, rung="file")
    audit.note_start(replace(config, camera=Camera(enabled=True)), rung="file")
    audit.note_start(replace(config, patient=Patient(reference="Patient/other")), rung="tpm")
    told = [(event.what, event.why) for event in audit.events() if event]
    assert told == [
        ("start", "hub key: file"),
        ("start", "hub key: file"),
        ("start", "hub key: file"),
        ("settings", "camera"),
        ("camera-on", ""),
        ("start", "hub key: tpm"),
        ("settings", "camera, patient"),
        ("camera-off", ""),
    ]
    assert not any("canary" in octets_of(event).decode() for event in audit.events() if event)


def run(tmp_path: Path, *words: str) -> Result:
    file = tmp_path / "hearth.toml"
    file.write_text(
        f'[hub]\nid = "hub-1"\nstate_dir = "{tmp_path / "state"}"\n'
        '[patient]\nreference = "Patient/1"\n[fhir]\nbase_url = "https://fhir.example/r4"\n'
    )
    return CliRunner().invoke(app, ["audit", *words, "--config", str(file)])


def test_the_commands_show_the_trail_and_find_a_spoiled_copy(
    outbox: Outbox, tmp_path: Path
) -> None:
    audit = Audit(outbox, records.hub_time)
    audit.note(by="nurse-1", what="discard", seq=4, why="a guest")
    audit.note(by="nurse-1", what="retry")
    lines = run(tmp_path, "show").stdout.splitlines()
    assert lines[0].endswith("here  nurse-1  discard row 4: a guest")
    assert lines[-1] == "2 events, 0 of them at the care team's server"
    assert run(tmp_path, "verify").exit_code == 0
    copy = tmp_path / "trail.jsonl"
    copy.write_text(run(tmp_path, "show", "--json").stdout)
    assert run(tmp_path, "verify", "--file", str(copy)).exit_code == 0
    copy.write_text(copy.read_text().replace("a guest", "her own"))
    spoiled = run(tmp_path, "verify", "--file", str(copy), "--json")
    assert spoiled.exit_code == 1
    assert [fault["event"] for fault in json.loads(spoiled.stdout)["faults"]] == [1]
