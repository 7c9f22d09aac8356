"""A real sound server without a sound card: PulseAudio with null sinks, for as long as a block."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LIMIT_S = 90.0


@dataclass(frozen=True)
class Pulse:
    """The server: what is played into "mic" is what a program records, "speaker" what it plays."""

    environment: dict[str, str]

    def run(self, *words: str) -> str:
        """Ask it something (pactl)."""
        return subprocess.run(
            ["pactl", *words],
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
        ).stdout

    def sink(self, name: str) -> str:
        """Add a loudspeaker nobody hears; `NAME.monitor` records what is played there."""
        kind = "rate=48000 channels=1"
        return self.run("load-module", "module-null-sink", f"sink_name={name}", *kind.split())


@contextlib.contextmanager
def pulse() -> Iterator[Pulse]:
    """Run a server of our own."""
    assert shutil.which("pulseaudio"), "install Debian's package pulseaudio"
    assert shutil.which("parec"), "install Debian's package pulseaudio-utils"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "native")
        environment = {**os.environ, "HOME": folder, "XDG_RUNTIME_DIR": folder}
        environment |= {"PULSE_SERVER": f"unix:{path}", "PULSE_RUNTIME_PATH": folder}
        server = subprocess.Popen(
            [
                "pulseaudio",
                "-n",
                "--daemonize=no",
                "--exit-idle-time=-1",
                "--use-pid-file=no",
                "--disable-shm=yes",
                "--log-level=error",
                f"--load=module-native-protocol-unix auth-anonymous=1 socket={path}",
            ],
            env={key: value for key, value in environment.items() if key != "PULSE_SERVER"},
            stderr=subprocess.DEVNULL,
        )
        try:
            end = time.monotonic() + _LIMIT_S
            while not path.exists():
                assert time.monotonic() < end, "pulseaudio has not started"
                time.sleep(0.02)
            made = Pulse(environment)
            for name in ("mic", "speaker"):
                made.sink(name)
            made.run("set-default-sink", "speaker")
            made.run("set-default-source", "mic.monitor")
            yield made
        finally:
            server.terminate()
            server.wait(_LIMIT_S)
