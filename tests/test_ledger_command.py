"""`hearth ledger`: what it prints of a hub's store, and that no value is in it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli.main import app
from agent.clock import HubClock
from agent.display.answers import Answers
from agent.guard.guardian import Guardian
from agent.offline import store_of
from agent.rekey import HubKeys
from agent.status import Status
from config.load import load
from sync.inbox import Inbox
from sync.poll import Found
from tests.fakes.goals import goal, most
from tests.fakes.readings_now import camera, weight

LIMIT_S = 90.0


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Write a hub with readings of three days; the server has those of two."""
    file = tmp_path / "hearth.toml"
    file.write_text(
        f'[hub]\nid = "hub-1"\nstate_dir = "{tmp_path / "state"}"\n'
        '[patient]\nreference = "Patient/p"\n[fhir]\nbase_url = "https://fhir.example/r4"\n'
    )
    config, clock = load(file), HubClock()
    with store_of(config, HubKeys(config.hub.state_dir, create=True), clock) as outbox:
        guardian = Guardian(
            outbox,
            Answers(outbox, "hub-1"),
            list,
            hub_id="hub-1",
            patient="Patient/p",
            status=Status(),
            now=clock,
            boot_offsets={},
            zone=UTC,
            clock=lambda: 0.0,
        )
        noon = datetime.now(UTC).replace(hour=12, minute=0)
        taken = [weight("83.7", noon - timedelta(days=day)) for day in (3, 2, 2, 1)]
        seqs = [outbox.put(one).result(LIMIT_S).seq for one in taken]
        outbox.put(camera("71", noon - timedelta(days=1))).result(LIMIT_S)
        guardian.look()
        outbox.acknowledge(seqs[:2]).result(LIMIT_S)
        guardian.sent(seqs[:2])
        guardian.look()
    return file


def run(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["ledger", "--config", str(settings), *words])


def test_the_table_counts_days_and_says_that_it_is_no_bill(settings: Path) -> None:
    lines = run(settings).stdout.splitlines()
    assert lines[1].split()[3:] == ["3", "2", "2-15", "1", "camera"]
    assert "no bill" in lines[-1]
    assert len(run(settings, "--lines").stdout.splitlines()) == len(lines) + 4


def test_a_window_begins_where_it_is_told(settings: Path) -> None:
    start = (datetime.now(UTC) - timedelta(days=32)).date()
    first, second = json.loads(run(settings, "--start", str(start), "--json").stdout)
    assert (first["first"], first["days"], first["days_on_server"]) == (str(start), 1, 1)
    assert (second["days"], second["days_on_server"], second["bucket"]) == (2, 1, "0-1")
    settings.write_text(settings.read_text() + f'[ledger]\nstart = "{start}"\n')
    assert json.loads(run(settings, "--json").stdout)[0]["first"] == str(start)
    wrong = run(settings, "--start", "yesterday")
    assert wrong.exit_code != 0


def test_the_evidence_has_both_times_and_no_value(settings: Path) -> None:
    printed = run(settings, "--csv").stdout
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [(row["kind"], row["counts"], row["why_not"], bool(row["sent"])) for row in rows] == [
        ("body-weight", "yes", "", True),
        ("body-weight", "yes", "", True),
        ("body-weight", "yes", "", False),
        ("camera", "no", "camera", False),
    ]
    assert all(row["reading"].startswith("h") and row["measured"] for row in rows)
    everything = printed + run(settings, "--json").stdout + run(settings, "--lines").stdout
    for secret in ("83.7", "71 ", "Patient/p", "C0:26:DA"):
        assert secret not in everything


def test_the_care_command_names_rules_and_meters_and_no_limit(settings: Path) -> None:
    config = load(settings)
    clock = HubClock()
    with store_of(config, HubKeys(config.hub.state_dir), clock) as outbox:
        inbox = Inbox(outbox)
        limit = goal("bp", most(177)) | {"meta": {"versionId": "3"}}
        wrong = goal("odd", most(177, unit="mmHg"))
        inbox.take(Found(kind="Goal", resources=(limit, wrong, goal("wish", rule=""))))
    shown = CliRunner().invoke(app, ["care", "show", "--config", str(settings)]).stdout
    assert "Goal/bp version 3: checks a limit\n" in shown
    assert "Goal/odd: nothing (Goal.target[0].detailQuantity.code is no unit" in shown
    assert "Goal/wish: nothing (has no category of urn:hearth:rule)" in shown
    assert "meter C0:26:DA:11:22:44: weight; heard 2" in shown
    found = json.loads(
        CliRunner().invoke(app, ["care", "show", "--json", "--config", str(settings)]).stdout
    )
    assert [one["reference"] for one in found["rules"]] == ["Goal/bp", "Goal/odd", "Goal/wish"]
    for secret in ("177", "83.7", "Patient/p"):
        assert secret not in shown + json.dumps(found)
