"""The bridge's web server, in a thread of its own: TLS, limits, headers, and a clean stop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web

from agent.web.pages import File
from agent.web.plug import Asked, Plug, Reply
from vitals.errors import HubError

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
MAX_CONNECTIONS = 256
REQUEST_LIMIT_S = 15.0
HEADER_LIMIT_S = 10.0
_KEEPALIVE_S = 15.0
_START_LIMIT_S = 10.0
_STOP_LIMIT_S = 5.0
_THREADS = 4

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "media-src 'self' blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), display-capture=()",
    "Referrer-Policy": "no-referrer",
    "Server": "hearth",
    "X-Content-Type-Options": "nosniff",
}
"""What every answer carries (W3C CSP 3, Referrer Policy, Permissions Policy; Fetch)."""
_HSTS = {"Strict-Transport-Security": "max-age=31536000"}

Line = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
"""Serves one WebSocket until it closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Certificate and key of the server; `client_ca` checks clients that show a certificate."""

    cert_file: Path
    key_file: Path
    client_ca_file: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Return TLS 1.2 or newer; a client may show a certificate, and a wrong one gets nowhere.

        Raises
        ------
        HubError
            WEB-02 when the files cannot be used.
        """
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            made.load_cert_chain(self.cert_file, self.key_file)
            if self.client_ca_file is not None:
                made.load_verify_locations(self.client_ca_file)
                made.verify_mode = ssl.CERT_OPTIONAL
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise HubError(
                f"The web server's certificate files cannot be used ({type(error).__name__}).",
                fix="Check web.cert_file, web.key_file and web.client_ca_file.",
                code="WEB-02",
            ) from None
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What the server serves: files by path, plugs by prefix, WebSockets by path."""

    files: Mapping[str, File]
    plugs: Sequence[Plug] = ()
    lines: Mapping[str, Line] | None = None


class WebServer:
    """Serves until `close`. Port 0 takes a free one; `port` then tells which."""

    def __init__(self, host: str, port: int, served: Served, tls: Tls | None = None) -> None:
        """Listen, in a thread of its own; returns when it does.

        Raises
        ------
        HubError
            WEB-01 when it cannot listen there, WEB-02 for certificate files.
        """
        self._served, self._secure = served, tls is not None
        context = tls.context() if tls is not None else None
        self.loop = asyncio.new_event_loop()
        self._pool = concurrent.futures.ThreadPoolExecutor(_THREADS, thread_name_prefix="plug")
        self._thread = threading.Thread(target=self.loop.run_forever, name="web", daemon=True)
        self._thread.start()
        self._door: _Door | None = None
        self._lines: set[asyncio.Future[web.StreamResponse]] = set()
        self._server: asyncio.Server | None = None
        try:
            self.port = self._do(self._listen(host, port, context))
        except OSError as error:
            self.close()
            raise HubError(
                f"The web server cannot listen on port {port} ({error.strerror}).",
                fix="Choose another web.port, or stop what listens there.",
                code="WEB-01",
            ) from None

    def close(self) -> None:
        """Stop listening, end what is under way within five seconds, and go."""
        self._do(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_STOP_LIMIT_S)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - what the work returns
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_START_LIMIT_S)

    async def _listen(self, host: str, port: int, context: ssl.SSLContext | None) -> int:
        self._door = _Door(self._answer)
        handshake_s = None if context is None else HEADER_LIMIT_S
        self._server = await self.loop.create_server(
            self._door, host, port, ssl=context, ssl_handshake_timeout=handshake_s
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for serving in self._lines:  # a page that is open would be waited for in vain
            serving.cancel()
        if self._door is not None:
            self._door.pre_shutdown()
            await self._door.shutdown(_STOP_LIMIT_S)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._door is not None:
            self._door.silent.discard(request.protocol)
        lines = self._served.lines or {}
        if request.method == "GET" and (line := lines.get(request.path)) is not None:
            return await self._lined(line, request)
        try:
            async with asyncio.timeout(REQUEST_LIMIT_S):
                reply = await self._reply(request)
        except TimeoutError:
            reply = Reply(status=HTTPStatus.REQUEST_TIMEOUT)
        return self._response(reply)

    async def _lined(self, line: Line, request: web.BaseRequest) -> web.StreamResponse:
        serving = asyncio.ensure_future(line(request))
        self._lines.add(serving)
        try:
            return await serving
        finally:
            self._lines.discard(serving)

    async def _reply(self, request: web.BaseRequest) -> Reply:
        body = await _body(request)
        if body is None:
            return Reply(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        for plug in self._served.plugs:
            if request.path.startswith(plug.prefix):
                return await self._plugged(plug, request, body)
        return self._file(request)

    async def _plugged(self, plug: Plug, request: web.BaseRequest, body: bytes) -> Reply:
        asked = Asked(
            method=request.method,
            path=request.path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            peer_cert=_certificate(request),
        )
        return await self.loop.run_in_executor(self._pool, plug.answer, asked)

    def _file(self, request: web.BaseRequest) -> Reply:
        if request.method not in {"GET", "HEAD"}:
            return Reply(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
        file = self._served.files.get(request.path)
        if file is None:
            return Reply(status=HTTPStatus.NOT_FOUND)
        return Reply(status=HTTPStatus.OK, body=file.octets, headers={"Content-Type": file.kind})

    def _response(self, reply: Reply) -> web.Response:
        own = {**HEADERS, **(_HSTS if self._secure else {})}
        kind = {"Content-Type": "text/plain; charset=utf-8"}
        return web.Response(
            status=reply.status, body=reply.body, headers={**kind, **reply.headers, **own}
        )


class _Handler(web.RequestHandler):
    """Answers what is no request, or went wrong, in our words: aiohttp's repeat what was asked."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        del message
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("an answer went wrong error=%s", type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("half an answer was sent")
        told = web.Response(status=status, headers=HEADERS)
        told.force_close()
        return told


class _Door(web.Server):
    """Lets in so many connections, and hangs up on those that ask nothing."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(handler, keepalive_timeout=_KEEPALIVE_S, access_log=None)
        self.silent: set[object] = set()

    def __call__(self) -> web.RequestHandler:
        return _Handler(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self.connections) > MAX_CONNECTIONS:
            self._loop.call_soon(transport.abort)  # not at once: aiohttp is still setting it up
            return
        self.silent.add(handler)
        self._loop.call_later(HEADER_LIMIT_S, self._hang_up, handler, transport)

    def _hang_up(self, handler: object, transport: asyncio.Transport) -> None:
        if handler in self.silent:
            self.silent.discard(handler)
            transport.abort()


def _certificate(request: web.BaseRequest) -> bytes | None:
    line = request.get_extra_info("ssl_object")
    return None if line is None else line.getpeercert(binary_form=True)


async def _body(request: web.BaseRequest) -> bytes | None:
    """Read a body; None when it is too large."""
    found = bytearray()
    async for chunk in request.content.iter_chunked(MAX_BODY):
        found += chunk
        if len(found) > MAX_BODY:
            return None
    return bytes(found)
