"""A real TURN server on loopback: Debian's coturn, with one user, for as long as a block."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.demo.server import free_port

USER, PASSWORD, REALM = "hub", "pw", "clinic.example"
_LIMIT_S = 90.0


@dataclass(frozen=True)
class Turn:
    """The server's port, and what it has logged."""

    port: int
    _log: Path

    @property
    def said(self) -> str:
        """Return its log so far."""
        return self._log.read_text(errors="replace")


@contextlib.contextmanager
def turn(*, loopback_peers: bool = True) -> Iterator[Turn]:
    """Run a server. It relays to loopback only where it is told that it may."""
    program = shutil.which("turnserver")
    assert program, "install Debian's package coturn"
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        options = [
            "-n",
            "--listening-ip=127.0.0.1",
            "--relay-ip=127.0.0.1",
            f"--listening-port={port}",
            "--lt-cred-mech",
            f"--user={USER}:{PASSWORD}",
            f"--realm={REALM}",
            "--no-tls",
            "--no-dtls",
            "--cli-password=unused",
            "--cli-port=0",
            f"--userdb={folder}/users",
            f"--pidfile={folder}/pid",
            "--log-file=stdout",
            "--verbose",
        ]
        if loopback_peers:
            options.append("--allow-loopback-peers")
        with (
            log.open("wb") as out,
            subprocess.Popen([program, *options], stdout=out, stderr=out) as process,
        ):
            try:
                _wait_for(port)
                yield Turn(port, log)
            finally:
                process.kill()


def _wait_for(port: int) -> None:
    end = time.monotonic() + _LIMIT_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < end, "turnserver has not started"
        time.sleep(0.05)
