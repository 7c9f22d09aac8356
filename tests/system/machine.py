"""A virtual machine in software emulation: started, asked to do things, its power cut."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.system.image import Image

_BOOT_LIMIT_S = 400.0
_CONNECT_LIMIT_S = 30.0
_ANSWER_LIMIT_S = 60.0
_LINE_LIMIT = 32 * 1024 * 1024
_MEMORY_MB = 1024


class CaseFailedError(Exception):
    """What was shown is not what should be: one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command in the guest did; the times are the guest's monotonic clock, in seconds."""

    status: int
    out: str
    err: str
    began_s: float
    ended_s: float


@dataclass(slots=True, kw_only=True)
class Machine:
    """One guest. `async with switched_on(…)` starts it and ends it."""

    process: asyncio.subprocess.Process
    folder: Path
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _asked: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _last: int = 0
    _listener: asyncio.Task[None] | None = None

    async def run(self, *words: str, limit_s: float = 60.0, stdin: str = "") -> Done:
        """Run a command as root and return what it did, whatever that was."""
        said = await self._ask({"run": words, "limit_s": limit_s, "input": stdin}, limit_s)
        return Done(**said)

    async def _ask(self, asked: dict[str, Any], limit_s: float) -> dict[str, Any]:
        self._last += 1
        number = self._last
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps({"id": number, **asked}).encode() + b"\n")
        try:
            said = await asyncio.wait_for(answer, limit_s + _ANSWER_LIMIT_S)
        except TimeoutError:
            what = " ".join(asked.get("run", ("the time",)))[:80]
            raise CaseFailedError(f"the machine did not answer: {what}") from None
        finally:
            self._asked.pop(number, None)
        return {name: value for name, value in said.items() if name != "id"}

    async def sh(self, script: str, *, limit_s: float = 60.0, stdin: str = "") -> str:
        """Run a line of shell and return what it printed; it must succeed."""
        done = await self.run(
            "bash", "-euo", "pipefail", "-c", script, limit_s=limit_s, stdin=stdin
        )
        if done.status != 0:
            raise CaseFailedError(f"`{script[:160]}` ended with {done.status}: {done.err[-600:]}")
        return done.out.strip()

    async def until(self, script: str, *, limit_s: float = 60.0) -> float:
        """Wait until a line of shell succeeds; return when it did, on the guest's clock."""
        loop = f"until {{ {script}; }} >/dev/null 2>&1; do sleep 0.1; done"
        done = await self.run("bash", "-c", loop, limit_s=limit_s)
        if done.status != 0:
            raise CaseFailedError(f"not so within {limit_s:.0f} s: {script}")
        return done.ended_s

    async def ahead_s(self) -> float:
        """Return the guest's monotonic clock minus ours, by the quickest of a few answers."""
        best_s, ahead_s = _ANSWER_LIMIT_S, 0.0
        for _ in range(8):
            began_s = time.monotonic()
            there_s: float = (await self._ask({}, _ANSWER_LIMIT_S))["began_s"]
            took_s = time.monotonic() - began_s
            if took_s < best_s:
                best_s, ahead_s = took_s, there_s - began_s - took_s / 2
        return ahead_s

    async def uptime_s(self) -> float:
        """Return the guest's monotonic clock."""
        return time.monotonic() + await self.ahead_s()

    async def booted(self) -> None:
        """Wait until the guest answers at all."""
        ended = asyncio.create_task(self.process.wait())
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait(
                (ended, ready), timeout=_BOOT_LIMIT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not self._ready.is_set():
                said = (self.folder / "console.log").read_text(errors="replace")[-2000:]
                raise CaseFailedError(f"the machine did not start; its console said: {said}")
        finally:
            ended.cancel()
            ready.cancel()

    def cut_power(self) -> None:
        """End the emulator at once: what the guest had only in memory is gone."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)

    async def listen(self) -> None:
        """Take answers until the machine ends."""
        while line := await self._reader.readline():
            said = json.loads(line)
            if said["id"] == 0:
                self._ready.set()
            elif (waiting := self._asked.get(said["id"])) is not None and not waiting.done():
                waiting.set_result(said)

    async def ended(self) -> None:
        """Let go of a machine that is off."""
        await self.process.wait()
        self._writer.close()
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(CaseFailedError("the machine is off"))


def command(image: Image, disk: Path, folder: Path, *, clock: str) -> list[str]:
    """Return the emulator's command line.

    The disk is `writethrough`: what the guest's disk was told to write is in the file before it
    answers, so that cutting the power loses the guest's memory and nothing that was confirmed.
    """
    drive = f"file={disk},format=raw,if=virtio,cache=writethrough"
    devices: list[str] = []
    for number, port in enumerate(("conductor", "hci"), 1):
        devices += ["-chardev", f"socket,id={port},path={folder}/{port},server=on,wait=off"]
        devices += ["-device", f"virtserialport,chardev={port},name=hearth.{port},nr={number}"]
    kernel = "root=/dev/vda rw console=ttyS0 quiet mitigations=off net.ifnames=0 audit=0"
    return [
        *("qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi,tb-size=512"),
        *("-cpu", "max", "-smp", "2", "-m", str(_MEMORY_MB), "-nodefaults", "-no-reboot"),
        *("-display", "none", "-monitor", "none", "-serial", f"file:{folder}/console.log"),
        *("-rtc", f"base={clock}", "-drive", drive, "-device", "virtio-rng-pci"),
        *("-device", "virtio-serial-pci", *devices),
        *("-netdev", "user,id=net,ipv6=off", "-device", "virtio-net-pci,netdev=net,romfile="),
        *("-kernel", str(image.kernel), "-initrd", str(image.initrd), "-append", kernel),
    ]


@contextlib.asynccontextmanager
async def switched_on(
    image: Image, disk: Path, folder: Path, *, clock: str = "utc"
) -> AsyncIterator[Machine]:
    """Start a machine and wait until it answers; cut its power at the end.

    Parameters
    ----------
    image : Image
        Its kernel.
    disk : Path
        A raw disk that keeps what the machine writes.
    folder : Path
        Where its sockets and its console are; a short path, for sockets have a limit.
    clock : str
        What its clock chip says: "utc", or an ISO time without zone.
    """
    for old in ("conductor", "hci"):
        (folder / old).unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *command(image, disk, folder, clock=clock),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=(folder / "emulator.log").open("wb"),
        preexec_fn=_die_with_parent,
    )
    try:
        reader, writer = await _connected(folder / "conductor", process)
        machine = Machine(process=process, folder=folder, _reader=reader, _writer=writer)
        listener = asyncio.create_task(machine.listen())
        try:
            await machine.booted()
            yield machine
        finally:
            machine.cut_power()
            await machine.ended()
            listener.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _connected(
    path: Path, process: asyncio.subprocess.Process
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    limit = time.monotonic() + _CONNECT_LIMIT_S
    while True:
        try:
            return await asyncio.open_unix_connection(str(path), limit=_LINE_LIMIT)
        except OSError:
            if process.returncode is not None or time.monotonic() > limit:
                said = path.with_name("emulator.log").read_text(errors="replace")
                raise CaseFailedError(f"the emulator did not start: {said[-800:]}") from None
            await asyncio.sleep(0.05)


def _die_with_parent() -> None:
    """Ask the kernel to end the emulator if the tests are killed (prctl(2), PR_SET_PDEATHSIG)."""
    import ctypes  # noqa: PLC0415 - in the child alone

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    os.setsid()
