"""Measures the way of one invitation: from the token at a hub to its first reading on the server.

Everything is a program of its own and a real one: FHIR server, broker, bridge, the two commands
that a nurse types, the hub. Only the meters are virtual.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.clock import HubClock
from agent.demo.server import DemoServer, ask, free_port, put
from agent.fleet import clinic as at
from agent.fleet import found
from config.clinic import Broker, Clinic, ClinicConfig, Door, Operator
from config.schema import Fhir
from vitals.errors import HubError

_PASSPHRASE = "correct horse battery staple"  # noqa: S105 - of a clinic that lives for a minute
_LIMIT_S = 120.0
_LOOK_S = 0.05
_PATIENT, _WHO = "bench-patient", "bench"
_UP = b"are up"


def run() -> dict[str, Any]:
    """Set one hub up as a nurse does, and wait for its first reading on the server."""
    with tempfile.TemporaryDirectory() as name, DemoServer(Path(name)) as server:
        folder = Path(name)
        put(server.base_url, {"resourceType": "Patient", "id": _PATIENT})
        _clinic(folder, server.base_url)
        with _running(["demo", "--clinic", str(folder / "clinic")], folder / "clinic.log") as parts:
            _until(lambda: _UP in (folder / "clinic.log").read_bytes(), parts)
            return _set_up(folder, server.base_url)


def _set_up(folder: Path, base_url: str) -> dict[str, Any]:
    settings, words = folder / "hub" / "hearth.toml", folder / "words"
    words.write_text(_PASSPHRASE + "\n", encoding="utf-8")
    invite = ["fleet", "invite", "--patient", f"Patient/{_PATIENT}", "--json"]
    invite += ["--clinic", str(folder / "clinic"), "--operator", _WHO]
    enroll = ["enroll", "--config", str(settings), "--state-dir", str(folder / "hub" / "state")]
    enroll += ["--no-start", "--json"]  # the service is not there to be started: it is below
    token, invited_s = _typed([*invite, "--passphrase-file", str(words)])
    began = time.perf_counter()
    _, enrolled_s = _typed(enroll, given=json.loads(token)["invitation"])
    with _running(["demo", "--hub", str(settings)], folder / "hub.log") as hub:
        _until(lambda: bool(ask(f"{base_url}/Observation?_count=1").get("entry")), hub)
        seconds = time.perf_counter() - began
    return {
        "commands": {"at_the_clinic": 1, "at_the_hub": 1},
        "invite_s": round(invited_s, 2),
        "enroll_s": round(enrolled_s, 2),
        "token_to_first_reading_s": round(seconds, 2),
    }


def _clinic(folder: Path, base_url: str) -> None:
    config = ClinicConfig(
        clinic=Clinic(tenant=_WHO),
        fhir=Fhir(base_url=base_url),
        broker=Broker(host="127.0.0.1", port=free_port()),
        bridge=Door(host="127.0.0.1", port=free_port()),
        operator=(Operator(login=_WHO, role="admin"),),
    )
    now = HubClock()().at
    secret = at.new_secret()
    found.made(folder / "clinic", config, secret=secret, passphrase=_PASSPHRASE, now=now)


def _command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-P", "-m", "agent.cli.main", *words]


def _typed(words: Sequence[str], given: str = "") -> tuple[str, float]:
    """Run a command as a person does; return what it printed, and its seconds."""
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own interpreter and command
        _command(words),
        capture_output=True,
        check=False,
        encoding="utf-8",
        input=given + "\n",
        timeout=_LIMIT_S,
    )
    if done.returncode != 0:
        raise _broke_off(f"hearth {words[0]} failed")
    return done.stdout, time.perf_counter() - began


@contextmanager
def _running(words: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as said:
        process = subprocess.Popen(_command(words), stdout=said, stderr=said)  # noqa: S603 - as above
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _until(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    limit_s = time.monotonic() + _LIMIT_S
    while not happened():
        if process.poll() is not None or time.monotonic() > limit_s:
            raise _broke_off("a part of the clinic ended, or took too long")
        time.sleep(_LOOK_S)


def _broke_off(why: str) -> HubError:
    return HubError(
        f"The measurement broke off: {why}.",
        fix="See that mosquitto is installed (hearth demo --link mqtt), then run it again.",
        code="BENCH-02",
    )
