"""`hearth run` as a program: the real process, told by signals, heard by a systemd of our own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_READY_LIMIT_S = 120.0
_STOP_LIMIT_S = 60.0


def settings(folder: Path, base_url: str, *, patient: str = "Patient/p", extra: str = "") -> Path:
    """Write a hub's settings: every meter in reach is read."""
    path = folder / "hearth.toml"
    path.write_text(
        f'[hub]\nid = "test-hub"\nstate_dir = "{folder / "state"}"\n'
        f'[patient]\nreference = "{patient}"\n'
        f'[fhir]\nbase_url = "{base_url}"\n[radio]\naccept = "any"\n{extra}',
        encoding="utf-8",
    )
    return path


class HubProgram:
    """Runs the hub for as long as the block lasts; it ends with SIGTERM unless killed before."""

    def __init__(self, folder: Path, config: Path, bus: str) -> None:
        self._folder, self._config, self._bus = folder, config, bus
        self.ready_s = 0.0
        self.output = b""
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None]

    @property
    def process(self) -> asyncio.subprocess.Process:
        """Return the running process."""
        assert self._process is not None
        return self._process

    async def __aenter__(self) -> Self:
        address = self._folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(str(address))
            systemd.setblocking(False)  # noqa: FBT003 - the standard library's signature
            began = time.perf_counter()
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "agent.cli.main"),
                *("run", "--verbose", "--config", str(self._config)),
                env={
                    **os.environ,
                    "DBUS_SYSTEM_BUS_ADDRESS": self._bus,
                    "NOTIFY_SOCKET": str(address),
                    "PYTHONPATH": str(Path(__file__).parents[2]),
                },
                stderr=asyncio.subprocess.PIPE,
            )
            self._listening = asyncio.create_task(self._listen())
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(_READY_LIMIT_S):
                while b"READY=1" not in await loop.sock_recv(systemd, 1024):
                    pass
            self.ready_s = time.perf_counter() - began
        address.unlink()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await self._end()

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        await self._end()

    async def _end(self) -> None:
        async with asyncio.timeout(_STOP_LIMIT_S):
            await self.process.wait()
            await self._listening

    async def _listen(self) -> None:
        assert self.process.stderr is not None
        while octets := await self.process.stderr.read(65536):
            self.output += octets

    async def says(self, words: str) -> None:
        """Wait until this is in its log."""
        async with asyncio.timeout(_READY_LIMIT_S):
            while words.encode() not in self.output:  # noqa: ASYNC110 - octets tell nobody
                await asyncio.sleep(0.05)
