"""A bad network on loopback: it delays, cuts, loses answers and makes requests twice."""

from __future__ import annotations

import contextlib
import http.client
import random
import select
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

_CHUNK = 65_536
_SERVER_LIMIT_S = 20.0
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(slots=True)
class Weather:
    """How bad it is; `calm` ends all of it. Chances are of one request, or of one piece."""

    seed: int
    calm: bool = False
    cut_before: float = 0.04
    cut_after: float = 0.06
    twice: float = 0.06
    delayed: float = 0.15
    longest_delay_s: float = 0.4
    counts: Counter[str] = field(default_factory=Counter)
    _chance: random.Random = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - weather, no secret

    def happens(self, what: str, chance: float) -> bool:
        """Roll the dice for one kind of trouble, and count it."""
        with self._lock:
            now = not self.calm and self._chance.random() < chance
            self.counts[what] += now
        return now

    def wait(self) -> None:
        """Hold up what passes, sometimes."""
        if self.happens("delayed", self.delayed):
            with self._lock:
                delay_s = self._chance.uniform(0.0, self.longest_delay_s)
            time.sleep(delay_s)


class HttpRelay:
    """Passes HTTP requests on to a server on loopback, whole and in bad weather."""

    def __init__(
        self, name: str, to_port: int, weather: Weather, tls: ssl.SSLContext | None = None
    ) -> None:
        relay = self
        self.manner = "pass on"  # or "html", "silent": stores, and never answers

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                with contextlib.suppress(OSError):  # both ends are killed at any time
                    super().handle_one_request()

            def _pass_on(self) -> None:
                relay.passed(self)

            do_GET = do_POST = do_PUT = _pass_on  # noqa: N815 - the names that the class looks for

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._name, self._to_port, self._weather = name, to_port, weather
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def passed(self, handler: BaseHTTPRequestHandler) -> None:
        """Pass one request on, or lose it or its answer."""
        weather = self._weather
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        handler.close_connection = True
        if self.manner == "html":
            self._said(handler, 200, [("content-type", "text/html")], b"<html>Welcome</html>")
            return
        weather.wait()
        if weather.happens("cut before", weather.cut_before):
            return
        try:
            if weather.happens("twice", weather.twice):
                self._asked(handler, body)
            status, headers, said = self._asked(handler, body)
        except (OSError, http.client.HTTPException):
            return  # the server was just killed: nobody knows
        weather.counts[f"{self._name} {status // 100}xx"] += 1
        weather.wait()
        if self.manner == "silent" or weather.happens("cut after", weather.cut_after):
            return
        self._said(handler, status, headers, said)

    def _said(
        self,
        handler: BaseHTTPRequestHandler,
        status: int,
        headers: list[tuple[str, str]],
        said: bytes,
    ) -> None:
        handler.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP:
                handler.send_header(name, value)
        handler.send_header("content-length", str(len(said)))
        handler.send_header("connection", "close")
        handler.end_headers()
        handler.wfile.write(said)

    def _asked(
        self, handler: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = {
            name: value for name, value in handler.headers.items() if name.lower() not in _HOP
        }
        server = http.client.HTTPConnection("127.0.0.1", self._to_port, timeout=_SERVER_LIMIT_S)
        with contextlib.closing(server):
            server.request(handler.command, handler.path, body or None, headers)
            answer = server.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class TcpRelay:
    """Passes connections on to a port on loopback; sometimes late, sometimes cut in the middle."""

    def __init__(self, to_port: int, weather: Weather, *, cut: float = 0.004) -> None:
        self._to_port, self._weather, self._cut = to_port, weather, cut
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        for near in self._callers():
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _callers(self) -> Iterator[socket.socket]:
        while True:
            try:
                yield self._listener.accept()[0]
            except OSError:
                return  # closed

    def _serve(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            far = socket.create_connection(("127.0.0.1", self._to_port), _SERVER_LIMIT_S)
            with far:
                for one in (near, far):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._shovel(near, far)

    def _shovel(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        while True:
            for one in select.select([near, far], [], [])[0]:
                piece = one.recv(_CHUNK)
                if not piece or self._weather.happens("line cut", self._cut):
                    return
                self._weather.wait()
                other[one].sendall(piece)
