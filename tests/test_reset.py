"""A hub is taken back: nothing is lost by accident, and nothing that is left opens the store.

`bluetoothctl` answers as BlueZ 5.66 prints (client/main.c: "Device %s %s").
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent import bonds
from agent.audit import Audit
from agent.cli.main import app
from agent.desk import SOCKET, Desk
from agent.display.answers import Answers
from agent.identity import hub_key
from agent.keepers import CredentialKeeper
from agent.offline import ordered, store_of, view_of
from agent.rekey import HubKeys
from config.load import load
from config.schema import Config
from sync.outbox import FILE_NAME, open_view
from tests.fakes import records
from vitals.errors import HubError

LIMIT_S = 90
CANARY = "Patient/canary-7f3a"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a hub that holds two readings and a frame, with a login key, paired with a cuff."""
    bluez(tmp_path, monkeypatch, paired="Device C0:26:DA:11:22:33 A&D_UA-651BLE_112233")
    (tmp_path / "login.pem").write_text("a secret")
    (tmp_path / "turn.txt").write_text("another secret")
    file = tmp_path / "hearth.toml"
    file.write_text(
        f'[hub]\nid = "hub-1"\nstate_dir = "{tmp_path / "state"}"\n'
        f'[patient]\nreference = "{CANARY}"\n'
        f'[fhir]\nbase_url = "https://fhir.example/r4"\nlogin_client_id = "c"\n'
        f'login_key_file = "{tmp_path / "login.pem"}"\n'
        f'[visit]\nturn = "turn:turn.example"\n'
        f'turn_password_file = "{tmp_path / "turn.txt"}"\n'
    )
    fill(load(file))
    return file


