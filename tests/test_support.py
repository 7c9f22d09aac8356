"""A support bundle tells what is wrong with a hub, and nothing of who lives there.

Canaries stand wherever a patient's data or a secret can be: settings, store, keys, trail, journal.
Not one may be in the bundle, as it is, in hex or in base64.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from agent.audit import Audit
from agent.cli.main import app
from agent.doctor.examine import MACHINE, SETTINGS, examine
from agent.doctor.place import Place
from agent.offline import store_of
from agent.rekey import HubKeys
from agent.support import redact, sealed
from agent.support.collect import collected
from config.load import load
from sync import hpke
from sync.hpke import Reader
from tests.fakes import records
from vitals.errors import HubError

LIMIT_S = 90
NAMED = {
    "patient": "Patient/canary-grace-7f3a",
    "slot": "Patient/canary-henry-91bb",
    "hub": "canary-hub-4",
    "tenant": "canary-tenant",
    "host": "canary-host.example",
    "meter": "Canary cuff of Grace",
    "address": "C0:FF:EE:CA:4A:12",
    "phone": "+49 30 5550 canary",
    "code": "48151623",
    "client": "canary-client-id",
    "token": "canary-token-eyJhbGciOi",
    "operator": "canary-nurse",
    "why": "canary reason: her neighbour",
    "stranger": "canary Grace Hopper",
    "key": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
}
JOURNAL = """\
2026-05-19T12:00:00+0000 box hearth[1]: INFO agent.hub ready after_s=0.42
2026-05-19T12:00:01+0000 box hearth[1]: WARNING agent.upload upload alarm code=SYNC-01
2026-05-19T12:00:02+0000 box hearth[1]: INFO drivers.x session of {address} for {patient}
2026-05-19T12:00:03+0000 box hearth[1]: ERROR sync.y key {key} at https://{host}/r4?name=x
2026-05-19T12:00:04+0000 box hearth[1]:   File "x.py", line 1, in {stranger}
2026-05-19T12:00:05+0000 box other[9]: {stranger} pulse 128
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Write a hub full of canaries; return its settings."""
    (tmp_path / "token").write_text(NAMED["token"])
    file = tmp_path / "hearth.toml"
    file.write_text(
        f"""
[hub]
id = "{NAMED["hub"]}"
tenant = "{NAMED["tenant"]}"
state_dir = "{tmp_path / "state"}"
[patient]
reference = "{NAMED["patient"]}"
[fhir]
base_url = "https://{NAMED["host"]}/r4"
token_file = "{tmp_path / "token"}"
[screen]
phone = "{NAMED["phone"]}"
code = "{NAMED["code"]}"
[[meter]]
address = "{NAMED["address"]}"
name = "{NAMED["meter"]}"
driver = "standard-blood-pressure"
slots = {{ "1" = "{NAMED["slot"]}" }}
"""
    )
    config = load(file)
    HubKeys(config.hub.state_dir, create=True)
    (config.hub.state_dir / "hub.key").write_bytes(bytes.fromhex(NAMED["key"]))
    keys = HubKeys(config.hub.state_dir)
    with store_of(config, keys, records.hub_time) as outbox:
        outbox.put(records.blood_pressure(1)).result(LIMIT_S)
        outbox.park(1, reason=NAMED["why"], code="FHIR-422").result(LIMIT_S)
        outbox.put(records.evidence()).result(LIMIT_S)
        Audit(outbox, records.hub_time).note(by=NAMED["operator"], what="retry", why=NAMED["why"])
    return file


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Place:
    """Return that hub's machine, whose journal has canaries too."""
    journal = tmp_path / "bin" / "journalctl"
    journal.parent.mkdir()
    text = tmp_path / "journal"
    text.write_text(JOURNAL.format(**NAMED))
    journal.write_text(f'#!/bin/sh\nwhile read -r line; do echo "$line"; done < {text}\n')
    journal.chmod(0o755)
    nothing: dict[str, str] = {}
    return Place(
        config=load(home),
        now=records.hub_time,
        root=tmp_path / "root",
        path=str(journal.parent),
        environment=nothing,
    )


def singing(files: dict[str, str]) -> list[tuple[str, str]]:
    """Return which canary is heard in which file."""
    cages = [
        *NAMED.items(),
        ("pressure", "128/80"),
        ("patient of the reading", records.PATIENT),
        ("meter of the reading", records.CUFF.address),
        ("serial", str(records.CUFF.serial)),
    ]
    return [
        (name, file)
        for name, canary in cages
        for form in (canary, canary.encode().hex(), base64.b64encode(canary.encode()).decode()[:-4])
        for file, text in files.items()
        if form.lower() in text.lower()
    ]


def test_no_canary_is_in_a_bundle(place: Place) -> None:
    findings = examine(place, {**MACHINE, **SETTINGS})
    files = collected(place, findings)

    assert set(files) == {
        "doctor.json",
        "settings.json",
        "store.json",
        "software.json",
        "journal.txt",
    }
    assert singing(files) == []


def test_the_test_hears_a_canary_in_any_form() -> None:
    for name, canary in NAMED.items():
        for form in (canary, canary.upper(), canary.encode().hex()):
            assert (name, "x") in singing({"x": f"before {form} after"})


