"""A hub's key that never leaves its TPM: made there, enrolled, and shown over TLS to a real door.

The TPM is a software one (swtpm) behind Debian's resource manager (tpm2-abrmd), as the kernel's
/dev/tpmrm0 is before a real one; the rest is Debian's openssl and tpm2-openssl.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.enrol.join import join
from agent.enrol.keybox import FileBox, TpmBox, box_of, key_in, without_parameters
from config.load import load
from sync import certificates
from tests.fakes.clinics import Desk, dial, place, today
from tests.fakes.tpm import SoftTpm
from vitals.errors import HubError

LIMIT_S = 60.0
_SHOW = """
import sys
from pathlib import Path
from agent.enrol.keybox import FileBox
from sync import certificates
from sync.links.est import EstLink
url, root, identity, name = sys.argv[1:]
box = FileBox()
line = EstLink(url, root=Path(root).read_bytes(), identity=Path(identity))
print(certificates.name_of(line.enrol(box.request(box.new(), name), again=True)[0]))
"""


@pytest.fixture
def tpm(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """Run a TPM and its resource manager on a bus of their own; give where they are."""
    soft = SoftTpm(tmp_path / "tpm")
    bus = tmp_path / "bus"
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", f"--address=unix:path={bus}", "--nofork"],
        stderr=subprocess.DEVNULL,
    )
    _until(bus.exists)
    where = {
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={bus}",
        "TPM2OPENSSL_TCTI": "tabrmd:bus_type=session",
    }
    manager = subprocess.Popen(
        ["tpm2-abrmd", "--session", "--allow-root", f"--tcti={soft.device.partition('=')[2]}"],
        env={**os.environ, **where},
        stderr=subprocess.DEVNULL,
    )
    words = ["tpm2_getcap", "-T", where["TPM2OPENSSL_TCTI"], "properties-fixed"]
    asking = {**os.environ, **where}
    _until(
        lambda: not subprocess.run(words, env=asking, check=False, capture_output=True).returncode
    )
    yield where
    for process in (manager, daemon):
        process.terminate()
        process.wait(LIMIT_S)
    soft.stop()


def _until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not there():
        assert time.monotonic() < end, "it does not start"
        time.sleep(0.05)


def test_a_key_in_the_tpm_enrols_and_is_shown_over_tls(
    anne: Desk, tmp_path: Path, tpm: Mapping[str, str]
) -> None:
    hub = tmp_path / "hub"
    with anne.open() as where:
        invitation, entry = anne.invite(where.host)
        join(invitation, place(hub), dial, now=today(), by="bob", box=TpmBox(tpm))
        config = load(hub / "hearth.toml")
        identity, root = config.enrol.identity_file, config.enrol.root_file
        assert identity is not None
        assert root is not None
        assert b"TSS2 PRIVATE KEY" in identity.read_bytes()
        assert b"BEGIN PRIVATE KEY" not in identity.read_bytes()
        words = [f"https://{where.host}", str(root), str(identity), entry.hub]
        environment = {**os.environ, **tpm, "OPENSSL_CONF": str(root.parent / "openssl.cnf")}
        shown = subprocess.run(
            [sys.executable, "-c", _SHOW, *words],
            env=environment,
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        )
    assert shown.stdout.strip() == entry.hub


def test_the_tpm_signs_for_its_own_keys_alone(tpm: Mapping[str, str], tmp_path: Path) -> None:
    box = TpmBox(tpm)
    key = box.new()
    request = certificates.read_request(box.request(key, "hub-1"))
    assert certificates.name_of(request) == "hub-1"
    assert isinstance(box_of(key, tpm), TpmBox)
    (tmp_path / "second").mkdir()
    other = SoftTpm(tmp_path / "second" / "tpm")
    elsewhere = {"TPM2OPENSSL_TCTI": other.device.partition("=")[2]}
    with pytest.raises(HubError) as refused:
        TpmBox(elsewhere).request(key, "hub-1")
    other.stop()
    assert refused.value.code == "ENR-27"


def test_without_a_tpm_it_is_said_with_what_to_do() -> None:
    with pytest.raises(HubError) as refused:
        TpmBox({"TPM2OPENSSL_TCTI": "swtpm:host=127.0.0.1,port=9"}).new()
    assert refused.value.code == "ENR-27"


def test_a_key_is_found_beside_its_certificates() -> None:
    key = FileBox().new()
    root = certificates.root(certificates.new_key(), clinic="t", now=today()).certificate
    assert key_in(key + certificates.pem_of([root])) == key
    with pytest.raises(ValueError, match="no key"):
        key_in(certificates.pem_of([root]))


@given(st.binary(max_size=300))
def test_what_is_no_request_ends_in_our_error_or_in_octets(octets: bytes) -> None:
    with suppress(HubError):
        assert without_parameters(octets)[0] == 0x30


def test_a_request_without_parameters_stays_as_it_is() -> None:
    request = FileBox().request(FileBox().new(), "hub-1")
    assert certificates.name_of(certificates.read_request(without_parameters(request))) == "hub-1"
