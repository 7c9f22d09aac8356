"""A clinician's end of a call, on plain aiortc over real UDP: answers, counts what comes, talks."""

from __future__ import annotations

import asyncio
import contextlib
import math
from array import array
from fractions import Fraction

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

RATE_HZ, BLOCK = 48_000, 960
LIMIT_S = 90.0


class Tone(MediaStreamTrack):
    """A tone, without end."""

    kind = "audio"

    def __init__(self, pitch_hz: float) -> None:
        super().__init__()
        self._pitch_hz, self._at, self._began_s = pitch_hz, 0, 0.0

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self._began_s = self._began_s or loop.time()
        await asyncio.sleep(self._began_s + self._at / RATE_HZ - loop.time())
        turn = 2 * math.pi * self._pitch_hz / RATE_HZ
        wave = (round(6000 * math.sin(turn * (self._at + one))) for one in range(BLOCK))
        frame = AudioFrame(format="s16", layout="mono", samples=BLOCK)
        frame.planes[0].update(array("h", wave).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._at, Fraction(1, RATE_HZ)
        self._at += BLOCK
        return frame


class Clinician:
    """One end. `seen` are the pictures that came, newest last; `heard` counts blocks of sound."""

    def __init__(
        self,
        *,
        servers: list[RTCIceServer] | None = None,
        pitch_hz: float | None = None,
        relay: bool = False,
    ) -> None:
        policy = RTCIceTransportPolicy.RELAY if relay else RTCIceTransportPolicy.ALL
        self.pc = RTCPeerConnection(
            RTCConfiguration(iceServers=servers or [], iceTransportPolicy=policy)
        )
        self._pitch_hz = pitch_hz
        self.seen: list[VideoFrame] = []
        self.sound: list[AudioFrame] = []
        self.heard = 0
        self.notes: list[str] = []
        self.channel: RTCDataChannel | None = None
        self._sinks: set[asyncio.Task[None]] = set()
        self.pc.on("track", self._tracked)
        self.pc.on("datachannel", self._opened)

    async def answer(self, sdp: str) -> str:
        """Return the answer to an offer."""
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        self.pc.addTrack(VideoStreamTrack())
        if self._pitch_hz is not None:
            self.pc.addTrack(Tone(self._pitch_hz))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return self.pc.localDescription.sdp

    def _opened(self, channel: RTCDataChannel) -> None:
        self.channel = channel
        channel.on("message", self.notes.append)

    def _tracked(self, track: MediaStreamTrack) -> None:
        task = asyncio.create_task(self._sink(track))
        self._sinks.add(task)
        task.add_done_callback(self._sinks.discard)

    async def _sink(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, VideoFrame):
                    self.seen = [*self.seen[-200:], frame]
                elif isinstance(frame, AudioFrame):
                    self.heard += 1
                    self.sound = [*self.sound[-100:], frame]

    async def close(self) -> None:
        await self.pc.close()
