"""A TLS server on loopback that shakes hands and says nothing."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LIMIT_S = 90


def server_side(cert: Path, key: Path, asks: Path | None = None) -> ssl.SSLContext:
    """Return what a TLS server needs; with `asks` it wants a certificate from that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if asks is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(asks)
    return context


@contextmanager
def greeting(tls: ssl.SSLContext) -> Iterator[int]:
    """Shake hands with whoever comes, as a broker does, and say nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(LIMIT_S)

        def greet() -> None:
            with suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    with suppress(OSError), line:
                        line.settimeout(LIMIT_S)
                        tls.wrap_socket(line, server_side=True).close()

        thread = threading.Thread(target=greet)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(LIMIT_S)
