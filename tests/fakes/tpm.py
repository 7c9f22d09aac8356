"""A software TPM 2.0 (swtpm) for systemd-creds, on loopback.

PCR 7 is extended once: without it swtpm has no active bank and what is sealed never opens. There is
no resource manager, so the TPM is restarted between uses, as its state lives in a folder.
"""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

_LIMIT_S = 90.0
_TRIES = 100
_STARTS = 3


class SoftTpm:
    """One TPM; `device` is what systemd-creds calls it. Needs Debian's swtpm and tpm2-tools."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.restart()

    @property
    def device(self) -> str:
        return f"--tpm2-device=swtpm:host=127.0.0.1,port={self._port}"

    def restart(self) -> None:
        """Start it as after a power cycle: PCRs at zero, then PCR 7 as firmware measures it."""
        for left in reversed(range(_STARTS)):
            self.stop()
            self._start()
            try:
                self.tool("tpm2_pcrextend", f"7:sha256={'11' * 32}")
            except subprocess.CalledProcessError:
                if not left:  # else somebody took one of its ports meanwhile
                    raise
            else:
                return

    def _start(self) -> None:
        self._port = _two_free_ports()
        self._process = subprocess.Popen(
            [
                "swtpm",
                "socket",
                "--tpm2",
                "--tpmstate",
                f"dir={self._folder}",
                "--server",
                f"type=tcp,port={self._port},bindaddr=127.0.0.1",
                "--ctrl",
                f"type=tcp,port={self._port + 1},bindaddr=127.0.0.1",
                "--flags",
                "not-need-init,startup-clear",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(_TRIES):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", self._port + 1)) == 0:
                    break
            time.sleep(0.05)

    def tool(self, *words: str) -> None:
        """Run one of tpm2-tools on it."""
        name, *rest = words
        subprocess.run(
            [name, "-T", f"swtpm:host=127.0.0.1,port={self._port}", *rest],
            check=True,
            capture_output=True,
            timeout=_LIMIT_S,
        )

    def stop(self) -> None:
        """Take its power away."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_LIMIT_S)
            self._process = None


def _two_free_ports() -> int:
    for _ in range(_TRIES):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            if second.connect_ex(("127.0.0.1", port + 1)) != 0:
                return port
    raise OSError("no two free ports side by side")
