"""A stand-in for a FHIR server that is infinitely fast: it answers, counts, and forgets the rest.

For measuring Hearth's own speed, where a real server would be the limit. It keeps nothing but the
ids it was given, and is no server for anything else. Run: python -m agent.demo.standin PORT
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import msgspec

_LARGEST = 64 * 1024 * 1024
_HEAD_LIMIT = 64 * 1024

STATEMENT = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026-01-01",
    "kind": "instance",
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "rest": [
        {
            "mode": "server",
            "interaction": [{"code": "transaction"}],
            "resource": [
                {"type": name, "updateCreate": True, "conditionalCreate": True}
                for name in ("Observation", "Device")
            ],
        }
    ],
}


class _Asked(msgspec.Struct):
    method: str
    url: str


class _Entry(msgspec.Struct):
    request: _Asked


class _Bundle(msgspec.Struct):
    entry: list[_Entry]


class StandIn:
    """Every id it was ever given, and how many requests there were."""

    def __init__(self) -> None:
        """Start empty."""
        self.held: set[str] = set()
        self.requests = 0
        self._bundle = msgspec.json.Decoder(_Bundle)

    def answer(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        """Answer one request."""
        if path.endswith("/metadata"):
            return STATEMENT
        if path.endswith("/$count"):
            return {"held": len(self.held), "requests": self.requests}
        self.requests += 1
        if method == "PUT":
            self.held.add(path.rpartition("/fhir/")[2])
            return dict(msgspec.json.decode(body))
        urls = [one.request.url for one in self._bundle.decode(body).entry]
        self.held.update(urls)
        parts = [
            {"response": {"status": "201 Created", "location": f"{url}/_history/1"}} for url in urls
        ]
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": parts}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests (HTTP/1.1, kept alive) until it ends."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ", 2)
                fields = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
                length = int({k.lower(): v for k, v in fields.items()}.get("content-length", "0"))
                body = await reader.readexactly(min(length, _LARGEST))
                said = msgspec.json.encode(self.answer(method, path, body))
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(said), said)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            writer.close()


async def run(port: int) -> None:
    """Listen on loopback until cancelled."""
    server = await asyncio.start_server(StandIn().serve, "127.0.0.1", port, limit=_HEAD_LIMIT)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
