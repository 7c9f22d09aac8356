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
_OK, _MISSING = "200 OK", "404 Not Found"

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

    def answer(self, method: str, path: str, body: bytes) -> tuple[str, dict[str, Any]]:
        """Answer one request: its status line's end, its body."""
        if path.endswith("/metadata"):
            return _OK, STATEMENT
        if path.endswith("/$count"):
            return _OK, {"held": len(self.held), "requests": self.requests}
        if method == "GET":  # it gives nothing back, as a server that has no such resource
            return _MISSING, {"resourceType": "OperationOutcome", "issue": []}
        self.requests += 1
        if method == "PUT":
            self.held.add(path.rpartition("/fhir/")[2])
            return _OK, dict(msgspec.json.decode(body))
        urls = [one.request.url for one in self._bundle.decode(body).entry]
        self.held.update(urls)
        parts = [
            {"response": {"status": "201 Created", "location": f"{url}/_history/1"}} for url in urls
        ]
        return _OK, {"resourceType": "Bundle", "type": "transaction-response", "entry": parts}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests (HTTP/1.1, kept alive) until it ends."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ", 2)
                fields = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
                length = int({k.lower(): v for k, v in fields.items()}.get("content-length", "0"))
                body = await reader.readexactly(min(length, _LARGEST))
                status, answer = self.answer(method, path, body)
                said = msgspec.json.encode(answer)
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: application/fhir+json\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (status.encode("ascii"), len(said), said)
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
