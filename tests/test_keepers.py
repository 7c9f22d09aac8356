"""Where a hub key is kept: replaced, and worth what its rung says.

`systemd-creds` is the real one (Debian's systemd), the TPM a software one (swtpm); both are named
in .ci/run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.enrol.hubkey import seal_new
from agent.keepers import CredentialKeeper, FileKeeper, keeper
from agent.keys import Rung, sealed_by
from tests.fakes.tpm import SoftTpm
from vitals.errors import HubError

NEW, NEWER = bytes([7]) * 32, bytes([8]) * 32


@pytest.fixture
def host_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give systemd-creds a host secret of this test's own, so that no root is needed.

    SYSTEMD_CREDENTIAL_SECRET is systemd's own (docs/ENVIRONMENT.md).
    """
    monkeypatch.setenv("SYSTEMD_CREDENTIAL_SECRET", str(tmp_path / "credential.secret"))


@pytest.mark.usefixtures("host_secret")
def test_a_key_sealed_to_the_host_is_replaced_and_opens_under_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "hub-key.cred"
    kept = CredentialKeeper(path)
    kept.stage(NEW)
    assert not path.exists()
    kept.promote()
    assert (kept.read(), sealed_by(path.read_bytes())) == (NEW, Rung.HOST)
    kept.stage(NEWER)
    assert (kept.read(), kept.read(staged=True)) == (NEW, NEWER)
    kept.promote()
    assert kept.read() == NEWER
    assert path.stat().st_mode & 0o077 == 0
    assert NEWER not in path.read_bytes()


@pytest.mark.usefixtures("host_secret")
def test_on_another_machine_the_credential_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = CredentialKeeper(tmp_path / "hub-key.cred")
    kept.stage(NEW)
    kept.promote()
    monkeypatch.setenv("SYSTEMD_CREDENTIAL_SECRET", str(tmp_path / "another.secret"))
    CredentialKeeper(tmp_path / "other.cred").stage(NEW)  # the other machine makes its own secret
    with pytest.raises(HubError) as refused:
        kept.read()
    assert refused.value.code == "KEY-04"


def test_without_systemd_creds_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "hub-key.cred"
    path.write_bytes(b"Whxqht+dQJax1aZeCGLxmgAAAAAA")
    with pytest.raises(HubError) as refused:
        keeper(tmp_path, path).stage(NEW)
    assert refused.value.code == "KEY-04"
    assert path.read_bytes() == b"Whxqht+dQJax1aZeCGLxmgAAAAAA"


@pytest.fixture
def tpm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftTpm]:
    """Run a TPM, and flush it before each use of systemd-creds, as a kernel's /dev/tpmrm0 does."""
    soft = SoftTpm(tmp_path / "tpm")
    script = tmp_path / "bin" / "systemd-creds"
    script.parent.mkdir()
    at = soft.device.partition("=")[2]
    flushing = "\n".join(f"tpm2_flushcontext -T {at} -{kind}" for kind in "tls")
    script.write_text(f'#!/bin/sh\n{flushing}\nexec /usr/bin/systemd-creds "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    yield soft
    soft.stop()


@pytest.mark.usefixtures("host_secret")
def test_a_key_sealed_to_a_tpm_is_replaced_and_dies_with_the_tpm(
    tpm: SoftTpm, tmp_path: Path
) -> None:
    path = tmp_path / "hub-key.cred"
    kept = CredentialKeeper(path, [tpm.device])
    kept.stage(NEW, by=Rung.TPM)
    kept.promote()
    assert sealed_by(path.read_bytes()) is Rung.TPM
    kept.stage(NEWER)
    kept.promote()
    assert (kept.read(), sealed_by(path.read_bytes())) == (NEWER, Rung.TPM)
    tpm.tool("tpm2_clear", "-c", "p")
    with pytest.raises(HubError):
        kept.read()


def test_a_hub_without_a_credential_keeps_its_key_in_a_file(tmp_path: Path) -> None:
    kept = keeper(tmp_path, tmp_path / "none.cred")
    assert isinstance(kept, FileKeeper)
    kept.stage(NEW)
    kept.promote()
    assert (tmp_path / "hub.key").read_bytes() == NEW
    assert (tmp_path / "hub.key").stat().st_mode & 0o077 == 0
    assert kept.destroy() == [str(tmp_path / "hub.key")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("host_secret")
def test_a_new_hub_has_its_key_sealed_by_the_tpm_where_there_is_one(
    tpm: SoftTpm, tmp_path: Path
) -> None:
    path = tmp_path / "etc" / "hub-key.cred"
    assert seal_new(path, [tpm.device]) is Rung.TPM
    key = CredentialKeeper(path, [tpm.device]).read()
    assert len(key) == 32
    assert seal_new(path, [tpm.device]) is Rung.TPM
    assert CredentialKeeper(path, [tpm.device]).read() == key  # made once, never over another


@pytest.mark.usefixtures("host_secret")
def test_a_new_hub_without_a_tpm_has_its_key_sealed_to_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "hub-key.cred"
    assert seal_new(path, ["--tpm2-device=swtpm:host=127.0.0.1,port=9"]) is Rung.HOST
    assert len(CredentialKeeper(path).read()) == 32
