"""The WebSocket of a page: its limits, and what goes between it and the relay."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from agent.visit.invitation import PAGE
from agent.visit.messages import MAX_OCTETS, SUBPROTOCOL, ToPage
from agent.visit.relay import Relay, turned
from vitals.errors import HubError

log = logging.getLogger(__name__)

PATH = f"{PAGE}line"
KNOCK_S = 10.0
PING_S = 20.0
MOST_FROM_ONE = 16
"""How many connections one network address may have: a clinic sits behind one."""
_QUEUE = 32
_LOOK_S = 5.0


class Line:
    """Serves pages, each on its own connection. Make and call it on the server's loop."""

    def __init__(self, relay: Relay, serves: Callable[[str], bool] = lambda _: True) -> None:
        """Keep who carries what they say; `serves` tells of a hub, and may block."""
        self._relay, self._serves = relay, serves
        self._from: Counter[str] = Counter()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one page until either side hangs up."""
        if not _is_own_page(request):
            return web.Response(status=HTTPStatus.FORBIDDEN)
        where = request.remote or ""
        if self._from[where] >= MOST_FROM_ONE:
            return web.Response(status=HTTPStatus.TOO_MANY_REQUESTS)
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), max_msg_size=MAX_OCTETS, heartbeat=PING_S, compress=False
        )
        await socket.prepare(request)
        self._from[where] += 1
        try:
            await self._serve(socket)
        finally:
            self._from[where] -= 1
            if not self._from[where]:
                del self._from[where]
        return socket

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        out: asyncio.Queue[ToPage] = asyncio.Queue(_QUEUE)

        def say(message: ToPage) -> None:
            if not out.full():  # a page that does not read hears no more
                out.put_nowait(message)

        speaking = asyncio.create_task(_speak(socket, out))
        line = ""
        try:
            line = self._relay.knocked(await _text(socket, KNOCK_S), say)
            if not await asyncio.to_thread(self._serves, self._relay.hub(line)):
                raise _taken_back()
            while not socket.closed:
                await self._listen(socket, line)
        except HubError as error:
            log.info("a page was turned away code=%s", error.code)
            await _turn(socket, error)
        except (EOFError, TimeoutError):
            await socket.close()
        finally:
            speaking.cancel()
            if line:
                self._relay.closed(line)

    async def _listen(self, socket: web.WebSocketResponse, line: str) -> None:
        try:
            text = await _text(socket, _LOOK_S)
        except TimeoutError:
            if self._relay.overdue(line):
                raise _left_open() from None
            return
        self._relay.said(line, text)


async def _text(socket: web.WebSocketResponse, limit_s: float) -> str:
    message = await socket.receive(limit_s)
    if message.type is not WSMsgType.TEXT:
        raise EOFError
    return str(message.data)


async def _speak(socket: web.WebSocketResponse, out: asyncio.Queue[ToPage]) -> None:
    while not socket.closed:
        message = await out.get()
        try:
            await socket.send_str(msgspec.json.encode(message).decode())
        except (ConnectionError, RuntimeError):  # it closed meanwhile
            return


async def _turn(socket: web.WebSocketResponse, error: HubError) -> None:
    if not socket.closed:
        try:
            await socket.send_str(msgspec.json.encode(turned(error)).decode())
        except (ConnectionError, RuntimeError):
            return
        await socket.close(code=WSCloseCode.POLICY_VIOLATION)


def _is_own_page(request: web.BaseRequest) -> bool:
    """Tell whether the page that asks came from here (RFC 6455, 10.2)."""
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("Host", "")


def _taken_back() -> HubError:
    return HubError(
        "This hub was taken back, so nobody can be visited there.",
        fix="Ask your care team which hub the patient has now.",
        code="VISIT-18",
    )


def _left_open() -> HubError:
    return HubError(
        "This page was left open beyond its invitation.",
        fix="Ask for a new one: hearth visit invite.",
        code="VISIT-02",
    )