def test_a_bundle_tells_what_a_support_engineer_needs(place: Place) -> None:
    files = collected(place, [])
    store, settings = json.loads(files["store.json"]), json.loads(files["settings.json"])

    assert (store["counts"]["parked"], store["counts"]["evidence"]) == (1, 1)
    assert (store["faults"], store["event faults"], store["events"]["count"]) == ([], [], 1)
    assert settings["meter.driver (1)"] == "standard-blood-pressure"
    assert (settings["fhir.token_file"], settings["fhir.ca_file"]) == ("set", "not set")
    assert "hearth-hub" in json.loads(files["software.json"])["packages"]
    assert files["journal.txt"].splitlines() == [
        "2026-05-19T12:00:00+0000 INFO agent.hub ready after_s=0.42",
        "2026-05-19T12:00:01+0000 WARNING agent.upload upload alarm code=SYNC-01",
        "2026-05-19T12:00:02+0000 INFO drivers.x session of [left out] for [left out]",
        "2026-05-19T12:00:03+0000 ERROR sync.y key [left out] at [left out]",
        "2 lines that Hearth's own log did not write were left out.",
    ]


def test_a_hub_without_a_key_or_a_journal_still_gives_a_bundle(
    place: Place, tmp_path: Path
) -> None:
    (place.config.hub.state_dir / "hub.key").unlink()
    files = collected(replace(place, path=str(tmp_path / "nothing")), [])

    assert json.loads(files["store.json"]) == {"not collected": "KEY-01"}
    assert files["journal.txt"].startswith("There is no journal")


@given(st.text(max_size=200))
def test_a_setting_never_survives_in_a_text(text: str) -> None:
    known = frozenset({"Patient/7", "grace"})
    assert "grace" not in redact.clean(text + "GRACE" + text, known).lower()


@pytest.mark.parametrize(
    "telling",
    [
        "C0:26:DA:11:22:33",
        "c0-26-da-11-22-33",
        "Patient/123",
        "Practitioner/a.b-c",
        "5f0c2a7e-3b0a-4a55-9d4e-2f6f0b9f4c11",
        "00112233445566778899aabbccddeeff",
        "https://fhir.example/r4/Observation?x=1",
        "grace@example.org",
        "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCJ9",
    ],
)
def test_what_looks_like_somebody_is_taken_out(telling: str) -> None:
    assert redact.clean(f"before {telling} after", frozenset()) == "before [left out] after"


def test_only_the_one_it_was_sealed_to_opens_a_bundle() -> None:
    clinic, other = Reader(), Reader()
    octets = sealed.sealed({"doctor.json": "[]", "journal.txt": "ä\n"}, clinic.public)

    assert sealed.opened(octets, clinic) == {"doctor.json": "[]", "journal.txt": "ä\n"}
    with pytest.raises(HubError) as refused:
        sealed.opened(octets, other)
    assert refused.value.code == "SEAL-10"


def archive(*members: tarfile.TarInfo) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for member in members:
            made.addfile(member, io.BytesIO(bytes(member.size)))
    return packed.getvalue()


def member(name: str, *, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size, made.linkname = kind, size, "/etc/passwd"
    return made


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        b"no gzip",
        gzip.compress(b"no tar" * 200),
        archive(member("../evil.txt")),
        archive(member("/etc/cron.txt")),
        archive(member("a.sh")),
        archive(member("a.txt", kind=tarfile.SYMTYPE)),
        archive(*(member(f"a{number}.txt") for number in range(33))),
        gzip.compress(bytes(80 * 1024 * 1024), compresslevel=1),
        archive(member("a.txt"))[:-12],
    ],
    ids=range(10),
)
def test_a_bundle_made_by_an_enemy_is_refused(plain: bytes) -> None:
    clinic = Reader()
    octets = b"hearth-support/1\n" + hpke.sealed(plain, clinic.public, b"hearth/support/1")
    with pytest.raises(HubError) as refused:
        sealed.opened(octets, clinic)
    assert refused.value.code == "SUPPORT-02"


@given(st.binary(max_size=300))
def test_noise_is_no_bundle(noise: bytes) -> None:
    clinic = Reader()
    for octets in (noise, b"hearth-support/1\n" + noise):
        with pytest.raises(HubError) as refused:
            sealed.opened(octets, clinic)
        assert refused.value.code in {"SUPPORT-02", "SEAL-10"}


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["support", *words])


def test_a_bundle_goes_from_a_hub_to_the_clinic_and_is_opened_there(
    home: Path, tmp_path: Path
) -> None:
    clinic = Reader()
    key, bundle = tmp_path / "bridge.key", tmp_path / "bundle.sealed"
    key.write_text(clinic.private().hex() + "\n")
    key.chmod(0o600)
    said = run("bundle", "--config", str(home), "--out", str(bundle), "--to", clinic.public.hex())
    assert said.exit_code == 0, said.output
    assert bundle.stat().st_mode & 0o077 == 0

    opened = run("open", str(bundle), "--key", str(key), "--into", str(tmp_path / "there"))
    assert opened.exit_code == 0, opened.output
    files = {path.name: path.read_text() for path in (tmp_path / "there").iterdir()}
    assert singing({name: text for name, text in files.items() if name != "doctor.json"}) == []
    assert "store.json" in files


def test_without_a_reader_no_bundle_is_written(home: Path, tmp_path: Path) -> None:
    for key in ("", "zz", "00" * 32, "ab" * 31):
        result = run("bundle", "--config", str(home), "--to", key, "--out", str(tmp_path / "b"))
        assert isinstance(result.exception, HubError)
        assert result.exception.code == "SUPPORT-01"
    assert not (tmp_path / "b").exists()
    assert "settings.json" in run("bundle", "--config", str(home), "--show").stdout
