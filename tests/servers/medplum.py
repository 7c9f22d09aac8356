"""Starts Medplum's FHIR router under Node, with faults on request."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from agent.demo.server import free_port
from tests.servers import npm

_SOURCE = Path(__file__).parent / "router"
_START_LIMIT_S = 60
_ASK_LIMIT_S = 90


class Medplum:
    """The running router; every test starts from an empty one."""

    def __init__(self, port: int) -> None:
        self._root = f"http://127.0.0.1:{port}"
        self.base_url = f"{self._root}/fhir"

    def reset(self, **settings: bool) -> None:
        """Forget every resource and fault; `updateCreate` and `transactions` may be turned off."""
        self._post("_reset", settings)

    def fail(self, *faults: dict[str, Any]) -> None:
        """Do these things wrong, each as often as its `times` says."""
        self._post("_faults", list(faults))

    def _post(self, path: str, body: object) -> None:
        request = Request(f"{self._root}/{path}", data=json.dumps(body).encode(), method="POST")  # noqa: S310
        with urlopen(request, timeout=_ASK_LIMIT_S):  # noqa: S310
            pass


@contextlib.contextmanager
def running() -> Iterator[Medplum]:
    """Run the router for as long as the block lasts."""
    folder, port = npm.installed(_SOURCE, "medplum", "server.mjs"), free_port()
    process = subprocess.Popen(
        [npm.program("node"), "server.mjs", str(port)],
        cwd=folder,
        stdin=subprocess.PIPE,  # it ends when this closes: a killed test run leaves no router
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        told, _, _ = select.select([process.stdout], [], [], _START_LIMIT_S)
        assert told, "the router did not start in time"
        assert process.stdout.readline() == b"ready\n", "the router did not start"
        yield Medplum(port)
    finally:
        process.terminate()
        process.wait(_START_LIMIT_S)
