"""The bridges get a new key, and nothing that was sealed to the old one is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent.applied import Applied, with_applied
from agent.bridge import read_key
from agent.demo.server import DemoServer, every
from agent.enrol.place import CLINIC
from agent.fleet import clinic as at
from agent.fleet import found, sheets
from agent.fleet.clinic import Clinic, opened
from config.load import load
from sync import hpke, roster
from tests.fakes import clinics
from tests.fakes.clinic import PASSPHRASE, entry, registered, run
from tests.test_signed_settings import Memory
from vitals.errors import HearthError, HubError

INFO = b"a reading"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    (tmp_path / "words").write_text(PASSPHRASE)
    return [
        *("--clinic", str(tmp_path / "clinic"), "--operator", "ann"),
        *("--passphrase-file", str(tmp_path / "words")),
    ]


@pytest.fixture
def anne(tmp_path: Path, sekmet: DemoServer, words: list[str]) -> Clinic:
    """Make a clinic with a hub in its register; its bridge has had a second key made."""
    clinics.clinic(tmp_path / "clinic", sekmet.base_url, tenant="keys")
    registered(sekmet.base_url, [replace(entry("keys-1", "keys"), patients=("Patient/keys",))], [])
    made = json.loads(run("fleet", "rotate", "--bridge", "--json", *words).out)
    assert made["key"] == 2
    return opened(tmp_path / "clinic", "ann")


def bridge(clinic: Clinic) -> hpke.Reader:
    return read_key(clinic.folder / "bridge" / "bridge.key")


def test_a_bridge_opens_what_was_sealed_to_either_key_and_to_no_other(anne: Clinic) -> None:
    reader = bridge(anne)
    old = bytes.fromhex(anne.config.bridge.key)
    assert reader.public != old
    for public in (old, reader.public):
        assert reader.opened(hpke.sealed(b"120/80", public, INFO), INFO) == b"120/80"
    stranger = hpke.sealed(b"120/80", hpke.Reader().public, INFO)
    with pytest.raises(HubError) as refused:
        reader.opened(stranger, INFO)
    assert refused.value.code == "SEAL-10"


def test_no_hub_is_told_before_somebody_says_that_every_bridge_has_the_key(
    anne: Clinic, words: list[str]
) -> None:
    assert anne.roster().bridge == ""
    assert (
        anne.config.bridge.key == hpke.Reader(at.bridge_key(anne.secret(PASSPHRASE))).public.hex()
    )
    again = json.loads(run("fleet", "rotate", "--bridge", "--json", *words).out)
    assert again["key"] == 2  # a step that is repeated makes no third key


def test_hubs_are_told_by_the_list_that_only_the_root_signs(
    anne: Clinic, words: list[str], sekmet: DemoServer
) -> None:
    assert json.loads(run("fleet", "rotate", "--bridge", "--tell", "--json", *words).out) == {
        "hubs": 1
    }
    after = opened(anne.folder, "ann")
    assert after.config.bridge.key == after.roster().bridge == bridge(anne).public.hex()
    sent = [
        one["input"][0]["valueString"]
        for one in every(sekmet.base_url, "Task")
        if one["for"]["reference"] == "Patient/keys"
    ]
    assert after.roster_text() in sent
    body = json.loads(after.roster_text())
    for forged in (body | {"bridge": hpke.Reader().public.hex()}, {**body, "bridge": "x"}):
        with pytest.raises(HubError) as refused:
            roster.opened(json.dumps(forged), tenant="keys", root=after.root())
        assert refused.value.code == "SET-06"


def test_a_hub_that_is_told_seals_to_the_new_key_from_its_next_start(
    anne: Clinic, words: list[str], tmp_path: Path
) -> None:
    with clinics.desk(anne) as desk, desk.open() as where:
        invitation, _ = desk.invite(where.host, patient="Patient/keys")
        clinics.joined(invitation, tmp_path / "hub")
    file, restarts, memory = tmp_path / "hub" / "hearth.toml", [], Memory()
    assert with_applied(file).mqtt.bridge_key == anne.config.bridge.key
    run("fleet", "rotate", "--bridge", "--tell", *words)
    told = opened(anne.folder, "ann").roster_text()
    applied = Applied(with_applied(file), memory, lambda: restarts.append(1))
    assert applied.take_list(told) == "The list of signers 2 is on the hub."
    assert with_applied(file).mqtt.bridge_key == bridge(anne).public.hex()
    assert load(file).mqtt.bridge_key == anne.config.bridge.key  # whoever enrols anew, begins anew
    Applied(with_applied(file), memory, lambda: restarts.append(1)).take_list(told)
    assert restarts == [1]  # told twice, it starts anew once
    (tmp_path / "hub" / "state" / CLINIC / "bridge-key").write_text("no key")
    assert with_applied(file).mqtt.bridge_key == anne.config.bridge.key


def test_a_clinic_made_again_from_its_sheet_has_every_key(anne: Clinic, tmp_path: Path) -> None:
    sheet = sheets.in_words(anne, [], "", pin="")
    assert any(line.endswith("--bridge-keys 2") for line in sheet)
    config = replace(anne.config, bridge=replace(anne.config.bridge, key=""))
    found.made(
        tmp_path / "again",
        config,
        secret=anne.secret(PASSPHRASE),
        passphrase=PASSPHRASE,
        now=clinics.today(),
    )
    kept = (tmp_path / "again" / "bridge" / "bridge.key").read_text()
    assert kept == (anne.folder / "bridge" / "bridge.key").read_text()


@pytest.mark.usefixtures("anne")
@pytest.mark.parametrize("wrong", [("rotate",), ("rotate", "--tell"), ("rotate", "h", "--tell")])
def test_whose_key_it_is_must_be_said(words: list[str], wrong: tuple[str, ...]) -> None:
    with pytest.raises(HearthError) as refused:
        run("fleet", *wrong, *words)
    assert refused.value.code == "FLEET-40"


def test_nothing_is_told_where_no_key_was_made(
    tmp_path: Path, sekmet: DemoServer, words: list[str]
) -> None:
    clinics.clinic(tmp_path / "clinic", sekmet.base_url, tenant="nokeys")
    with pytest.raises(HearthError) as refused:
        run("fleet", "rotate", "--bridge", "--tell", *words)
    assert refused.value.code == "FLEET-39"
