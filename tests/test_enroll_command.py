"""`hearth enroll` at the keyboard: slips, files, programs, and a machine that is a hub already."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli.main import app
from agent.enrol.farewell import farewell
from agent.fleet.invite import in_file
from config.load import load
from tests.fakes.clinics import Desk
from vitals.errors import HubError


def enroll(folder: Path, *words: str, typed: str = "") -> Result:
    where = ["--config", str(folder / "hearth.toml"), "--state-dir", str(folder / "state")]
    return CliRunner().invoke(app, ["enroll", *words, *where, "--operator", "bob"], input=typed)


def code_of(done: Result) -> str:
    assert isinstance(done.exception, HubError)
    return done.exception.code


def test_what_the_clinic_printed_is_all_that_is_typed(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        invitation, entry = anne.invite(where.host)
        printed = f"Invitation for {entry.hub}\n\n{invitation.text()}\n"
        done = enroll(tmp_path, typed=printed)
    assert done.exit_code == 0, done.output
    assert f"This hub is {entry.hub} of the clinic st-anne." in done.stdout
    assert done.stdout.rstrip().endswith(farewell((tmp_path / "hearth.toml").read_text()))
    assert f"Start it: hearth run --config {tmp_path / 'hearth.toml'}" in done.stdout
    assert "signed by the clinic" in done.stderr
    word = json.loads((tmp_path / "state" / "clinic" / "enrolled.json").read_text())
    assert word == {"by": "bob", "what": "enrolled", "why": ""}


def test_a_program_is_told_in_json(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        invitation, entry = anne.invite(where.host)
        done = enroll(tmp_path, invitation.text(), "--json")
    said = json.loads(done.stdout)
    assert (said["hub"], said["tenant"], said["settings"]) == (entry.hub, "st-anne", 1)
    assert said["started"] is False
    assert {one["check"] for one in said["findings"]} >= {"clock", "radio", "camera", "broker"}


def test_a_slip_of_the_hand_is_told_before_any_network_is_asked(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host)
        text = invitation.text()
        wrong = text[:-1] + ("A" if text[-1] != "A" else "B")
        assert code_of(enroll(tmp_path, typed=wrong)) == "ENR-02"
        assert code_of(enroll(tmp_path, typed="")) == "ENR-01"
        assert where.asked == []
    assert list(tmp_path.iterdir()) == []


def test_a_machine_that_is_a_hub_already_is_left_alone(anne: Desk, tmp_path: Path) -> None:
    (tmp_path / "hearth.toml").write_text("# somebody's settings")
    invitation, _ = anne.invite("127.0.0.1:9")
    assert code_of(enroll(tmp_path, invitation.text())) == "ENR-25"
    assert (tmp_path / "hearth.toml").read_text() == "# somebody's settings"


def test_a_hub_is_set_up_from_a_file(anne: Desk, tmp_path: Path) -> None:
    invitation, entry = anne.invite("127.0.0.1:9")
    (tmp_path / "card").write_text(in_file(anne.clinic, invitation, entry))
    done = enroll(tmp_path / "hub", "--file", str(tmp_path / "card"))
    assert done.exit_code == 0, done.output
    assert "as soon as it has a network" in done.stdout
    assert load(tmp_path / "hub" / "hearth.toml").hub.id == entry.hub
    assert code_of(enroll(tmp_path / "two", "--file", str(tmp_path / "none"))) == "ENR-03"


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_the_patient_hears_one_sentence_in_their_language(language: str) -> None:
    text = (
        '[hub]\nid = "h"\n[patient]\nreference = "Patient/1"\n'
        f'[fhir]\nbase_url = "https://c.example"\n[screen]\nlanguage = "{language}"\n'
    )
    assert farewell(text).endswith(".")
    assert farewell(text).count(".") == 1


def test_nothing_that_is_printed_or_kept_in_words_names_the_patient(
    anne: Desk, tmp_path: Path
) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host, patient="Patient/canary-7")
        done = enroll(tmp_path, invitation.text())
    assert "canary-7" not in done.output
    names = [str(path) for path in tmp_path.rglob("*")]
    assert not any("canary-7" in name for name in names)
    assert "canary-7" not in " ".join(where.asked)
