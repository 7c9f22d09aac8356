"""The two hubs that the proof compares, each with a browser at the other end of a line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from agent.display.desk import ScreenDesk
from agent.screen.messages import (
    Calling,
    Dial,
    FromScreen,
    Home,
    Offered,
    Remote,
    Ring,
    Visit,
)
from agent.screen.values import CallState, Topic
from tests.browser.drive import Page
from tests.fakes.glass import Glass
from tests.fakes.pulse import Pulse

LIMIT_S = 120.0
_RINGS_S = 3.0  # before the patient presses
_PRESSED_S = 15.0  # until the patient presses again
_WHO = "Dr Hoffmann"
_AS_A_SERVICE = {  # as systemd/hearth-screen.visits.conf has it
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "4194304",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
}
_WORDS = ["river", "lamp", "bread", "stone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a process has used so far: processor seconds, and megabytes that are resident."""

    cpu_s: float
    rss_mb: float


def used(pid: int) -> Used:
    """Return what a process has used (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    status = Path(f"/proc/{pid}/status").read_text()
    (rss,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return Used(cpu_s=ticks / os.sysconf("SC_CLK_TCK"), rss_mb=int(rss) / 1024)


@dataclass
class Watched:
    """A browser that is called, and what it saw."""

    page: Page
    pressed_ms: float = 0.0

    async def answer(self, sdp: str) -> str:
        """Have it answer an offer."""
        return str(await self.page.value(f"await answer({json.dumps(sdp)})"))

    async def since(self, at_ms: float) -> list[tuple[float, int, float]]:
        """Return the frames that were shown since a moment: when, how wide, how old."""
        found = await self.page.value(f"frames.filter(([at]) => at >= {at_ms})")
        return [(at, wide, age) for at, wide, age in found]

    async def first_after(self, at_ms: float, limit_s: float = LIMIT_S) -> float:
        """Wait for the first frame after a moment; return how many seconds after it came."""
        asked = f"frames.find(([at]) => at > {at_ms})"
        found = await self.page.wait(asked, limit_s)
        return (float(found[0]) - at_ms) / 1000

    async def counts(self) -> dict[str, float]:
        """Return what the browser counted so far (W3C, webrtc-stats)."""
        found: dict[str, float] = await self.page.value("await counts()")
        return found


def now_ms() -> float:
    """Return the time of day that the browser and the film know too."""
    return time.time() * 1000


def frozen(times_ms: list[float], until_ms: float) -> tuple[int, float]:
    """Return how often a picture froze, and for how many seconds altogether.

    A gap is a freeze when it is longer than three times the mean of the last 30 gaps and than that
    mean and 150 ms (W3C, webrtc-stats, freezeCount). The last gap counts even if it never ended.
    """
    count, total_s = 0, 0.0
    gaps: list[float] = []
    for before, after in pairwise([*times_ms, until_ms]):
        gap = after - before
        mean = statistics.fmean(gaps[-30:]) if gaps else 1000 / 30
        if gap > max(3 * mean, mean + 150):
            count, total_s = count + 1, total_s + gap / 1000
        else:
            gaps.append(gap)
    return count, total_s


@dataclass
class OurHub:
    """The real screen on a real display, and what a hub says to it."""

    desk: ScreenDesk
    watched: Watched
    glass: Glass
    pid: int
    is_up: asyncio.Event
    said: list[FromScreen] = field(default_factory=list)
    calls: int = 0
    redials: int = 0
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: Offered | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def hear(self, message: FromScreen, done: Callable[[], None]) -> None:
        """Do what a hub and its bridge do, without anything between them."""
        done()
        self.said.append(message)
        match message:
            case Visit(accepted=True):
                self.accepted.set()
                self._dial()
            case Calling(state=CallState.LOST):
                self.redials += 1
                self._dial()
            case Offered():
                self._waiting = message
                task = asyncio.create_task(self._carry())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _dial(self) -> None:
        self.calls += 1
        call = f"c{self.calls}"
        self.desk.tell(Dial(visit="v", call=call, who=_WHO, vitals=True))

    async def _carry(self) -> None:
        """Bring the newest offer to the browser, once there is a network to do so."""
        await self.is_up.wait()
        offered, self._waiting = self._waiting, None
        if offered is None:
            return
        sdp = await self.watched.answer(offered.sdp)
        self.desk.tell(Remote(call=offered.call, sdp=sdp, words=_WORDS))

    async def begin(self) -> float:
        """Ring, have the patient press; return the seconds to the clinician's first picture."""
        self.desk.tell(Ring(id="v", who=_WHO))
        await asyncio.sleep(_RINGS_S)
        pressed_ms, until_s = now_ms(), time.monotonic() + LIMIT_S
        while not self.accepted.is_set():  # again where a busy machine had not painted it yet
            assert time.monotonic() < until_s, "the screen takes no press"
            pressed_ms = now_ms()
            await asyncio.to_thread(self.glass.touch, 220, 432)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.accepted.wait(), _PRESSED_S)
        return await self.watched.first_after(pressed_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a screen runs: on which display, with which sound, at which end of a line."""

    glass: Glass
    folder: Path
    within: tuple[str, ...]
    sound: Pulse


@contextlib.asynccontextmanager
async def our_hub(there: Place, watched: Watched, is_up: asyncio.Event) -> AsyncIterator[OurHub]:
    """Run the screen at one end of a line."""
    made: list[OurHub] = []

    def hear(said: FromScreen, done: Callable[[], None]) -> None:
        made[0].hear(said, done)

    socket = there.folder / "screen.sock"
    home = Home(now=datetime.now(UTC), consents=[Topic.CAMERA])
    desk = ScreenDesk(socket, lambda: home, hear)
    running = asyncio.create_task(desk.run())
    process = await asyncio.create_subprocess_exec(
        *there.within,
        sys.executable,
        "-m",
        "tests.proofs.visit_screen",
        str(socket),
        env={**there.sound.environment, **there.glass.environment, **_AS_A_SERVICE},
    )
    made.append(OurHub(desk, watched, there.glass, process.pid, is_up))
    try:
        await asyncio.to_thread(there.glass.window)
        yield made[0]
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), LIMIT_S)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@dataclass
class PlainHub:
    """aiortc as it comes, for comparison."""

    process: Process
    watched: Watched

    @property
    def pid(self) -> int:
        """Return its process."""
        return self.process.pid

    def _say(self, told: dict[str, str]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told).encode() + b"\n")

    async def hears(self) -> dict[str, str]:
        """Return the next thing it says."""
        assert self.process.stdout is not None
        told: dict[str, str] = json.loads(await self.process.stdout.readline())
        return told

    async def begin(self) -> float:
        """Bring a call about; return the seconds to the first picture."""
        pressed_ms = now_ms()
        self._say({})
        told = await self.hears()
        self._say({"sdp": await self.watched.answer(told["sdp"])})
        return await self.watched.first_after(pressed_ms)


@contextlib.asynccontextmanager
async def plain_hub(watched: Watched, *, within: tuple[str, ...]) -> AsyncIterator[PlainHub]:
    """Run it at one end of a line."""
    process = await asyncio.create_subprocess_exec(
        *within,
        sys.executable,
        "-m",
        "tests.proofs.visit_plain",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        hub = PlainHub(process, watched)
        await hub.hears()  # its film is drawn, as the other's has been long before
        yield hub
    finally:
        process.kill()
        await process.wait()
