"""A clinic is made by one command, and everything private in it is locked."""

from __future__ import annotations

import json
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from agent.cli.main import app
from agent.demo.server import DemoServer, ask, put
from agent.fleet import clinic as at
from agent.fleet.clinic import opened
from config.bridge import load_bridge
from config.load import parse
from sync import certificates, roster
from sync.fhir.invitation import Invited, State, invitation_id, invited_of, resource_of
from sync.invitation import read as read_invitation
from sync.settings import opened as settings_opened
from tests.fakes import clinics
from tests.servers.medplum import Medplum
from vitals.errors import HubError

PASSPHRASE = "correct horse battery staple"  # noqa: S105 - a made-up one
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def run(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["fleet", *words], catch_exceptions=True)
    if isinstance(done.exception, HubError):
        raise done.exception
    assert done.exit_code == status, done.output
    return done.stdout


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("words") / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, words: Path, sekmet: DemoServer) -> Path:
    path = tmp_path_factory.mktemp("folder") / "clinic"
    put(sekmet.base_url, {"resourceType": "Patient", "id": "inv"})
    run(
        *("init", str(path), "--fhir", sekmet.base_url, "--bridge", "127.0.0.1:9443"),
        *("--name", "st-anne", "--passphrase-file", str(words), "--operator", "ann"),
    )
    return path


def test_what_a_clinic_keeps_for_itself_is_locked(folder: Path) -> None:
    clinic = opened(folder, "ann")
    secret, key = clinic.secret(PASSPHRASE), clinic.signing_key(PASSPHRASE)
    private = [secret, key.private(), certificates.key_pem(at.root_key(secret))]
    for path in folder.rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.name == "audit.state"
            octets = path.read_bytes()
            assert not any(one in octets or one.hex().encode() in octets for one in private)
    with pytest.raises(HubError) as refused:
        clinic.secret(PASSPHRASE.upper())
    assert refused.value.code == "FLEET-10"


def test_openssl_finds_the_chains_good_and_the_issuing_one_good_for_clients_alone(
    folder: Path, tmp_path: Path
) -> None:
    secret = opened(folder, "ann").secret(PASSPHRASE)
    issuing = certificates.Signer(
        certificate=opened(folder, "ann").issuing(), key=at.issuing_key(secret)
    )
    request = certificates.read_request(certificates.request(certificates.new_key(), "whoever"))
    leaf = certificates.hub(issuing, request, name="hub-1", now=datetime.now(UTC))
    forged = certificates.server(
        issuing, certificates.new_key(), name="broker", hosts=["a.example"], now=datetime.now(UTC)
    )
    for name, one in {"leaf": leaf, "forged": forged}.items():
        (tmp_path / name).write_bytes(certificates.pem_of([one]))

    def verified(purpose: str, path: Path, *more: str) -> bool:
        words = ["openssl", "verify", "-x509_strict", "-purpose", purpose]
        words += ["-CAfile", str(folder / "root.pem"), *more, str(path)]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    between = ["-untrusted", str(folder / "issuing.pem")]
    assert verified("sslclient", tmp_path / "leaf", *between)
    assert not verified("sslserver", tmp_path / "leaf", *between)
    assert not verified("sslserver", tmp_path / "forged", *between)
    assert verified("sslserver", folder / "broker" / "broker.pem")
    assert verified("sslclient", folder / "bridge" / "bridge.pem")


def test_the_bridges_kit_is_what_a_bridge_reads(folder: Path) -> None:
    config = load_bridge(folder / "bridge" / "bridge.toml")
    assert config.bridge.tenant == "st-anne"
    assert config.mqtt.cert_file == folder / "bridge" / "bridge.pem"


def test_a_clinic_is_not_made_over_another(folder: Path, words: Path) -> None:
    with pytest.raises(HubError) as refused:
        run(
            *("init", str(folder), "--fhir", "https://c.example", "--bridge", "c.example"),
            *("--passphrase-file", str(words)),
        )
    assert refused.value.code == "FLEET-01"


@pytest.mark.parametrize(("role", "good"), [("admin", True), ("nurse", True), ("viewer", False)])
def test_a_role_allows_what_it_says(folder: Path, *, role: str, good: bool) -> None:
    clinic = opened(folder, "ann")
    listed = replace(clinic.config.operator[0], role=role)
    clinic = replace(clinic, config=replace(clinic.config, operator=(listed,)))
    if good:
        clinic.allow("nurse")
        return
    with pytest.raises(HubError) as refused:
        clinic.allow("nurse")
    assert refused.value.code == "FLEET-12"


def test_an_invitation_leaves_only_a_hash_and_signed_settings_on_the_server(
    folder: Path, words: Path, sekmet: DemoServer
) -> None:
    printed = run(
        *("invite", "--patient", "Patient/inv", "--meter", "00:22:09:4b:1a:7c", "--json"),
        *("--clinic", str(folder), "--passphrase-file", str(words), "--operator", "ann"),
    )
    told = json.loads(printed)
    invitation = read_invitation(told["invitation"])
    clinic = opened(folder, "ann")
    assert invitation.pin == certificates.pin(clinic.root())
    assert invitation.host == "127.0.0.1:9443"
    found = ask(f"{sekmet.base_url}/Basic/{invitation_id(invitation.hash())}")
    assert invitation.secret.hex() not in json.dumps(found)
    kept = invited_of(found)
    assert kept is not None
    assert (kept.tenant, kept.hub, kept.state) == ("st-anne", told["hub"], State.OPEN)
    signers = roster.opened(kept.roster, tenant="st-anne", root=clinic.root()).keys()
    settings = settings_opened(
        kept.settings, tenant="st-anne", hub=told["hub"], signers=signers, newest=0
    )
    config = parse(settings.text, source="test")
    assert config.patient.reference == "Patient/inv"
    assert config.meter[0].address == "00:22:09:4B:1A:7C"
    assert config.mqtt.bridge_key == clinic.config.bridge.key


