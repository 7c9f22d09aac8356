"""`hearth readings` shows what the hub holds, and a patient's data only when asked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli import readings
from sync.outbox import FILE_NAME, Outbox
from tests.fakes import records
from vitals.errors import HubError
from vitals.reading import Context, Meal

LIMIT_S = 90
KEY = bytes(range(32))


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Write a hub's settings and its key, as the agent leaves them."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    key = state / "hub.key"
    key.write_bytes(KEY)
    key.chmod(0o600)
    file = tmp_path / "hearth.toml"
    file.write_text(
        f'[hub]\nid = "hub-1"\nstate_dir = "{state}"\n'
        '[patient]\nreference = "Patient/1"\n[fhir]\nbase_url = "https://fhir.example/r4"\n'
    )
    return file


@pytest.fixture
def outbox(settings: Path) -> Iterator[Outbox]:
    """Run a hub's outbox with a reading that waits, one that was refused, and evidence."""
    with Outbox.open(
        settings.parent / "state" / FILE_NAME,
        key=KEY,
        tenant="default",
        hub_id="hub-1",
        max_bytes=16 * 1024 * 1024,
        max_evidence=10,
        now=records.hub_time,
    ) as opened:
        opened.put(records.blood_pressure(0, context=Context(meal=Meal.FASTING))).result(LIMIT_S)
        opened.put(records.blood_pressure(1)).result(LIMIT_S)
        opened.put(records.evidence()).result(LIMIT_S)
        opened.put(records.blood_pressure(2)).result(LIMIT_S)
        opened.acknowledge([4]).result(LIMIT_S)
        opened.park(2, reason="the unit is unknown", code="FHIR-22").result(LIMIT_S)
        yield opened


def run(settings: Path, *arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(readings.app, [command, "--config", str(settings), *rest])


@pytest.mark.usefixtures("outbox")
def test_the_list_shows_every_row_and_no_value(settings: Path) -> None:
    result = run(settings, "list")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "     SEQ  STATE     KIND              WHEN",
        "       1  waiting   blood pressure    2026-05-01T00:00:00",
        "       2  refused   blood pressure    2026-05-01T00:00:01",
        "       3  evidence  unreadable frame  2026-05-19T12:00:00+00:00",
        "1 waiting, 1 refused, 1 evidence; 1 sent so far",
    ]
    assert "128" not in result.stdout
    assert "Patient" not in result.stdout


@pytest.mark.usefixtures("outbox")
def test_values_are_shown_when_asked_for(settings: Path) -> None:
    lines = run(settings, "list", "--values", "--state", "waiting").stdout.splitlines()
    assert lines[1].endswith("2026-05-01T00:00:00       128/80 mmHg, pulse 72")
    assert lines[-1] == "1 waiting; 1 sent so far"


@pytest.mark.usefixtures("outbox")
def test_the_list_as_json_holds_no_value_unless_asked(settings: Path) -> None:
    bare = run(settings, "list", "--json").stdout
    assert [row["seq"] for row in json.loads(bare)] == [1, 2, 3]
    assert set(json.loads(bare)[0]) == {"seq", "state", "kind", "when"}
    rows = json.loads(run(settings, "list", "--json", "--values").stdout)
    assert rows[0]["values"]["systolic"] == {"value": "128", "unit": "mm[Hg]"}
    assert rows[0]["context"] == {"meal": "fasting"}
    assert rows[1]["refused"] == {"code": "FHIR-22", "reason": "the unit is unknown"}


@pytest.mark.usefixtures("outbox")
def test_one_reading_is_shown_in_full(settings: Path) -> None:
    text = run(settings, "show", "2").stdout
    for fact in (
        "2: blood pressure, refused",
        "refused      the unit is unknown (FHIR-22)",
        "systolic     128 mmHg",
        "pulse        72 beats/minute",
        "measured     2026-05-01T00:00:01 (meter's clock)",
        "received     2026-05-19T12:00:01+00:00 (hub's clock, synchronised)",
        "meter        A&D Medical UA-651BLE, serial 5160800123, firmware BLP008_d016",
        f"patient      {records.PATIENT}",
        "frame        2a35 16 80 00 50",
    ):
        assert fact in text


@pytest.mark.usefixtures("outbox")
def test_evidence_is_shown_with_its_reason_and_octets(settings: Path) -> None:
    text = run(settings, "show", "3").stdout
    assert "why          the frame ends inside the time stamp (at octet 6) (DEC-01)" in text
    assert "frame        2a35 16 80 00 00 00 00" in text
    assert json.loads(run(settings, "show", "3", "--json").stdout)["code"] == "DEC-01"


@pytest.mark.usefixtures("outbox")
def test_a_reading_the_server_has_is_told_to_be_gone(settings: Path) -> None:
    error = run(settings, "show", "4").exception
    assert isinstance(error, HubError)
    assert error.code == "STORE-12"


@pytest.mark.usefixtures("outbox")
def test_a_whole_store_verifies(settings: Path) -> None:
    result = run(settings, "verify")
    assert (result.exit_code, result.stdout) == (
        0,
        "All is well: 3 rows, and the chain is whole.\n",
    )
    assert json.loads(run(settings, "verify", "--json").stdout) == {"rows": 3, "faults": []}


def test_each_fault_is_named_and_the_exit_status_is_1(settings: Path, outbox: Outbox) -> None:
    outbox.put(records.blood_pressure(9)).result(LIMIT_S)
    outbox.close()
    connection = sqlite3.connect(settings.parent / "state" / FILE_NAME)
    connection.execute("DELETE FROM row WHERE seq = 1")
    connection.execute("UPDATE row SET epoch = 9 WHERE seq = 5")
    connection.commit()
    connection.close()
    result = run(settings, "verify")
    assert result.exit_code == 1
    assert result.stdout == "row 1: it was deleted\nrow 5: its epoch was changed from 1 to 9\n"
    as_json = run(settings, "verify", "--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["faults"][1] == {
        "seq": 5,
        "what": "its epoch was changed from 1 to 9",
    }
    assert "damaged" in run(settings, "list").stdout


def test_before_the_first_start_the_missing_key_is_named(settings: Path) -> None:
    (settings.parent / "state" / "hub.key").unlink()
    error = run(settings, "list").exception
    assert isinstance(error, HubError)
    assert error.code == "KEY-01"


def test_another_database_is_no_store(settings: Path) -> None:
    connection = sqlite3.connect(settings.parent / "state" / FILE_NAME)
    connection.execute("CREATE TABLE stranger (id INTEGER)")
    connection.close()
    error = run(settings, "list").exception
    assert isinstance(error, HubError)
    assert error.code == "STORE-11"
