"""A patient's end of a call, driven as the screen drives it, with everything it told."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from av import VideoFrame

from agent.visit.media.call import Call, Means
from agent.visit.media.news import IceServer, News, Offer, Redial, Standing, State
from agent.visit.media.pixels import Mirror
from agent.visit.media.sound import Sound
from agent.visit.media.watch import OpenCamera
from tests.fakes.clinician import Clinician
from vitals.errors import HubError
from vitals.rppg.frame import Camera, Locks, TimedFrame
from vitals.rppg.sample import sitter

LIMIT_S = 120.0
MISSING = HubError("There is no camera.", fix="Plug it in.", code="VIT-04")


class Sitter:
    """A camera that shows somebody who sits still, until it is pulled out."""

    name = "sitter"
    locks = Locks()

    def __init__(self, frames: Sequence[TimedFrame]) -> None:
        self._frames = itertools.cycle(frames)
        self._next_s = time.monotonic()
        self.pulled = self.closed = False

    def read(self) -> TimedFrame | None:
        if self.pulled:
            return None
        self._next_s = max(self._next_s + 1 / 30, time.monotonic() - 0.1)
        time.sleep(max(self._next_s - time.monotonic(), 0))
        return TimedFrame(at_s=time.monotonic(), bgr=next(self._frames).bgr)

    def close(self) -> None:
        self.closed = True


@cache
def _second() -> list[TimedFrame]:
    return list(sitter(1.0))


@dataclass
class Called:
    """One patient's end."""

    open_camera: OpenCamera | None = None
    sound: Callable[[], Sound | None] = lambda: None
    relay: bool = False
    cameras: list[Sitter] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    theirs: list[VideoFrame] = field(default_factory=list)
    mine: int = 0

    def __post_init__(self) -> None:
        self._frames = _second()
        self.call = Call(
            Means(
                open_camera=self.open_camera or self._open,
                sound=self.sound,
                told=self.news.append,
                theirs=self.theirs.append,
                mine=self._saw,
                relay=self.relay,
            )
        )

    def _open(self, early: Callable[[TimedFrame], None]) -> Camera:
        del early
        self.cameras.append(Sitter(self._frames))
        return self.cameras[-1]

    def _saw(self, frame: Mirror) -> None:
        del frame
        self.mine += 1

    @property
    def state(self) -> State:
        return next((one for one in reversed(self.news) if isinstance(one, State)), State())

    def redials(self) -> int:
        return sum(isinstance(one, Redial) for one in self.news)

    async def until(self, there: Callable[[], object], limit_s: float = LIMIT_S) -> None:
        end = time.monotonic() + limit_s
        while not there():
            assert time.monotonic() < end, self.state
            await asyncio.sleep(0.02)

    async def offer(
        self, call: str, *, vitals: bool = False, servers: Sequence[IceServer] = ()
    ) -> str:
        self.call.dial(call, servers, vitals=vitals)
        await self.until(lambda: any(self._offers(call)))
        return next(self._offers(call)).sdp

    def _offers(self, call: str) -> Iterator[Offer]:
        return (one for one in self.news if isinstance(one, Offer) and one.call == call)

    async def with_(self, other: Clinician, call: str = "c1", *, vitals: bool = False) -> None:
        """Bring a call about."""
        self.call.answer(call, await other.answer(await self.offer(call, vitals=vitals)))
        await self.until(lambda: self.state.standing is Standing.LIVE and self.state.call == call)
