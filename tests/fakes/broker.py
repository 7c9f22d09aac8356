"""A real mosquitto on loopback, over verified TLS, with the rules a clinic's broker has."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from agent.demo.server import free_port
from config.schema import Mqtt
from tests.fakes.certificates import Authority

_START_LIMIT_S = 90.0
_STOP_LIMIT_S = 90.0
_RULES = """
# A hub writes and reads its own topics and no other hub's; its name is its certificate's.
pattern readwrite hearth/v1/+/%u/#
user bridge
topic readwrite hearth/v1/#
"""


class Broker:
    """One mosquitto, with its files in `folder`. It may be killed and started again."""

    def __init__(self, folder: Path, *, hubs: Sequence[str] = ("hub-1",)) -> None:
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        if not Path(program).exists():
            raise AssertionError("mosquitto is missing: apt-get install mosquitto")
        self._program, self._folder = program, folder
        self.port = free_port()
        authority = Authority(folder)
        self.ca = authority.file
        self.files = {name: authority.sign(name) for name in ("broker", "bridge", *hubs)}
        self._rules = folder / "rules"
        self._rules.write_text(_RULES, encoding="ascii")
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text(self._conf(), encoding="ascii")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        log = (self._folder / "mosquitto.log").open("ab")
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._settings)],
            stdout=log,
            stderr=log,
        )
        limit = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < limit:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self._folder / "mosquitto.log").read_text())

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_LIMIT_S)
            self._process = None

    @property
    def pid(self) -> int:
        """Return the number of the running process."""
        assert self._process is not None
        return self._process.pid

    def settings(self, name: str, bridge_key: bytes = b"") -> Mqtt:
        """Return what a hub, or the bridge, needs to know of this broker."""
        certificate, key = self.files[name]
        return Mqtt(
            host="127.0.0.1",
            port=self.port,
            ca_file=self.ca,
            cert_file=certificate,
            key_file=key,
            bridge_key=bridge_key.hex(),
        )

    def _conf(self) -> str:
        certificate, key = self.files["broker"]
        return f"""
listener {self.port} 127.0.0.1
cafile {self.ca}
certfile {certificate}
keyfile {key}
require_certificate true
use_identity_as_username true
acl_file {self._rules}
set_tcp_nodelay true
persistence false
user root
log_type warning
log_type error
"""