def bluez(folder: Path, monkeypatch: pytest.MonkeyPatch, *, paired: str) -> None:
    """Put a bluetoothctl on PATH that knows one bond, until it is told to remove it."""
    known, script = folder / "paired", folder / "bin" / "bluetoothctl"
    known.write_text(paired + "\n")
    script.parent.mkdir()
    script.write_text(
        f'#!/bin/sh\n[ "$1" = remove ] && : > {known} || cat {known}\necho "$@" >> {folder}/asked\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")


def fill(config: Config) -> None:
    keys = HubKeys(config.hub.state_dir, create=True)
    with store_of(config, keys, records.hub_time) as outbox:
        for number in (1, 2):
            outbox.put(records.blood_pressure(number)).result(LIMIT_S)
        outbox.put(records.evidence()).result(LIMIT_S)


def reset(settings: Path, *words: str, typed: str | None = None) -> Result:
    none = settings.parent / "none.cred"
    base = ["hub", "reset", "--config", str(settings), "--wait", "0", "--operator", "nurse-1"]
    if "--credential" not in words:
        base += ["--credential", str(none)]
    return CliRunner().invoke(app, [*base, *words], input=typed)


def test_a_hub_with_readings_that_nobody_else_has_is_not_reset(settings: Path) -> None:
    result = reset(settings, "--yes")

    assert isinstance(result.exception, HubError)
    assert result.exception.code == "RESET-01"
    assert "2 readings" in result.exception.message
    assert "--abandon 2" in result.exception.fix
    assert view_of(load(settings)).counts().pending == 2


@pytest.mark.parametrize("number", ["0", "1", "3"])
def test_readings_are_given_up_only_by_their_very_number(settings: Path, number: str) -> None:
    result = reset(settings, "--yes", "--abandon", number)
    assert isinstance(result.exception, HubError)
    assert view_of(load(settings)).counts().pending == 2


def test_whoever_types_another_hubs_id_removes_nothing(settings: Path) -> None:
    result = reset(settings, "--abandon", "2", typed="hub-2\n")

    assert isinstance(result.exception, HubError)
    assert result.exception.code == "RESET-04"
    assert "2 readings that the care team does not have, and 1 frame kept" in result.output
    assert view_of(load(settings)).counts().pending == 2


def test_a_reset_leaves_nothing_and_prints_a_record(settings: Path, tmp_path: Path) -> None:
    kept = tmp_path / "record.json"
    (tmp_path / "state" / "settings.toml").write_text(f'reference = "{CANARY}"')
    result = reset(settings, "--abandon", "2", "--record", str(kept), typed="hub-1\n")

    assert result.exit_code == 0, result.output
    record = json.loads(kept.read_text())
    assert (record["hub"], record["by"], record["abandoned"]) == ("hub-1", "nurse-1", 2)
    assert (record["bonds_removed"], record["bonds_left"], record["left"]) == (1, 0, [])
    assert record["tried"].endswith("did not open (KEY-01)")
    assert list((tmp_path / "state").iterdir()) == []
    assert not settings.exists()
    assert not (tmp_path / "login.pem").exists()
    assert not (tmp_path / "turn.txt").exists()
    assert "remove C0:26:DA:11:22:33" in (tmp_path / "asked").read_text()
    assert CANARY not in result.output + kept.read_text()
    assert "Record of reset: hub hub-1" in result.output


def test_a_record_that_cannot_be_written_where_it_should_is_printed_all_the_same(
    settings: Path, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "no-such-folder" / "record.json")
    result = reset(settings, "--yes", "--abandon", "2", "--record", nowhere)

    assert "Record of reset: hub hub-1" in result.output
    assert isinstance(result.exception, HubError)
    assert result.exception.code == "RESET-05"


def said(config: Config) -> None:
    """Let the patient have written, filled in, and sent a photo: a picture and its description."""
    keys = HubKeys(config.hub.state_dir)
    with store_of(config, keys, records.hub_time) as outbox:
        answers = Answers(outbox, "hub-1")
        for kind in ("Communication", "Binary", "DocumentReference", "QuestionnaireResponse"):
            answers.put({"resourceType": kind, "note": [{"text": CANARY}]})


def test_answers_and_photos_that_nobody_else_has_keep_a_hub_from_being_reset(
    settings: Path, tmp_path: Path
) -> None:
    said(load(settings))
    refused = reset(settings, "--yes", "--abandon", "2").exception
    assert isinstance(refused, HubError)
    assert refused.code == "RESET-01"
    assert "2 readings and 1 message, 1 photo, 1 questionnaire of this hub" in refused.message
    assert "--abandon 5" in refused.fix

    kept = tmp_path / "record.json"
    done = reset(settings, "--abandon", "5", "--record", str(kept), typed="hub-1\n")
    assert done.exit_code == 0, done.output
    assert "2 readings and 1 message, 1 photo, 1 questionnaire that the care team" in done.output
    assert "Answers: 1 message, 1 photo, 1 questionnaire given up." in done.output
    record = json.loads(kept.read_text())
    assert record["abandoned"] == 2
    assert record["answers_abandoned"] == {"message": 1, "photo": 1, "questionnaire": 1}
    assert CANARY not in done.output


def test_what_the_clinic_gave_a_hub_goes_with_it(settings: Path, tmp_path: Path) -> None:
    for name in ("clinic/identity.pem", "clinic/root.pem", "enrolling/invitation"):
        path = tmp_path / "state" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"a secret {CANARY}")
    record = json.loads(reset(settings, "--abandon", "2", "--yes", "--json").stdout)
    assert list((tmp_path / "state").iterdir()) == []
    assert sum("state/clinic/" in name for name in record["deleted"]) == 2
    assert record["seconds"] >= 0


def test_a_copy_of_the_store_that_somebody_kept_never_opens_again(
    settings: Path, tmp_path: Path
) -> None:
    config = load(settings)
    state, copy = config.hub.state_dir, tmp_path / "copy"
    old_key = hub_key(state)
    shutil.copytree(state, copy, ignore=shutil.ignore_patterns("hub.key*"))
    assert reset(settings, "--yes", "--abandon", "2", "--keep-settings").exit_code == 0
    fill(config)  # the hub goes to another home, and makes a key and a store of its own

    for name in copy.iterdir():
        shutil.copy(name, state / name.name)

    with pytest.raises(HubError) as refused:
        view_of(config)
    assert refused.value.code == "SEAL-01"
    assert records.PATIENT.encode() not in (copy / FILE_NAME).read_bytes()
    # The control: it was the key that was missing, and nothing else.
    with open_view(copy / FILE_NAME, key=old_key, tenant="default", hub_id="hub-1") as view:
        assert view.counts().pending == 2


