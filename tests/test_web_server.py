"""The bridge's web server: what it serves, what it refuses, and that it stops."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web as aiohttp_web

from agent.web import server as web
from agent.web.pages import File, pages
from agent.web.plug import Asked, Plug, Reply
from agent.web.server import Served, Tls, WebServer
from tests.fakes.certificates import Authority
from vitals.errors import HubError

PAGE = {"/visit/": File(octets=b"<p>here</p>", kind="text/html; charset=utf-8", tag='"1"')}


class Echo:
    """Answers with what it was asked."""

    prefix = "/echo/"

    def answer(self, asked: Asked) -> Reply:
        shown = "yes" if asked.peer_cert else "no"
        word = asked.headers.get("x-word", "")
        words = f"{asked.method} {asked.path} {word} {len(asked.body)} {shown}"
        return Reply(
            status=201, body=words.encode(), headers={"Content-Security-Policy": "default-src *"}
        )


@contextmanager
def served(tls: Tls | None = None, plug: Plug | None = None) -> Iterator[WebServer]:
    made = WebServer("127.0.0.1", 0, Served(files=PAGE, plugs=(plug or Echo(),)), tls)
    try:
        yield made
    finally:
        made.close()


def asked(
    port: int, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, bytes, Mapping[str, str]]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request(method, path, body, dict(headers or {}))
        answer = line.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        line.close()


def test_a_page_comes_with_headers_that_let_no_foreign_script_in() -> None:
    with served() as server:
        status, body, headers = asked(server.port, "GET", "/visit/")

    assert (status, body) == (200, b"<p>here</p>")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/visit/../../etc/passwd", 404),
        ("GET", "/visit/%2e%2e/pages.py", 404),
        ("POST", "/visit/", 405),
        ("DELETE", "/visit/", 405),
    ],
)
def test_what_is_not_there_is_not_there(method: str, path: str, status: int) -> None:
    with served() as server:
        assert asked(server.port, method, path)[0] == status


def test_a_plug_is_asked_and_cannot_weaken_the_headers() -> None:
    with served() as server:
        answer = asked(server.port, "PUT", "/echo/a?b=c", b"12345", {"X-Word": "hi"})

    assert answer[:2] == (201, b"PUT /echo/a hi 5 no")
    assert "default-src 'none'" in answer[2]["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /\x00<script>canary</script> HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"CANARY\r\n\r\n", b"400"),
        (b"GET /wrong/canary HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n", b"500"),
    ],
)
def test_what_goes_wrong_is_answered_with_the_same_headers_and_repeats_nothing(
    sent: bytes, status: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    class Wrong:
        prefix = "/wrong/"

        def answer(self, asked: Asked) -> Reply:
            raise ValueError(asked.path)

    told = bytearray()
    with (
        caplog.at_level(logging.DEBUG),
        served(plug=Wrong()) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=60) as line,
    ):
        line.sendall(sent)
        while part := line.recv(4096):
            told += part
    head = bytes(told)
    assert head.split()[1] == status
    assert b"default-src 'none'" in head
    assert b"nosniff" in head
    assert b"Server: hearth" in head
    assert b"canary" not in head.lower() + caplog.text.lower().encode()
    assert "127.0.0.1" not in caplog.text


def test_a_body_over_64_kibibytes_is_refused() -> None:
    with served() as server:
        assert asked(server.port, "POST", "/echo/", bytes(web.MAX_BODY))[0] == 201
        assert asked(server.port, "POST", "/echo/", bytes(web.MAX_BODY + 1))[0] == 413


def test_more_connections_than_it_takes_are_hung_up_on_and_the_rest_is_served() -> None:
    with served() as server:
        lines = [
            socket.create_connection(("127.0.0.1", server.port), 60)
            for _ in range(web.MAX_CONNECTIONS + 20)
        ]
        closed = 0
        for line in lines[-20:]:
            line.settimeout(60)
            try:
                closed += line.recv(1) == b""
            except ConnectionResetError:
                closed += 1
        for line in lines:
            line.close()
        assert closed == 20
        assert _served_again(server.port) == 200


def _served_again(port: int) -> int:
    """Ask until the server has noticed that the others hung up."""
    for _ in range(100):
        with contextlib.suppress(ConnectionError, http.client.RemoteDisconnected):
            return asked(port, "GET", "/visit/")[0]
        time.sleep(0.1)
    raise AssertionError("it never served anybody again")


def test_a_client_certificate_is_optional_and_handed_to_the_plug(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    own, key = authority.sign("server")
    tls = Tls(cert_file=own, key_file=key, client_ca_file=authority.file)
    trusting = ssl.create_default_context(cafile=str(authority.file))
    with served(tls) as server:
        for certificate, shown in ((None, b"no"), (authority.sign("hub-1"), b"yes")):
            if certificate:
                trusting.load_cert_chain(*certificate)
            line = http.client.HTTPSConnection(
                "127.0.0.1", server.port, timeout=60, context=trusting
            )
            line.request("GET", "/echo/")
            answer = line.getresponse()
            assert answer.read().endswith(shown)
            assert "max-age" in str(answer.getheader("Strict-Transport-Security"))
            line.close()


def test_files_that_are_no_certificate_are_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    with pytest.raises(HubError) as told:
        WebServer("127.0.0.1", 0, Served(files={}), Tls(cert_file=wrong, key_file=wrong))
    assert told.value.code == "WEB-02"


def test_a_port_that_is_taken_is_said_so() -> None:
    with served() as server, pytest.raises(HubError) as told:
        WebServer("127.0.0.1", server.port, Served(files={}))
    assert told.value.code == "WEB-01"


def test_it_stops_with_connections_open_and_leaves_no_thread() -> None:
    before = threading.active_count()
    with served() as server:
        idle = socket.create_connection(("127.0.0.1", server.port), 60)
        asked(server.port, "POST", "/echo/", b"1")
    idle.settimeout(60)
    assert idle.recv(1) == b""
    idle.close()
    assert threading.active_count() <= before + 1  # the plug's worker may still be leaving


def test_the_clinicians_page_is_there_with_its_words() -> None:
    found = pages()
    assert found["/visit/"].kind.startswith("text/html")
    assert found["/visit/words.json"].octets.startswith(b"{")
    assert not [path for path in found if path.endswith((".py", ".md"))]


async def test_a_page_that_is_open_does_not_hold_up_the_stop() -> None:
    async def line(request: aiohttp_web.BaseRequest) -> aiohttp_web.StreamResponse:
        socket = aiohttp_web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        return socket

    made = WebServer("127.0.0.1", 0, Served(files=PAGE, lines={"/line": line}))
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{made.port}/line") as page,
    ):
        await asyncio.to_thread(made.close)
        assert (await page.receive()).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
