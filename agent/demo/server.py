"""Starts a real FHIR server (sekmet-fhir) on loopback, and counts what it holds by asking it."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

from sync.record import READING_IDENTIFIER
from vitals.errors import HubError
from vitals.quantity import GLUCOSE_QUANTITIES

_SERVE = "from sekmet.cli import app; app()"  # sekmet 0.1.1 has no __main__
_START_LIMIT_S = 120.0
_STOP_LIMIT_S = 20.0
_ASK_LIMIT_S = 60.0
_PORTS, _PORT_TRIES = range(20_000, 32_000), 100
_PAGE = 500
_MAX_PAGES = 10_000
_PANELS = frozenset({"150020", *(str(q.term.mdc) for q in GLUCOSE_QUANTITIES)})

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the server holds: distinct readings, and copies beyond the first."""

    readings: int
    duplicates: int


class DemoServer:
    """A FHIR R4 server of its own process, with its data under `directory`."""

    def __init__(self, directory: Path, *, port: int = 0) -> None:
        """Choose a free loopback port unless one is given."""
        self._directory = directory
        self._port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.base_url = f"http://127.0.0.1:{self._port}/fhir"

    def __enter__(self) -> Self:
        """Start the server and wait until it answers."""
        settings = self._directory / "fhir-server.yaml"
        settings.write_text(
            f"base_url: {self.base_url}\nhost: 127.0.0.1\nport: {self._port}\n"
            f"data_dir: {self._directory / 'fhir-data'}\nsimulator: {{enabled: false}}\n",
            encoding="utf-8",
        )
        log = (self._directory / "fhir-server.log").open("wb")
        with log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed words
                [sys.executable, "-P", "-c", _SERVE, "serve", "--config", str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._directory,
                start_new_session=True,  # Ctrl-C is for the demo, which then asks it once more
            )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server; kill it if it does not listen."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_LIMIT_S)

    def kill(self) -> None:
        """End the server as a crash would; entering again starts it on the same data."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_LIMIT_S)

    def _wait(self) -> None:
        limit = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < limit:
            if self._process is not None and self._process.poll() is not None:
                break
            try:
                ask(f"{self.base_url}/metadata")
            except (URLError, OSError):
                time.sleep(0.1)
            else:
                return
        self.__exit__()
        raise HubError(
            "The demo's FHIR server did not start.",
            fix=f"Read {self._directory / 'fhir-server.log'}; the demo needs the [demo] extra.",
            code="DEMO-01",
        )


def ask(url: str) -> Json:
    """GET one FHIR resource from a loopback server."""
    request = Request(url, headers={"accept": "application/fhir+json"})  # noqa: S310 - http below
    if urlsplit(url).hostname != "127.0.0.1":
        raise HubError("The demo asks only its own server.", fix="Use 127.0.0.1.", code="DEMO-02")
    with urlopen(request, timeout=_ASK_LIMIT_S) as answer:  # noqa: S310 - checked above
        resource: Json = json.loads(answer.read())
    return resource


def every(base_url: str, kind: str) -> Iterator[Json]:
    """Yield every resource of a kind that the server holds, page by page."""
    url: str | None = f"{base_url}/{kind}?_count={_PAGE}"
    for _ in range(_MAX_PAGES):
        if url is None:
            return
        page = ask(url)
        yield from (entry["resource"] for entry in page.get("entry", []))
        links = {link["relation"]: link["url"] for link in page.get("link", [])}
        url = urljoin(base_url + "/", links["next"]) if "next" in links else None


def held(base_url: str) -> Held:
    """Count the readings on the server by our identifier, from its own answer."""
    copies: Counter[str] = Counter()
    for resource in every(base_url, "Observation"):
        codes = {coding.get("code") for coding in resource["code"].get("coding", [])}
        if not codes & _PANELS:
            continue
        for identifier in resource.get("identifier", []):
            if identifier.get("system") == READING_IDENTIFIER:
                copies[identifier["value"]] += 1
    return Held(readings=len(copies), duplicates=sum(copies.values()) - len(copies))


def put(base_url: str, resource: Json) -> None:
    """Put one resource where it belongs, as a care team's own system would."""
    url = f"{base_url}/{resource['resourceType']}/{resource['id']}"
    request = Request(  # noqa: S310 - loopback http, see `ask`
        url,
        data=json.dumps(resource).encode(),
        method="PUT",
        headers={"content-type": "application/fhir+json"},
    )
    try:
        with urlopen(request, timeout=_ASK_LIMIT_S):  # noqa: S310 - see above
            return
    except HTTPError as error:
        raise HubError(
            f"The demo's FHIR server answered {error.code} to its first patient.",
            fix="Run the demo again; report it if it happens twice.",
            code="DEMO-03",
        ) from None


def free_port() -> int:
    """Return a loopback port that nobody listens on.

    It lies below those from which Linux and others give one to each outgoing connection, any of
    which could be taken before the caller listens on it (ip(7), ip_local_port_range).
    """
    with socket.socket() as probe:
        for _ in range(_PORT_TRIES):
            port = _PORTS[secrets.randbelow(len(_PORTS))]
            with contextlib.suppress(OSError):  # somebody has it
                probe.bind(("127.0.0.1", port))
                return port
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found
