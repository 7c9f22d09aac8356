"""A hub joins a clinic through a real HTTPS door, its register on a real FHIR server."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.demo.server import DemoServer, ask, every
from agent.enrol.join import join, join_later
from agent.enrol.place import CLINIC, PENDING, Place
from agent.fleet import carried
from agent.fleet.invite import in_file
from config.load import load
from sync import certificates, est
from sync.bridge.enrol import SETTINGS
from sync.fhir.invitation import invitation_id
from sync.fhir.register import Standing
from sync.invitation import Invitation
from tests.fakes.clinics import Desk, desk, dial, files, joined, place, refused, today
from vitals.errors import HearthError, LinkError


def test_one_invitation_makes_a_hub_of_a_machine(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        invitation, entry = anne.invite(where.host, patient="Patient/enr-1")
        done = joined(invitation, tmp_path)
    config = load(tmp_path / "hearth.toml")
    assert (config.hub.id, config.hub.tenant) == (entry.hub, "st-anne")
    assert config.patient.reference == "Patient/enr-1"
    assert config.hub.settings_version == 1
    assert set(config.hub.signers) == set(anne.clinic.roster().keys())
    assert config.mqtt.bridge_key == anne.clinic.config.bridge.key
    identity = tmp_path / "state" / "clinic" / "identity.pem"
    assert (config.mqtt.cert_file, config.mqtt.key_file) == (identity, identity)
    assert stat.S_IMODE(identity.stat().st_mode) == 0o600
    leaf, issuing = certificates.read_all(identity.read_bytes())
    assert certificates.name_of(leaf) == entry.hub
    assert certificates.is_from(leaf, issuing)
    assert certificates.is_from(issuing, anne.clinic.root())
    assert done.ends is not None
    assert timedelta(days=29) < done.ends - today() <= timedelta(days=30)
    assert files(tmp_path) == {
        "hearth.toml",
        *(f"state/clinic/{n}" for n in ("root.pem", "roster.json", "identity.pem")),
        "state/clinic/enrolled.json",
    }


def test_the_register_knows_the_hub_and_nothing_keeps_the_secret(
    anne: Desk, tmp_path: Path, sekmet: DemoServer
) -> None:
    with anne.open() as where:
        invitation, entry = anne.invite(where.host, patient="Patient/enr-2", label="Kitchen")
        joined(invitation, tmp_path)
    known = anne.line.register.fresh(entry.hub)
    assert known.entry is not None
    assert known.patients == {"Patient/enr-2"}
    assert (known.entry.by, known.entry.label, known.entry.settings) == ("ann", "Kitchen", "1")
    kept = ask(f"{sekmet.base_url}/Basic/{invitation_id(invitation.hash())}")
    for octets in [
        json.dumps(kept).encode(),
        *(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()),
    ]:
        assert invitation.secret.hex().encode() not in octets
    events = every(sekmet.base_url, "AuditEvent")
    notes = [one.get("purposeOfEvent", [{}])[0].get("text", "") for one in events]
    assert any(note.startswith(f"hub {entry.hub}, certificate ") for note in notes)


def test_of_two_hubs_with_one_invitation_at_two_bridges_exactly_one_wins(
    anne: Desk, tmp_path: Path
) -> None:
    together = threading.Barrier(2, timeout=60)

    def held(
        method: str, path: str, headers: Mapping[str, str], body: bytes, peer: bytes | None
    ) -> tuple[int, bytes, str]:
        if path.endswith(est.ENROLL):
            together.wait()
        return anne.answer(method, path, headers, body, peer)

    ends: list[str] = []

    def enrol(one: Invitation, folder: Path) -> None:
        try:
            joined(one, folder)
        except HearthError as error:
            ends.append(error.code)
        else:
            ends.append("joined")

    def sisters(
        method: str, path: str, headers: Mapping[str, str], body: bytes, peer: bytes | None
    ) -> tuple[int, bytes, str]:
        if path.endswith(est.ENROLL):
            together.wait()
        return sister.answer(method, path, headers, body, peer)

    with anne.open(held) as here, desk(anne.clinic) as sister, sister.open(sisters) as there:
        invitation, entry = anne.invite(here.host)
        hubs = [
            threading.Thread(target=enrol, args=(replace(invitation, host=host), tmp_path / name))
            for name, host in {"one": here.host, "two": there.host}.items()
        ]
        for hub in hubs:
            hub.start()
        for hub in hubs:
            hub.join(120)
    assert sorted(ends) == ["ENR-13", "joined"]
    winner = next(tmp_path.rglob("identity.pem"))
    known = anne.line.register.fresh(entry.hub).entry
    assert known is not None
    assert known.keys == (
        certificates.key_hash(certificates.read_all(winner.read_bytes())[0]).hex(),
    )


STEPS = [
    ("GET", f"{est.PREFIX}{est.CACERTS}"),
    ("GET", SETTINGS),
    ("POST", f"{est.PREFIX}{est.ENROLL}"),
]


@pytest.mark.parametrize("step", STEPS, ids=["cacerts", "settings", "simpleenroll"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_that_breaks_at_any_step_costs_only_the_same_command_again(
    anne: Desk, tmp_path: Path, step: tuple[str, str], when: str
) -> None:
    broken: list[str] = []

    def breaking(
        method: str, path: str, headers: Mapping[str, str], body: bytes, peer: bytes | None
    ) -> tuple[int, bytes, str]:
        if (method, path) == step and not broken:
            broken.append(path)
            if when == "after":  # the clinic did it, and its answer never arrived
                anne.answer(method, path, headers, body, peer)
            return 0, b"", ""
        return anne.answer(method, path, headers, body, peer)

    with anne.open(breaking) as where:
        invitation, _ = anne.invite(where.host)
        error = refused(lambda: joined(invitation, tmp_path))
        assert isinstance(error, LinkError)
        assert error.code == "ENR-20"
        assert not (tmp_path / "hearth.toml").exists()
        joined(invitation, tmp_path)
    assert load(tmp_path / "hearth.toml").enrol.host == where.host
    assert not (tmp_path / "state" / "enrolling").exists()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_an_end_between_two_steps_costs_only_the_same_command_again(
    anne: Desk, tmp_path: Path, steps: int
) -> None:
    told: list[str] = []

    def ending(step: str) -> None:
        told.append(step)
        if len(told) == steps:
            raise KeyboardInterrupt

    with anne.open() as where:
        invitation, _ = anne.invite(where.host)
        with pytest.raises(KeyboardInterrupt):
            join(invitation, place(tmp_path), dial, now=today(), by="bob", tell=ending)
        assert not (tmp_path / "hearth.toml").exists()
        joined(invitation, tmp_path)
    assert load(tmp_path / "hearth.toml").enrol.host == where.host


def test_a_revoked_hub_that_is_invited_anew_is_taken_back_in(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        invitation, entry = anne.invite(where.host, hub="hub-back")
        joined(invitation, tmp_path / "one")
        known = anne.line.register.fresh("hub-back").entry
        assert known is not None
        assert anne.line.register.write(replace(known, state=Standing.REVOKED))
        again, newer = anne.invite(where.host, hub="hub-back")
        assert int(newer.version) > int(entry.version)
        joined(again, tmp_path / "two")
    assert not anne.line.register.fresh("hub-back").revoked


def test_a_hub_without_a_network_is_set_up_from_a_file(anne: Desk, tmp_path: Path) -> None:
    invitation, entry = anne.invite("127.0.0.1:9")
    text = in_file(anne.clinic, invitation, entry)
    (tmp_path / "hub").mkdir()
    done = join_later(carried.read(text), place(tmp_path / "hub"), by="bob")
    assert done.ends is None
    config = load(tmp_path / "hub" / "hearth.toml")
    assert config.hub.id == entry.hub
    assert config.enrol.identity_file is not None
    assert not config.enrol.identity_file.exists()
    assert files(config.enrol.identity_file.parent) == {
        *("root.pem", "roster.json", "key.pem", "invitation", "enrolled.json")
    }


def test_the_service_may_look_into_the_settings_folder_that_root_made(tmp_path: Path) -> None:
    """Enrol an installed hub: /etc/hearth is not there yet, and the service is not root."""
    where = Place(
        settings=tmp_path / "etc" / "hearth" / "hearth.toml", state_dir=tmp_path / "state"
    )
    where.keep("root.pem", b"a root")
    text = (
        '[hub]\nid = "hub-1"\n[patient]\nreference = "Patient/1"\n'
        '[fhir]\nbase_url = "https://fhir.example/r4"\n'
    )
    before = os.umask(0o077)
    try:
        where.finish(text, version=1, signers=[], host="bridge.example:8443")
    finally:
        os.umask(before)
    assert stat.S_IMODE(where.settings.parent.stat().st_mode) == 0o755
    assert stat.S_IMODE(where.settings.stat().st_mode) == 0o644
    assert stat.S_IMODE(where.clinic.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", [PENDING, CLINIC])
def test_root_is_led_nowhere_by_a_link_in_the_state_folder(name: str, tmp_path: Path) -> None:
    one, elsewhere = place(tmp_path), tmp_path / "etc"
    elsewhere.mkdir()
    one.state_dir.mkdir(parents=True, exist_ok=True)
    (one.state_dir / name).symlink_to(elsewhere)

    def enrol() -> None:
        one.begin("hash")
        one.finish("", version=1, signers=[], host="bridge.example")

    assert refused(enrol).code == "ENR-41"
    assert files(elsewhere) == set()
