"""A hub's end of a call on aiortc as it comes, for comparison: `-m tests.proofs.visit_plain`.

Speaks with the proof by JSON lines: says {"sdp": …} and takes {"sdp": …}, again at each new call.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from fractions import Fraction

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from tests.fakes.clinician import Tone
from tests.proofs.visit_film import Film, warm

_CLOCK = Fraction(1, 90_000)


class Picture(MediaStreamTrack):
    """The newest picture of the film."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._here, self._came = asyncio.get_running_loop(), asyncio.Event()
        self._newest: VideoFrame | None = None
        self._began_s = self._here.time()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        film = Film()
        while self.readyState == "live":
            frame = film.read()
            assert frame is not None
            made = VideoFrame.from_ndarray(frame.bgr, format="bgr24").reformat(format="yuv420p")
            self._here.call_soon_threadsafe(self._put, made)

    def _put(self, frame: VideoFrame) -> None:
        self._newest = frame
        self._came.set()

    async def recv(self) -> VideoFrame:
        """Return it."""
        await self._came.wait()
        self._came.clear()
        assert self._newest is not None
        self._newest.pts = round((self._here.time() - self._began_s) / _CLOCK)
        self._newest.time_base = _CLOCK
        return self._newest


async def _drain(track: MediaStreamTrack) -> None:
    while True:
        try:
            await track.recv()
        except MediaStreamError:
            return


async def _serve() -> None:
    warm()
    sinks = []
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pc.on("track", lambda track: sinks.append(asyncio.create_task(_drain(track))))
    pc.addTrack(Tone(440.0))
    pc.addTrack(Picture())
    vp8 = [
        one
        for one in RTCRtpSender.getCapabilities("video").codecs
        if one.mimeType in {"video/VP8", "video/rtx"}
    ]
    pc.getTransceivers()[1].setCodecPreferences(vp8)
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    await pc.setLocalDescription(await pc.createOffer())
    sys.stdout.write(json.dumps({"sdp": pc.localDescription.sdp}) + "\n")
    sys.stdout.flush()
    told = json.loads(await asyncio.to_thread(sys.stdin.readline))
    await pc.setRemoteDescription(RTCSessionDescription(sdp=told["sdp"], type="answer"))
    await asyncio.to_thread(sys.stdin.readline)
    await pc.close()


if __name__ == "__main__":
    asyncio.run(_serve())
