"""What a clinic refuses a hub, and a hub a clinic: each by its name, and nothing stays behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.demo.server import DemoServer
from agent.enrol.join import join_later
from agent.enrol.keybox import key_in
from agent.fleet import carried
from agent.fleet.act import Desk as Work
from agent.fleet.act import revoke
from agent.fleet.invite import in_file
from sync import certificates, est
from sync.fhir.invitation import State
from sync.invitation import Invitation
from sync.links.est import EstLink
from tests.fakes.clinics import PASSPHRASE, Desk, clinic, desk, files, joined, place, refused, today
from tests.fakes.doors import Where
from vitals.errors import HubError, LinkError


def test_an_invitation_works_for_one_hub_only(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host)
        joined(invitation, tmp_path / "one")
        error = refused(lambda: joined(invitation, tmp_path / "two"))
    assert error.code == "ENR-13"
    assert files(tmp_path / "two") == set()


def test_an_invitation_that_ran_out_is_called_so(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host, now=today() - timedelta(hours=25))
        error = refused(lambda: joined(invitation, tmp_path))
    assert error.code == "ENR-14"
    assert files(tmp_path) == set()


def test_an_older_invitation_is_no_good_once_a_newer_one_was_used(
    anne: Desk, tmp_path: Path
) -> None:
    with anne.open() as where:
        older, _ = anne.invite(where.host, hub="hub-twice")
        newer, _ = anne.invite(where.host, hub="hub-twice")
        joined(newer, tmp_path / "one")
        assert refused(lambda: joined(older, tmp_path / "two")).code == "ENR-12"


def _asked_again(anne: Desk, where: Where, invitation: Invitation, folder: Path) -> str:
    """Ask for a certificate once more, as a hub does whose answer was lost; return the code."""
    root = certificates.pem_of([anne.clinic.root()])
    own = (folder / "state" / "clinic" / "identity.pem").read_bytes()
    request = certificates.request(certificates.read_key(key_in(own)), "any")
    line = EstLink(f"https://{where.host}", root=root)
    try:
        line.enrol(request, secret=invitation.secret)
    except HubError as error:
        return error.code
    finally:
        line.close()
    return ""


def test_a_hub_that_was_taken_back_does_not_come_back_by_the_invitation_it_had(
    anne: Desk, tmp_path: Path
) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host, hub="hub-stolen")
        joined(invitation, tmp_path)
        assert not _asked_again(anne, where, invitation, tmp_path)
        revoke(Work(clinic=anne.clinic, line=anne.line, now=today()), "hub-stolen", "stolen")

        assert _asked_again(anne, where, invitation, tmp_path) == "BRIDGE-04"
    assert anne.line.register.fresh("hub-stolen").revoked


def test_an_invitation_from_before_a_hub_was_taken_back_is_no_good(
    anne: Desk, tmp_path: Path
) -> None:
    with anne.open() as where:
        first, _ = anne.invite(where.host, hub="hub-lost")
        joined(first, tmp_path / "one")
        second, _ = anne.invite(where.host, hub="hub-lost", now=today() - timedelta(hours=1))
        revoke(Work(clinic=anne.clinic, line=anne.line, now=today()), "hub-lost", "lost")

        assert refused(lambda: joined(second, tmp_path / "two")).code == "BRIDGE-04"
    assert anne.line.register.fresh("hub-lost").revoked


def test_asking_again_changes_nothing_that_the_care_team_did_meanwhile(
    anne: Desk, tmp_path: Path
) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host, hub="hub-slow")
        joined(invitation, tmp_path)
        known = anne.line.register.fresh("hub-slow").entry
        assert known is not None
        changed = replace(known, settings="7", label="Attic", patients=("Patient/2",))
        assert anne.line.register.write(changed)

        assert not _asked_again(anne, where, invitation, tmp_path)
    kept = anne.line.register.fresh("hub-slow").entry
    assert kept is not None
    assert (kept.settings, kept.label, kept.patients) == ("7", "Attic", ("Patient/2",))
    assert kept.certificates != known.certificates


def test_an_invitation_that_was_withdrawn_is_no_good(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host)
        entry = anne.line.invitations.find(invitation.hash())
        assert entry is not None
        assert anne.line.invitations.save(replace(entry, state=State.WITHDRAWN))
        assert refused(lambda: joined(invitation, tmp_path)).code == "ENR-12"


def test_an_invitation_of_another_clinic_on_the_same_server_is_refused(
    anne: Desk, tmp_path: Path, sekmet: DemoServer
) -> None:
    other = clinic(tmp_path / "other", sekmet.base_url, tenant="st-ben")
    with desk(other) as ben, anne.open() as where:
        of_ben, _ = ben.invite(where.host)
        assert refused(lambda: joined(of_ben, tmp_path / "hub")).code == "ENR-21"
        # Even where the pin would fit: the register says whose it is.
        pinned = replace(of_ben, pin=certificates.pin(anne.clinic.root()))
        assert refused(lambda: joined(pinned, tmp_path / "hub")).code == "ENR-11"
    assert files(tmp_path / "hub") == set()


def test_a_secret_that_nobody_gave_out_is_refused(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host)
        guess = replace(invitation, secret=bytes(16))
        assert refused(lambda: joined(guess, tmp_path)).code == "ENR-10"


def test_the_secret_is_shown_to_nobody_but_the_clinic_of_the_pin(
    anne: Desk, tmp_path: Path
) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host)
        error = refused(lambda: joined(replace(invitation, pin=bytes(16)), tmp_path))
        assert error.code == "ENR-21"
        assert where.asked == ["GET /.well-known/est/cacerts"]
    assert files(tmp_path) == set()


@pytest.mark.parametrize("off", [timedelta(days=365), timedelta(days=-365), timedelta(minutes=6)])
def test_a_hub_whose_clock_is_wrong_is_told_so_and_not_that_the_clinic_is(
    anne: Desk, tmp_path: Path, off: timedelta
) -> None:
    with anne.open() as where:
        invitation, _ = anne.invite(where.host)
        error = refused(lambda: joined(invitation, tmp_path, lambda: today() + off))
        assert error.code == "ENR-24"
        assert str((today() + off).year) in error.message
        joined(invitation, tmp_path)  # the clock was set; the invitation is still good


def test_a_server_that_is_away_is_no_refusal(anne: Desk, tmp_path: Path) -> None:
    gone = replace(anne.clinic.config.fhir, base_url="http://127.0.0.1:9/fhir")
    away = replace(anne.clinic, config=replace(anne.clinic.config, fhir=gone))
    with desk(away) as offline, offline.open() as where:
        invitation, _ = anne.invite(where.host)
        error = refused(lambda: joined(invitation, tmp_path))
    assert error.code == "ENR-30" or isinstance(error, LinkError)


def test_settings_that_a_bridge_made_itself_are_refused(anne: Desk, tmp_path: Path) -> None:
    def forging(
        method: str, path: str, headers: Mapping[str, str], body: bytes, peer: bytes | None
    ) -> tuple[int, bytes, str]:
        status, said, kind = anne.answer(method, path, headers, body, peer)
        return status, said.replace(b"Patient/1", b"Patient/2"), kind

    with anne.open(forging) as where:
        invitation, _ = anne.invite(where.host)
        error = refused(lambda: joined(invitation, tmp_path))
    assert error.code == "SET-03"
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("Patient/1", "Patient/2"), "SET-03"),
        (('"v": 1', '"v": 2'), "ENR-03"),
        (("BEGIN CERTIFICATE", "BEGIN NOTHING"), "ENR-03"),
    ],
)
def test_a_file_that_was_changed_on_its_way_is_refused(
    anne: Desk, tmp_path: Path, change: tuple[str, str], code: str
) -> None:
    invitation, entry = anne.invite("127.0.0.1:9")
    text = in_file(anne.clinic, invitation, entry).replace(*change, 1)
    error = refused(lambda: join_later(carried.read(text), place(tmp_path), by="bob"))
    assert error.code == code
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/.well-known/est/nothing", b"", 404),
        ("POST", "/.well-known/est/cacerts", b"", 404),
        ("POST", "/.well-known/est/simpleenroll", b"not base64!", 400),
        ("POST", "/.well-known/est/simpleenroll", b"AAAA" * 8192, 400),
        ("POST", "/.well-known/est/simplereenroll", b"MAA=", 400),
        ("GET", "/enrol/settings", b"", 401),
    ],
)
def test_what_is_no_question_is_answered_and_nothing_more(
    anne: Desk, method: str, path: str, body: bytes, status: int
) -> None:
    for headers in ({}, {"authorization": "Basic !"}, {"authorization": "Basic OjAw"}):
        assert anne.answer(method, path, headers, body, None)[0] == status


def test_a_request_signed_by_another_key_is_refused(anne: Desk) -> None:
    one = certificates.request(certificates.new_key(), "hub-1")
    other = certificates.request(certificates.new_key(), "hub-1")
    forged = one[: -len(one) // 3] + other[-len(one) // 3 :]
    assert anne.answer("POST", f"{est.PREFIX}{est.ENROLL}", {}, est.written(forged), None)[0] == 400


def test_hubs_and_broker_and_bridge_are_not_taken_for_one_another(anne: Desk) -> None:
    with anne.open() as where:
        bridge = anne.clinic.folder / "bridge" / "bridge.pem"
        root = certificates.pem_of([anne.clinic.root()])
        line = EstLink(f"https://{where.host}", root=root, identity=bridge)
        request = certificates.request(certificates.new_key(), "bridge")
        error = refused(lambda: line.enrol(request, again=True))
        line.close()
    assert isinstance(error, HubError)
    assert error.code == "ENR-15"


def test_the_passphrase_is_in_no_file_of_the_clinic(anne: Desk) -> None:
    for path in anne.clinic.folder.rglob("*"):
        assert not path.is_file() or PASSPHRASE.encode() not in path.read_bytes()