def test_the_printed_invitation_names_hub_time_and_command(folder: Path, words: Path) -> None:
    said = run(
        *("invite", "--patient", "Patient/inv", "--hub", "kitchen", "--ttl", "7d"),
        *("--clinic", str(folder), "--passphrase-file", str(words), "--operator", "ann"),
    )
    assert said.startswith("Invitation for kitchen (Patient/inv). It works once, until ")
    assert "sudo hearth enroll" in said
    assert read_invitation(said.strip().splitlines()[-1]).host == "127.0.0.1:9443"


@pytest.mark.parametrize(
    ("words_", "code"),
    [
        (["--ttl", "0h"], "FLEET-16"),
        (["--ttl", "91d"], "FLEET-16"),
        (["--ttl", "soon"], "FLEET-16"),
        (["--hub", "bridge"], "FLEET-17"),
        (["--hub", "broker"], "FLEET-17"),
        (["--meter", "the red one"], "FLEET-15"),
        (["--meter", "@usb"], "FLEET-15"),
        (["--patient", "Patient/nobody-here"], "FLEET-23"),
        (["--operator", "stranger"], "FLEET-12"),
        (["--clinic", "/nonexistent"], "FLEET-11"),
        (["--passphrase-file", "/nonexistent"], "FLEET-18"),
    ],
)
def test_a_slip_of_the_operator_is_told(
    folder: Path, words: Path, words_: list[str], code: str
) -> None:
    base = ["invite", "--patient", "Patient/inv", "--clinic", str(folder), "--operator", "ann"]
    with pytest.raises(HubError) as refused:
        run(*base, "--passphrase-file", str(words), *words_)
    assert refused.value.code == code


def test_both_servers_keep_two_changes_apart(folder: Path, router: Medplum) -> None:
    clinic = opened(folder, "ann")
    fhir = replace(clinic.config.fhir, base_url=router.base_url)
    other = replace(clinic, config=replace(clinic.config, fhir=fhir))
    for one in (clinic, other):
        with one.line() as line:
            line.invitations.check()


def test_the_trail_of_a_machine_is_chained_and_sent(tmp_path: Path, sekmet: DemoServer) -> None:
    clinic = clinics.clinic(tmp_path / "clinic", sekmet.base_url, tenant="st-trail")
    folder = clinic.folder
    trail = clinic.trail()
    trail.note(by="ann", what="invited", why="hub hub-1")
    trail.note(by="ann", what="noted", why="hub hub-1")
    assert [event.what for event in trail.events() if event] == ["invited", "noted"]
    assert trail.faults() == []
    with clinic.line() as line:
        assert trail.send(line.link) == 0
    lines = (folder / "audit.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "audit.jsonl").write_bytes(lines[0])
    assert trail.faults() != []


ENTRY = Invited(
    tenant="t",
    hub="hub-1",
    patients="Patient/1 Patient/2",
    hash="ab" * 32,
    expires=(NOW + timedelta(hours=1)).isoformat(),
    by="ann",
    at=NOW.isoformat(),
    version="3",
    settings='{"v": 1}',
    roster="{}",
)


def test_an_invitation_is_read_as_it_was_written() -> None:
    assert invited_of({**resource_of(ENTRY), "meta": {"versionId": "7"}}) == replace(
        ENTRY, etag="7"
    )
    assert not ENTRY.is_over(NOW)
    assert ENTRY.is_over(NOW + timedelta(hours=1))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["id", "extension", "meta", "resourceType"]), _JSON))
def test_what_is_no_invitation_is_none(found: dict[str, object]) -> None:
    assert invited_of(found) is None


def test_a_list_of_signers_holds_only_under_its_own_root() -> None:
    key, other = certificates.new_key(), certificates.new_key()
    root = certificates.root(key, clinic="t", now=NOW).certificate
    list_ = roster.Roster(tenant="t", version=2, signers=(("first", "ab" * 32),))
    text = list_.written(key)
    assert roster.opened(text, tenant="t", root=root, newest=2) == list_
    for wrong, code in (
        (list_.written(other), "SET-06"),
        (text.replace('"version": 2', '"version": 3'), "SET-06"),
        (replace(list_, tenant="other").written(key), "SET-06"),
        (text.replace("first", "second"), "SET-06"),
        (text + " " * roster.MAX_OCTETS, "SET-06"),
    ):
        with pytest.raises(HubError) as refused:
            roster.opened(wrong, tenant="t", root=root)
        assert refused.value.code == code
    with pytest.raises(HubError) as older:
        roster.opened(text, tenant="t", root=root, newest=3)
    assert older.value.code == "SET-07"


@given(st.text(max_size=60) | _JSON.map(json.dumps))
def test_what_is_no_list_of_signers_ends_in_our_error(text: str) -> None:
    root = certificates.root(certificates.new_key(), clinic="t", now=NOW).certificate
    with pytest.raises(HubError) as refused:
        roster.opened(text, tenant="t", root=root)
    assert refused.value.code == "SET-06"
