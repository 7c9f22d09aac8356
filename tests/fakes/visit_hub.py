"""A patient's home for the clinician's page: the real web server, and a hub behind its line.

It speaks the whole protocol of `agent/visit/README.md` with real keys and real WebRTC (aiortc), and
does wrong what a test asks for. Camera: a made-up person; microphone: silence.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar

import msgspec
from aiohttp import WSMsgType, web
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import VideoFrame

from agent.visit import invitation, messages, sdp, words
from agent.visit.text import from_text, to_text
from agent.web.pages import pages
from agent.web.server import Served, WebServer
from sync import hpke, p256, signing
from tests.fakes.heads import sitter
from tests.simulator.picture import Clip

_LIMIT_S = 90.0
_FPS = 15
T = TypeVar("T")


@cache
def portraits() -> tuple[VideoFrame, ...]:
    """Return a second of somebody who sits there, drawn once."""
    case = sitter(seconds=0.5)
    clip = Clip(replace(case, camera=replace(case.camera, width=640, height=480)))
    return tuple(VideoFrame.from_ndarray(one.bgr, format="bgr24") for one in clip)


class Camera(VideoStreamTrack):
    """Shows that person, again and again."""

    def __init__(self) -> None:
        super().__init__()
        drawn = portraits()
        self._frames = itertools.cycle([*drawn, *reversed(drawn)])
        self._number = 0

    async def recv(self) -> VideoFrame:
        """Return the next frame, when it is due."""
        await asyncio.sleep(1 / _FPS)
        frame = next(self._frames)
        frame.pts, frame.time_base = self._number, Fraction(1, _FPS)
        self._number += 1
        return frame


class Home:
    """One patient's home and the link to it. Everything it does runs in the server's loop."""

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.key, self.page, self.clinic = p256.Key(), p256.Key(), signing.Key()
        self.visit = to_text(secrets.token_bytes(16))
        self.heard: list[messages.FromPage] = []
        self.knocks = 0
        self.up = True  # whether the line may be had
        self.quiet = False  # hears, and says nothing
        self.lines: list[web.WebSocketResponse] = []
        self.calls: list[RTCPeerConnection] = []
        self._channels: list[RTCDataChannel] = []
        self._opened = asyncio.Event()
        self._n = itertools.count(1)
        self._server = WebServer(
            "127.0.0.1", 0, Served(files=pages(), lines={"/visit/line": self._line})
        )
        self.origin = f"http://localhost:{self._server.port}"
        self.link = self.invite()

    def invite(self, **changed: object) -> str:
        """Make a link, good or otherwise."""
        told = invitation.Invitation(
            v=1,
            tenant="clinic",
            hub="hub-1",
            visit=self.visit,
            who="Dr Weber",
            nbf=1,
            exp=3601,
            page=to_text(self.page.public),
            hub_key=to_text(self.key.public),
            seal=to_text(hpke.Reader().public),
        )
        token = invitation.minted(msgspec.structs.replace(told, **changed), self.clinic)
        return invitation.link(self.origin, token, self.page.private())

    def close(self) -> None:
        """Hang up and stop serving."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._server.loop).result(_LIMIT_S)
        self._server.close()

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something where the home lives."""
        async with asyncio.timeout(_LIMIT_S):
            return await asyncio.wrap_future(
                asyncio.run_coroutine_threadsafe(work, self._server.loop)
            )

    # What a test has it say and do.

    async def tell(self, kind: Callable[..., messages.FromHub], **details: object) -> None:
        """Say one message of a hub's, signed."""
        told = kind(visit=self.visit, n=next(self._n), **details)
        await self.send(messages.signed(told, self.key))

    async def send(self, told: messages.Said | Mapping[str, object] | str) -> None:
        """Send this on every line, whatever it is."""
        text = told if isinstance(told, str) else msgspec.json.encode(told).decode()

        async def sent() -> None:
            for line in self.lines:
                await line.send_str(text)

        await self.do(sent())

    async def note(self, told: Mapping[str, object] | str | bytes) -> None:
        """Send this on the newest data channel."""

        async def sent() -> None:
            await self._opened.wait()
            self._channels[-1].send(json.dumps(told) if isinstance(told, Mapping) else told)

        await self.do(sent())

    async def offer(self, **changed: str) -> None:
        """Call the page: camera, microphone, data channel."""
        call = to_text(secrets.token_bytes(8))
        description = await self.do(self._dialled(call))
        offer = {"call": call, "sdp": description, "language": self.language, **changed}
        await self.tell(messages.Offer, **offer)

    async def drop_line(self) -> None:
        """Lose every line there is."""

        async def dropped() -> None:
            for line in list(self.lines):
                await line.close()

        await self.do(dropped())

    async def drop_call(self) -> None:
        """Lose the call without a word: nothing is answered any more."""

        async def dropped() -> None:
            for call in self.calls:
                assert call.sctp is not None
                await call.sctp.transport.transport.stop()  # ICE, below DTLS: no farewell

        await self.do(dropped())

    async def until(self, kind: type[T], number: int = 1) -> T:
        """Wait until the page has said so many messages of a kind, and return the last of them."""
        async with asyncio.timeout(_LIMIT_S):
            while True:
                found = [one for one in self.heard if isinstance(one, kind)]
                if len(found) >= number:
                    return found[number - 1]
                await asyncio.sleep(0.02)

    def four(self, call: int = -1) -> tuple[str, ...]:
        """Return the words that the patient's screen shows for a call."""
        pc = self.calls[call]
        return words.four(
            visit=self.visit,
            hub=sdp.fingerprint(pc.localDescription.sdp),
            page=sdp.fingerprint(pc.remoteDescription.sdp),
            language=self.language,
        )

    # How it works.

    async def _line(self, request: web.BaseRequest) -> web.StreamResponse:
        if not self.up:
            return web.Response(status=503)
        line = web.WebSocketResponse(
            protocols=[messages.SUBPROTOCOL], max_msg_size=messages.MAX_OCTETS
        )
        await line.prepare(request)
        self.lines.append(line)
        try:
            async for message in line:
                if message.type is WSMsgType.TEXT:
                    await self._hear(line, message.data)
        finally:
            self.lines.remove(line)
        return line

    async def _hear(self, line: web.WebSocketResponse, text: str) -> None:
        told = messages.to_bridge(text)
        if isinstance(told, messages.Knock):
            self.knocks += 1
            invitation.opened(told.token, [self.clinic.public])
            await line.send_json({"type": "waiting", "v": 1})
            return
        message = messages.from_page(told, self.page.public)
        self.heard.append(message)
        if isinstance(message, messages.Answer):
            description = RTCSessionDescription(sdp=message.sdp, type="answer")
            await self.calls[-1].setRemoteDescription(description)

    async def _dialled(self, _name: str) -> str:
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.calls.append(pc)
        pc.addTrack(AudioStreamTrack())
        pc.addTrack(Camera())
        channel, self._opened = pc.createDataChannel("hearth"), asyncio.Event()
        channel.on("open", self._opened.set)
        self._channels.append(channel)
        await pc.setLocalDescription(await pc.createOffer())
        return str(pc.localDescription.sdp)

    async def _hang_up(self) -> None:
        self.up = False
        for line in list(self.lines):
            await line.close()
        for call in self.calls:
            await call.close()


@contextmanager
def home(language: str = "en") -> Iterator[Home]:
    """Keep a home for as long as the block lasts."""
    made = Home(language)
    try:
        yield made
    finally:
        made.close()


def public_of(private: str) -> bytes:
    """Return the public key of a link's private number."""
    return p256.Key(from_text(private)).public
