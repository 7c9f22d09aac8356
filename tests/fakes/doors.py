"""An HTTPS server around anything that answers EST, with client certificates asked for."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

Answer = Callable[[str, str, Mapping[str, str], bytes, bytes | None], tuple[int, bytes, str]]
"""Takes method, path, headers, body and the client's certificate (DER)."""


class Where(NamedTuple):
    """Where it listens, and what it was asked."""

    host: str
    asked: list[str]


@contextmanager
def served(
    answer: Answer, *, identity: Path, client_root: Path, date: str | None = None
) -> Iterator[Where]:
    """Serve on a free loopback port; `identity` is certificate and key in one file."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            peer = self.connection.getpeercert(binary_form=True)
            asked.append(f"{self.command} {self.path}")
            status, said, kind = answer(self.command, self.path, headers, body, peer)
            if status == 0:  # the line breaks before the answer is through
                self.close_connection = True
                return
            self.send_response_only(status)
            self.send_header("Date", date or formatdate(usegmt=True))
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=client_root)
    context.load_cert_chain(identity)
    context.verify_mode = ssl.CERT_OPTIONAL
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Where(f"127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
