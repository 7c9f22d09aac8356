"""The clinician's page without a browser: knocks, signs, checks, as agent/visit/README.md says."""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import aiohttp
import msgspec

from agent.visit import messages
from agent.visit.invitation import taken_apart
from agent.visit.messages import FromHub, FromPage, Knock, Said, Turned, Waiting
from agent.visit.text import from_text

LIMIT_S = 90.0

_Kind = TypeVar("_Kind")


class Visitor:
    """One open page. `party` is what its browser would keep."""

    def __init__(self, link: str, *, party: str = "") -> None:
        self.token, self.key = taken_apart(link)
        self.origin = link.partition("/visit/")[0]
        claims: dict[str, Any] = json.loads(from_text(self.token.partition(".")[0]))
        self.visit, self.hub = str(claims["visit"]), from_text(str(claims["hub_key"]))
        self.party = party or secrets.token_urlsafe(16)
        self.numbers = itertools.count(1)
        self.heard: list[FromHub | Waiting | Turned] = []
        self._line: aiohttp.ClientWebSocketResponse | None = None

    @contextlib.asynccontextmanager
    async def opened(self, origin: str = "") -> AsyncIterator[None]:
        """Keep a WebSocket open for the length of the block."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"{self.origin}/visit/line",
                origin=origin or self.origin,
                protocols=(messages.SUBPROTOCOL,),
            ) as line,
        ):
            self._line = line
            yield

    @property
    def line(self) -> aiohttp.ClientWebSocketResponse:
        assert self._line is not None
        return self._line

    async def send(self, message: object) -> None:
        await self.line.send_str(msgspec.json.encode(message).decode())

    async def knock(self) -> None:
        await self.send(Knock(v=1, token=self.token))

    async def say(self, kind: Callable[..., FromPage], **fields: object) -> Said:
        """Sign and say one message; return it, as somebody on the way could keep it."""
        message = kind(visit=self.visit, party=self.party, n=next(self.numbers), **fields)
        said = messages.signed(message, self.key)
        await self.send(said)
        return said

    async def hear(self, kind: type[_Kind]) -> _Kind:
        """Wait for a message of a kind; keep every other."""
        while True:
            found = await self._next()
            self.heard.append(found)
            if isinstance(found, kind):
                return found

    async def joined(self) -> None:
        """Knock and join."""
        await self.knock()
        await self.hear(Waiting)
        await self.say(messages.Join)

    async def is_hung_up_on(self) -> bool:
        frame = await self.line.receive(LIMIT_S)
        return frame.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}

    async def _next(self) -> FromHub | Waiting | Turned:
        frame = await self.line.receive(LIMIT_S)
        assert frame.type is aiohttp.WSMsgType.TEXT, frame
        found = messages.to_page(str(frame.data))
        return messages.from_hub(found, self.hub) if isinstance(found, Said) else found