def test_a_new_store_has_a_new_generation(settings: Path) -> None:
    config = load(settings)
    first = json.loads(
        reset(settings, "--yes", "--abandon", "2", "--keep-settings", "--json").stdout
    )
    fill(config)
    second = json.loads(reset(settings, "--yes", "--abandon", "2", "--json").stdout)
    assert first["store_generation"] != second["store_generation"]
    assert len(first["store_generation"]) == 32


def test_a_reset_that_was_cut_off_after_the_key_went_is_finished_by_the_next(
    settings: Path,
) -> None:
    state = load(settings).hub.state_dir
    (state / "hub.key").unlink()
    result = reset(settings, "--yes", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["abandoned"] is None
    assert list(state.iterdir()) == []


def test_a_hub_that_never_ran_is_reset_as_well(settings: Path) -> None:
    shutil.rmtree(load(settings).hub.state_dir)
    result = reset(settings, "--yes", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["tried"] == "there was no store"


def test_a_hub_with_a_credential_gets_a_new_one_by_the_same_means(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYSTEMD_CREDENTIAL_SECRET", str(tmp_path / "credential.secret"))
    config, path = load(settings), tmp_path / "hub-key.cred"
    state = config.hub.state_dir
    keeper = CredentialKeeper(path)
    keeper.stage(hub_key(state))
    keeper.promote()
    (state / "hub.key").unlink()  # from here on the service is given the credential
    old_key = keeper.read()

    result = reset(settings, "--yes", "--abandon", "2", "--json", "--credential", str(path))

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rung"] == "host"
    assert keeper.read() != old_key


def test_a_store_that_another_key_still_opens_is_not_deleted(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, handed = load(settings).hub.state_dir, tmp_path / "handed"
    handed.mkdir()
    (handed / "hub-key").write_bytes(hub_key(state))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    result = reset(settings, "--yes", "--abandon", "2")

    assert isinstance(result.exception, HubError)
    assert result.exception.code == "RESET-03"
    assert (state / FILE_NAME).exists()


async def test_a_hub_that_runs_and_cannot_be_stopped_is_not_touched(
    settings: Path, tmp_path: Path
) -> None:
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.write_text(f"#!/bin/sh\necho systemctl $@ >> {tmp_path}/asked\nexit 1\n")
    systemctl.chmod(0o755)
    config = load(settings)
    keys = HubKeys(config.hub.state_dir)
    with store_of(config, keys, records.hub_time) as outbox:
        audit = Audit(outbox, records.hub_time)
        desk = Desk(config.hub.state_dir, lambda asked: ordered(keys, outbox, audit, asked) or {})
        serving = asyncio.create_task(desk.run())
        async with asyncio.timeout(LIMIT_S):
            while not (config.hub.state_dir / SOCKET).exists():  # noqa: ASYNC110 - tells nobody
                await asyncio.sleep(0.01)
        outbox.acknowledge([1, 2]).result(LIMIT_S)
        result = await asyncio.to_thread(reset, settings, "--yes")
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        told = [(event.by, event.what) for event in audit.events() if event]

    assert isinstance(result.exception, HubError)
    assert result.exception.code == "RESET-02"
    assert "systemctl stop hearth.service" in (tmp_path / "asked").read_text()
    assert told == [("nurse-1", "reset-begun")]
    assert view_of(config).counts().acknowledged_total == 2


def test_without_bluez_the_record_says_that_bonds_are_left_to_a_person(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bonds.forget_all().left is None
