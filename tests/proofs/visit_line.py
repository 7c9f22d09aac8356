"""A line between two network namespaces that loses, delays and narrows, without the kernel's netem.

Two TUN devices (Linux, Documentation/networking/tuntap.rst), one in each namespace, and this
program between them. It reads its orders as JSON, one object a line:

    {"loss": 0.05, "delay_ms": 20, "kbps": 300, "down": false}

What is too much for `kbps` waits in a queue of half a second and then is dropped at its tail, as a
home router does. Started by `line()`; needs root or a user namespace in which it is root.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import random
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import IO

NEAR, FAR, NEAR_NEXT = "10.77.0.1", "10.77.0.2", "10.77.0.3"
_QUEUE_S = 0.5
_LIMIT_S = 60.0
_TUNSETIFF, _IFF_TUN_NO_PI = 0x400454CA, 0x1001


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is wrong with a line, both ways alike."""

    loss: float = 0.0
    delay_ms: float = 0.0
    kbps: float = 0.0
    down: bool = False


class Way:
    """One direction: packets in, packets out, some of them later and some not at all."""

    def __init__(self, source: int, sink: int, faults: Callable[[], Faults], seed: int) -> None:
        self._source, self._sink, self._faults = source, sink, faults
        self._random = random.Random(seed)  # noqa: S311 - which packets are lost
        self._free_s = 0.0

    def read(self) -> None:
        """Take everything that has come."""
        while True:
            try:
                packet = os.read(self._source, 4096)
            except BlockingIOError:
                return
            self._carry(packet)

    def _carry(self, packet: bytes) -> None:
        faults, now_s = self._faults(), time.monotonic()
        if faults.down or self._random.random() < faults.loss:
            return
        leaves_s = now_s
        if faults.kbps:
            begins_s = max(now_s, self._free_s)
            if begins_s - now_s > _QUEUE_S:
                return
            leaves_s = self._free_s = begins_s + len(packet) * 8 / (faults.kbps * 1000)
        wait_s = leaves_s - now_s + faults.delay_ms / 1000
        if wait_s <= 0:
            self._put(packet)
        else:
            asyncio.get_running_loop().call_later(wait_s, self._put, packet)

    def _put(self, packet: bytes) -> None:
        with contextlib.suppress(OSError):  # its queue is full: the packet is lost
            os.write(self._sink, packet)


def _tun(name: str) -> int:
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN_NO_PI))
    return file


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=_LIMIT_S)


def _inside(namespace: str, *words: str) -> None:
    _ip_in = ["nsenter", "-t", namespace, "-n", "ip", *words]
    subprocess.run(_ip_in, check=True, timeout=_LIMIT_S)


async def _serve(near: str, far: str) -> None:
    faults = Faults()
    files = []
    for name, namespace, address in (("hearth0", near, NEAR), ("hearth1", far, FAR)):
        files.append(_tun(name))
        _ip("link", "set", name, "netns", namespace)
        _inside(namespace, "addr", "add", f"{address}/24", "dev", name)
        _inside(namespace, "link", "set", name, "up")
        _inside(namespace, "link", "set", "lo", "up")
    loop = asyncio.get_running_loop()
    for seed, (source, sink) in enumerate((files, files[::-1])):
        loop.add_reader(source, Way(source, sink, lambda: faults, seed).read)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.readline):
        faults = replace(Faults(), **json.loads(line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that is up; `near` and `far` are what a command is started with to be at that end."""

    near: tuple[str, ...]
    far: tuple[str, ...]
    _orders: IO[str]

    def be(self, **faults: float) -> None:
        """Have these faults from now on, and no others."""
        self._orders.write(json.dumps(faults) + "\n")
        self._orders.flush()

    def move(self) -> None:
        """Give the near end another address, as a router does that was restarted."""
        for words in (("flush",), ("add", f"{NEAR_NEXT}/24")):
            command = [*self.near, "ip", "addr", *words, "dev", "hearth0"]
            subprocess.run(command, check=True, timeout=_LIMIT_S)


@contextlib.contextmanager
def line() -> Iterator[Line]:
    """Lay a line for as long as the block lasts."""
    with contextlib.ExitStack() as stack:
        ends = [stack.enter_context(_namespace()) for _ in range(2)]
        relay = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.proofs.visit_line", *ends],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(relay.kill)
        assert relay.stdin is not None
        assert relay.stdout is not None
        assert relay.stdout.readline() == "ready\n", "no line could be laid: is this root?"
        near, far = (("nsenter", "-t", end, "-n") for end in ends)
        yield Line(near=near, far=far, _orders=relay.stdin)


@contextlib.contextmanager
def _namespace() -> Iterator[str]:
    """Hold a network namespace of its own; yield the number of the process that is in it."""
    with subprocess.Popen(
        ["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        holder.stdout.readline()  # `cat` answers: so it has left our namespace
        try:
            yield str(holder.pid)
        finally:
            holder.kill()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:3]))
