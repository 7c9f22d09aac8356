"""One connection of a call, on aiortc: the hub offers, the browser answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidAccessError, InvalidStateError
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from agent.visit.media import note
from agent.visit.media.feedback import Feedback
from agent.visit.media.news import IceServer
from agent.visit.media.offer import tuned
from agent.visit.media.tracks import Picture, Voice
from vitals.errors import LinkError

log = logging.getLogger(__name__)

_CLOSE_S = 3.0
_GATHER_S = 6.0
_MOST_WAITING = 64 * 1024  # octets of notes not sent yet; more is not added to them


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Who takes what arrives. All are called on the call's loop and must not wait."""

    picture: Callable[[VideoFrame], None]
    sound: Callable[[AudioFrame], None]
    note: Callable[[object], None]


class Peer:
    """A connection from its offer to its end. Its states are those of WebRTC."""

    def __init__(self, servers: Sequence[IceServer], ends: Ends, *, relay: bool = False) -> None:
        """Prepare what goes out. Servers are always named: without, aiortc would ask Google's.

        `relay` allows nothing but a TURN server's way.
        """
        policy = RTCIceTransportPolicy.RELAY if relay else RTCIceTransportPolicy.ALL
        self._pc = RTCPeerConnection(
            RTCConfiguration(
                iceServers=[_server(one) for one in servers],
                iceTransportPolicy=policy,
                bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
            )
        )
        self.picture, self.voice = Picture(), Voice()
        self._ends = ends
        self.arrived = 0
        """How many pictures, blocks of sound, reports and notes came: signs of the other side."""
        self._sinks: set[asyncio.Task[None]] = set()
        self._pc.addTransceiver(self.voice)
        sender = self._pc.addTransceiver(self.picture).sender
        self.feedback = Feedback(sender)
        self.picture.feedback = self.feedback
        self._channel: RTCDataChannel = self._pc.createDataChannel(note.LABEL)
        self._channel.on("message", self._noted)
        self._pc.on("track", self._tracked)
        self._prefer_vp8()

    @property
    def state(self) -> str:
        """Return "new", "connecting", "connected", "failed" or "closed"."""
        return self._pc.connectionState

    async def offer(self) -> str:
        """Return the offer, every candidate in it.

        Raises
        ------
        LinkError
            VISIT-30: no address could be found to offer in time.
        """
        try:
            async with asyncio.timeout(_GATHER_S):
                await self._pc.setLocalDescription(await self._pc.createOffer())
        except (TimeoutError, OSError, ConnectionError) as error:
            raise LinkError("A visit found no way out of this home.", code="VISIT-30") from error
        sdp: str = self._pc.localDescription.sdp
        if "\na=candidate:" not in sdp:
            raise LinkError("A visit found no way out of this home.", code="VISIT-30")
        return tuned(sdp)

    async def answer(self, sdp: str) -> None:
        """Take the browser's answer; the connection then comes about by itself.

        Raises
        ------
        LinkError
            VISIT-31: it is no answer to this offer.
        """
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))
        except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
            raise _no_answer() from error
        except (InvalidStateError, InvalidAccessError) as error:
            raise _no_answer() from error

    def say(self, said: note.Out) -> None:
        """Tell something beside picture and sound; nothing where it cannot be told now."""
        if self._channel.readyState == "open" and self._channel.bufferedAmount < _MOST_WAITING:
            self._channel.send(note.encoded(said))

    @property
    def talks(self) -> bool:
        """Tell whether notes can be sent."""
        return self._channel.readyState == "open"

    async def close(self) -> None:
        """End it, and everything that belongs to it, within 3 s."""
        for sink in self._sinks:
            sink.cancel()
        self.picture.stop()
        self.voice.stop()
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._pc.close()
        except TimeoutError:
            log.warning("a connection of a visit did not close in time")

    def _prefer_vp8(self) -> None:
        codecs = RTCRtpSender.getCapabilities("video").codecs
        wanted = [one for one in codecs if one.mimeType in {"video/VP8", "video/rtx"}]
        for transceiver in self._pc.getTransceivers():
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(wanted)

    def _noted(self, message: object) -> None:
        self.arrived += 1
        self._ends.note(message)

    def _tracked(self, track: MediaStreamTrack) -> None:
        task = asyncio.ensure_future(self._sink(track))
        self._sinks.add(task)
        task.add_done_callback(self._sinks.discard)

    async def _sink(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.arrived += 1
            if isinstance(frame, VideoFrame):
                self._ends.picture(frame)
            elif isinstance(frame, AudioFrame):
                self._ends.sound(frame)


def _server(one: IceServer) -> RTCIceServer:
    return RTCIceServer(
        urls=list(one.urls), username=one.username or None, credential=one.credential or None
    )


def _no_answer() -> LinkError:
    return LinkError("What came for a visit is no answer to its offer.", code="VISIT-31")
