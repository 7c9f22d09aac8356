"""What goes out: the newest picture of the camera and the sound of the microphone, as packets."""

from __future__ import annotations

import asyncio
from collections import deque

from aiortc import MediaStreamTrack
from av import Packet, VideoFrame
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from agent.visit.media.codecs import AUDIO_CLOCK, BLOCK, VIDEO_CLOCK, Opus, Vp8
from agent.visit.media.feedback import Feedback
from agent.visit.media.ladder import Ladder, Rung
from vitals.rppg.frame import TimedFrame

_EARLY = 0.25  # of a picture's turn: cameras are not quite even
_BLANK_S = 0.5
_KEY_S = 0.4  # between two key pictures: each is as large as many others
_PATIENCE_S = 0.1  # with a microphone that gave sound a moment ago
_MOST_BLOCKS = 8
_NOTHING = bytes(2 * BLOCK)


class Picture(MediaStreamTrack):
    """The camera as others see it. It keeps one picture, the newest; without any, it is grey."""

    kind = "video"

    def __init__(self) -> None:
        """Start with the camera closed to others."""
        super().__init__()
        self.ladder = Ladder()
        self.shown = False
        self.sent = 0
        self.feedback: Feedback | None = None
        self._vp8 = Vp8()
        self._blank = _grey()
        self._newest: TimedFrame | None = None
        self._came = asyncio.Event()
        self._next_s = 0.0
        self._key_at_s = 0.0
        self._origin_s: float | None = None

    def put(self, frame: TimedFrame) -> None:
        """Take the next picture of the camera; called on the call's loop."""
        self._newest = frame
        self._came.set()

    async def recv(self) -> Packet[VideoStream]:
        """Return the next encoded picture."""
        while True:
            packet = await self._next()
            if packet is not None:
                self.sent += 1
                return packet

    async def _next(self) -> Packet[VideoStream] | None:
        loop, rung = asyncio.get_running_loop(), self.ladder.rung
        picture = await self._due(rung)
        now_s = loop.time()
        self._origin_s = now_s if self._origin_s is None else self._origin_s
        pts = round((now_s - self._origin_s) / VIDEO_CLOCK)
        key = self._is_key_due(now_s)
        return await loop.run_in_executor(None, self._encoded, picture, pts, rung, key)

    def _encoded(
        self,
        picture: TimedFrame | None,
        pts: int,
        rung: Rung,
        key: bool,  # noqa: FBT001 - an executor hands on no keywords
    ) -> Packet[VideoStream] | None:
        frame = self._blank
        if picture is not None:
            frame = VideoFrame.from_ndarray(picture.bgr, format="bgr24")
        return self._vp8.encode(frame, pts, rung, key=key)

    async def _due(self, rung: Rung) -> TimedFrame | None:
        """Wait for a picture whose turn it is; None: there is none to be shown."""
        while True:
            self._came.clear()
            try:
                async with asyncio.timeout(_BLANK_S):
                    await self._came.wait()
            except TimeoutError:
                return None
            frame, self._newest = self._newest, None
            if frame is None or not self.shown:
                self._next_s = 0.0
                continue
            turn_s = 1 / rung.fps
            if frame.at_s < self._next_s - _EARLY * turn_s <= frame.at_s + 2 * turn_s:
                continue
            late = abs(frame.at_s - self._next_s) > 2 * turn_s
            self._next_s = (frame.at_s if late else self._next_s) + turn_s
            return frame

    def _is_key_due(self, now_s: float) -> bool:
        if self.feedback is None:
            return False
        self.feedback.listen()
        if not self.feedback.key_wanted or now_s - self._key_at_s < _KEY_S:
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
            due_s = self._origin_s + float((self._pts + BLOCK) * AUDIO_CLOCK)
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
        passed = int(passed_s / AUDIO_CLOCK) // BLOCK * BLOCK
        gap = passed - self._pts > _MOST_BLOCKS * BLOCK
        self._pts = passed if gap else self._pts + BLOCK
        return self._pts


def _grey() -> VideoFrame:
    frame = VideoFrame(320, 240, "yuv420p")
    for plane, value in zip(frame.planes, (40, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return frame
