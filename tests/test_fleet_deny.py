"""A hub that was taken back: no certificate any more, no broker, no bridge; and it may come back.

Needs mosquitto (Debian's package): the broker runs as the clinic's own kit sets it up.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.demo.server import DemoServer, free_port
from agent.fleet import act, deny
from agent.fleet.act import Desk as Acting
from sync import certificates, denied
from sync.fhir.register import Registered, Standing
from tests.fakes.clinic import run
from tests.fakes.clinics import PASSPHRASE, Desk, clinic, desk, joined, today

_LIMIT_S = 90.0


@pytest.fixture(scope="module")
def anne(tmp_path_factory: pytest.TempPathFactory, sekmet: DemoServer) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("deny")
    with desk(clinic(folder / "clinic", sekmet.base_url, tenant="deny")) as made:
        yield made


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Run the clinic's broker from its kit, on a port of this machine's choice."""
    port = free_port()
    settings = folder / "mosquitto.conf"
    text = settings.read_text()
    text = text.replace("listener 8883", f"listener {port} 127.0.0.1")
    (folder / "test.conf").write_text(f"{text}user root\n")  # the folder is its owner's alone
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with (folder / "log").open("ab") as log:
        running = subprocess.Popen(
            [program, "-c", str(folder / "test.conf")], stdout=log, stderr=log
        )
    try:
        limit_s = time.monotonic() + _LIMIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < limit_s, (folder / "log").read_text()
                time.sleep(0.05)
        yield port
    finally:
        running.kill()
        running.wait(_LIMIT_S)


def is_let_in(port: int, root: Path, identity: Path) -> bool:
    """Tell whether the broker takes this certificate: it answers CONNECT (MQTT 3.1.1, 3.1)."""
    context = ssl.create_default_context(cafile=str(root))
    context.load_cert_chain(str(identity))
    name = b"probe"
    connect = b"\x00\x04MQTT\x04\x02\x00\x3c" + len(name).to_bytes(2, "big") + name
    try:
        with (
            socket.create_connection(("127.0.0.1", port), _LIMIT_S) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
        ):
            line.sendall(bytes([0x10, len(connect)]) + connect)
            return line.recv(4) == b"\x20\x02\x00\x00"
    except OSError:
        return False


def test_a_hub_that_was_taken_back_is_refused_by_the_broker_and_no_other_is(
    anne: Desk, tmp_path: Path
) -> None:
    names = {}
    with anne.open() as where:
        for hub in ("gone", "stays"):
            invitation, _ = anne.invite(where.host, hub=hub)
            joined(invitation, tmp_path / hub)
            names[hub] = tmp_path / hub / "state" / "clinic" / "identity.pem"
    kit = anne.clinic.folder / "broker"
    names["bridge"] = anne.clinic.folder / "bridge" / "bridge.pem"
    with broker(kit) as port:
        before = {name: is_let_in(port, kit / "root.pem", file) for name, file in names.items()}
    acting = Acting(clinic=anne.clinic, line=anne.line, now=today())
    act.revoke(acting, "gone", "stolen")
    words = tmp_path / "words"
    words.write_text(PASSPHRASE + "\n")
    said = run(
        *("fleet", "denylist", "--clinic", str(anne.clinic.folder), "--operator", "ann"),
        *("--passphrase-file", str(words)),
    )
    with broker(kit) as port:
        after = {name: is_let_in(port, kit / "root.pem", file) for name, file in names.items()}
    assert before == {"gone": True, "stays": True, "bridge": True}
    assert after == {"gone": False, "stays": True, "bridge": True}
    assert said.out.startswith("1 certificate that was taken back is in ")


def test_a_hub_that_was_taken_back_and_invited_anew_shows_its_new_certificate_alone(
    anne: Desk, tmp_path: Path
) -> None:
    with anne.open() as where:
        first, _ = anne.invite(where.host, hub="again")
        joined(first, tmp_path / "one")
        acting = Acting(clinic=anne.clinic, line=anne.line, now=today())
        act.revoke(acting, "again", "lost")
        second, _ = anne.invite(where.host, hub="again")
        joined(second, tmp_path / "two")
    entry = anne.line.register.fresh("again").entry
    assert entry is not None
    assert entry.state is Standing.ENROLLED
    old, new = (
        certificates.read_all((tmp_path / name / "state" / "clinic" / "identity.pem").read_bytes())[
            0
        ].serial_number
        for name in ("one", "two")
    )
    assert deny.serials([entry], today()) == {old}
    assert denied.marked(entry.certificates[0])[0] == new


ENTRY = Registered(hub="h", tenant="t", patients=(), state=Standing.REVOKED)


def test_a_certificate_that_has_ended_leaves_the_list() -> None:
    now = today()
    marks = tuple(
        f"{serial:x} {(now + timedelta(days=days)).isoformat()}"
        for serial, days in ((0xA, -1), (0xB, 1))
    )
    assert deny.serials([replace(ENTRY, certificates=marks)], now) == {0xB}
    assert deny.serials([replace(ENTRY, state=Standing.ENROLLED, certificates=marks)], now) == set()


@given(st.text(max_size=60))
def test_a_mark_that_is_none_names_no_certificate(text: str) -> None:
    number, ends = denied.marked(text)
    assert number >= 0
    assert ends is None or ends.tzinfo is not None
