"""What goes out: the newest picture of the camera and the sound of the microphone, as packets."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import TypeAlias

from aiortc import MediaStreamTrack
from av import Packet
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from agent.visit.media.codecs import BLOCK, RATE_HZ, VIDEO_HZ, Opus, Vp8
from agent.visit.media.feedback import Feedback
from agent.visit.media.ladder import Ladder, Rung
from agent.visit.media.pixels import grey
from vitals.rppg.frame import Picture as Pixels
from vitals.rppg.frame import TimedFrame

_EARLY = 0.25  # of a picture's turn: cameras are not quite even
_BLANK_S = 0.5
_KEY_S = 0.4  # between two key pictures: each is as large as many others
_PATIENCE_S = 0.1  # with a microphone that gave sound a moment ago
_MOST_BLOCKS = 8
_NOTHING = bytes(2 * BLOCK)


Wanted: TypeAlias = "asyncio.Future[Packet[VideoStream]]"


class Picture(MediaStreamTrack):
    """The camera as others see it: its newest picture; without any, it is grey.

    Pictures are encoded on the thread that brings them, and only while one is waited for: so none
    is old when it leaves, and a slow machine leaves some out.
    """

    kind = "video"

    def __init__(self) -> None:
        """Start with the camera closed to others; on the call's loop."""
        super().__init__()
        self.ladder = Ladder()
        self.shown = False
        self.sent = 0
        self.feedback: Feedback | None = None
        self._here = asyncio.get_running_loop()
        self._vp8, self._lock = Vp8(), threading.Lock()
        self._blank = grey()
        self._wanted: Wanted | None = None
        self._timer: asyncio.TimerHandle
        self._next_s = 0.0
        self._key_at_s = 0.0
        self._origin_s: float | None = None

    def put(self, frame: TimedFrame) -> None:
        """Take the next picture of the camera; called on the camera's thread.

        Raises
        ------
        RuntimeError
            The call's loop has ended.
        """
        rung = self.ladder.rung
        if not self.shown:
            self._next_s = 0.0
        elif self._wanted is not None and self._is_due(frame, rung):
            self._encode(frame.bgr, rung)

    async def recv(self) -> Packet[VideoStream]:
        """Return the next encoded picture."""
        if self.feedback is not None:
            self.feedback.listen()
        wanted = self._wanted = self._here.create_future()
        self._timer = self._here.call_later(_BLANK_S, self._turn_grey)
        try:
            packet: Packet[VideoStream] = await wanted
        finally:
            self._timer.cancel()
        self.sent += 1
        return packet

    def _turn_grey(self) -> None:
        """Show that there is nothing to be shown, for as long as no picture comes."""
        self._timer = self._here.call_later(_BLANK_S, self._turn_grey)
        self._here.run_in_executor(None, self._encode, self._blank, self.ladder.rung)

    def _encode(self, bgr: Pixels, rung: Rung) -> None:
        """Encode a picture for whoever waits for one; on a thread of its own."""
        with self._lock:
            wanted, self._wanted = self._wanted, None
            if wanted is None:
                return
            now_s = self._here.time()
            self._origin_s = now_s if self._origin_s is None else self._origin_s
            pts = round((now_s - self._origin_s) * VIDEO_HZ)
            packet = self._vp8.encode(bgr, pts, rung, key=self._is_key_due(now_s))
            if packet is None:
                self._wanted = wanted
            else:
                self._here.call_soon_threadsafe(_give, wanted, packet)

    def _is_due(self, frame: TimedFrame, rung: Rung) -> bool:
        """Tell whether it is this picture's turn."""
        turn_s = 1 / rung.fps
        if frame.at_s < self._next_s - _EARLY * turn_s <= frame.at_s + 2 * turn_s:
            return False
        late = abs(frame.at_s - self._next_s) > 2 * turn_s
        self._next_s = (frame.at_s if late else self._next_s) + turn_s
        return True

    def _is_key_due(self, now_s: float) -> bool:
        if self.feedback is None or not self.feedback.key_wanted or now_s - self._key_at_s < _KEY_S:
            return False
        self.feedback.key_wanted, self._key_at_s = False, now_s
        return True


class Voice(MediaStreamTrack):
    """The microphone as others hear it: silence while it is muted, missing or unplugged."""

    kind = "audio"

    def __init__(self) -> None:
        """Start without a sound."""
        super().__init__()
        self.muted = False
        self._silent = False
        self._opus = Opus()
        self._blocks: deque[bytes] = deque(maxlen=_MOST_BLOCKS)
        self._came = asyncio.Event()
        self._pts = -BLOCK
        self._origin_s: float | None = None

    def put(self, block: bytes) -> None:
        """Take 20 ms of sound; the oldest goes where nobody fetches them."""
        self._blocks.append(block)
        self._came.set()

    async def recv(self) -> Packet[AudioStream]:
        """Return the next 20 ms, encoded."""
        while True:
            block = await self._block()
            packet = self._opus.encode(_NOTHING if self.muted else block, self._time())
            if packet is not None:
                return packet

    async def _block(self) -> bytes:
        """Return what the microphone gave, or silence when it is late."""
        loop = asyncio.get_running_loop()
        self._origin_s = loop.time() if self._origin_s is None else self._origin_s
        self._came.clear()
        if not self._blocks:
            due_s = self._origin_s + (self._pts + BLOCK) / RATE_HZ
            due_s += 0.0 if self._silent else _PATIENCE_S
            try:
                async with asyncio.timeout_at(due_s):
                    await self._came.wait()
            except TimeoutError:
                self._silent = True
                return _NOTHING
        self._silent = False
        return self._blocks.popleft()

    def _time(self) -> int:
        """Return when this block was, in samples: the next one, or later after a gap."""
        passed_s = asyncio.get_running_loop().time() - (self._origin_s or 0.0)
        passed = int(passed_s * RATE_HZ) // BLOCK * BLOCK
        gap = passed - self._pts > _MOST_BLOCKS * BLOCK
        self._pts = passed if gap else self._pts + BLOCK
        return self._pts


def _give(wanted: Wanted, packet: Packet[VideoStream]) -> None:
    """Hand a picture to whoever waits for it, if somebody still does."""
    if not wanted.done():
        wanted.set_result(packet)
