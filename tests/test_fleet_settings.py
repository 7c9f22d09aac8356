"""The care team signs settings with a command, and the hub takes just those."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent import fleet_settings
from agent.cli.main import app
from config.load import ConfigError
from sync.messages import Task, parsed
from sync.settings import TASK_CODE, opened
from vitals.errors import HubError

HUB = '[hub]\nid = "hub-1"\ntenant = "t"\n[patient]\nreference = "Patient/1"\n'
FHIR = '[fhir]\nbase_url = "https://clinic.example/r4"\n'


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["fleet", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "clinic" / "signing.key"
    run("key", "--file", str(path))
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "hub-1.toml"
    path.write_text(HUB + FHIR)
    return path


def test_what_the_command_signs_is_what_the_hub_takes(key: Path, settings: Path) -> None:
    public = run("key", "--file", str(key), "--show")
    printed = run("settings", str(settings), "--key-file", str(key), "--patient", "Patient/1")
    task = parsed({**json.loads(printed), "id": "s1"})
    assert isinstance(task, Task)
    assert task.code == TASK_CODE
    found = opened(
        dict(task.inputs)["settings"], tenant="t", hub="hub-1", signers=[public], newest=0
    )
    assert (found.version, found.text) == (1, HUB + FHIR)


def test_every_hub_has_a_counter_of_its_own(key: Path, settings: Path, tmp_path: Path) -> None:
    other = tmp_path / "hub-2.toml"
    other.write_text((HUB + FHIR).replace("hub-1", "hub-2"))
    versions = [
        json.loads(run("settings", str(path), "--key-file", str(key)))["version"]
        for path in (settings, settings, other, settings)
    ]
    assert versions == [1, 2, 1, 3]


def test_only_its_owner_may_read_the_key_and_it_is_made_once(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(HubError) as refused:
        fleet_settings.make_key(key)
    assert refused.value.code == "FLEET-01"


def test_settings_that_a_hub_could_not_use_are_not_signed(key: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(HUB)
    with pytest.raises(ConfigError) as refused:
        fleet_settings.signed(wrong, key_file=key)
    assert refused.value.code == "CFG-05"
    assert not key.with_name(f"{key.name}.versions").exists()


def test_settings_too_large_for_a_hub_are_not_signed(key: Path, settings: Path) -> None:
    settings.write_text(HUB + FHIR + "# " + "x" * 40_000)
    with pytest.raises(HubError) as refused:
        fleet_settings.signed(settings, key_file=key)
    assert refused.value.code == "FLEET-03"


@pytest.mark.parametrize("octets", [b"", b"zz", b"00" * 31])
def test_a_file_that_is_no_key_is_named(tmp_path: Path, settings: Path, octets: bytes) -> None:
    path = tmp_path / "signing.key"
    path.write_bytes(octets)
    with pytest.raises(HubError, match=r"signing\.key") as refused:
        fleet_settings.signed(settings, key_file=path)
    assert refused.value.code == "FLEET-02"


@pytest.mark.parametrize("text", ["[]", "{", '{"t/hub-1": "x"}'])
def test_a_counter_that_cannot_be_read_signs_nothing(key: Path, settings: Path, text: str) -> None:
    key.with_name(f"{key.name}.versions").write_text(text)
    with pytest.raises(HubError) as refused:
        fleet_settings.signed(settings, key_file=key)
    assert refused.value.code == "FLEET-02"
