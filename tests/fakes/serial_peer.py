"""The other end of a cable: a pseudo-terminal and a meter that may be slow, loud or pulled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Protocol

from drivers.driver import Driver
from drivers.links.cable import Cable, SerialLink
from tests.fakes.sink import NOON, MemorySink


class Meter(Protocol):
    """What a meter on a wire does: octets in, octets out."""

    def hear(self, octets: bytes) -> bytes: ...


async def until(holds: Callable[[], bool], limit_s: float = 20.0) -> None:
    """Wait for a plain value to become what is expected."""
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def linked(driver: Driver, name: Path, sink: MemorySink) -> AsyncIterator[SerialLink]:
    """Run the serial link on one cable."""
    cable = Cable(driver=driver, port=str(name), name="Hall")
    link = SerialLink(cables=[cable], sink=sink, now=lambda: NOON, look_s=0.01)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def whole(octets: bytes) -> Iterator[bytes]:
    """Send an answer at once."""
    yield octets


def pieces(size: int) -> Callable[[bytes], Iterator[bytes]]:
    """Send an answer in pieces, as a USB adapter does."""

    def cut(octets: bytes) -> Iterator[bytes]:
        for start in range(0, len(octets), size):
            yield octets[start : start + size]

    return cut


class SerialPeer:
    """A meter on a pseudo-terminal, under a name that outlives being pulled and plugged in."""

    def __init__(
        self,
        name: Path,
        meter: Meter,
        *,
        cut: Callable[[bytes], Iterator[bytes]] = whole,
        delay_s: float = 0.0,
        pull_after: int | None = None,
    ) -> None:
        self.name, self.meter = name, meter
        self.asked: list[bytes] = []
        self._cut, self._delay_s, self._pull_after = cut, delay_s, pull_after
        self._ends: tuple[int, int] | None = None
        self._answering: set[asyncio.Task[None]] = set()

    def plug(self) -> None:
        master, slave = os.openpty()
        tty.setraw(slave)  # an adapter neither echoes nor edits
        os.set_blocking(master, False)
        self._ends = master, slave
        self.name.symlink_to(os.ttyname(slave))
        asyncio.get_running_loop().add_reader(master, self._heard)

    def pull(self) -> None:
        """Close the master: whoever reads the port is told EIO, as when an adapter is pulled."""
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])
            for end in self._ends:
                os.close(end)
            self._ends = None
            self.name.unlink()

    def say(self, octets: bytes) -> None:
        """Say something nobody asked for."""
        if self._ends is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._ends[0], octets)

    def _heard(self) -> None:
        assert self._ends is not None
        octets = os.read(self._ends[0], 4096)
        self.asked.append(octets)
        if self._pull_after is not None and len(self.asked) > self._pull_after:
            self._pull_after = None
            self.pull()
            return
        task = asyncio.get_running_loop().create_task(self._answer(self.meter.hear(octets)))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, octets: bytes) -> None:
        for piece in self._cut(octets):
            self.say(piece)
            await asyncio.sleep(self._delay_s)
