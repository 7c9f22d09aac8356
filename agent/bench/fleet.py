"""Measures the care team's side: a fleet of many hubs, many invitations, a hub that is taken back.

The FHIR server is a real one (sekmet), of its own process. Commands run as programs, as a person
runs them, so that their start and their memory count.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from agent.bench import token as bench_token
from agent.bench.store import made_up
from agent.clock import HubClock
from agent.demo.server import DemoServer
from agent.fleet import clinic as at
from agent.fleet import door, found, invite
from agent.offline import store_of
from agent.rekey import HubKeys
from config.bridge import load_bridge
from config.clinic import Broker, Clinic, ClinicConfig, Door, Operator
from config.load import load
from config.schema import Fhir
from sync import certificates, est
from sync.bridge.register import Register
from sync.exchange import Purpose, Request
from sync.fhir import encode
from sync.fhir.codes import Json
from sync.fhir.register import Registered
from sync.fhir.register import resource_of as entry_resource
from sync.fhir.report import HubReport, MeterReport
from sync.fhir.report import resource_of as report_resource
from sync.invitation import Invitation
from sync.links.https import HttpsLink
from sync.policy import JSON, STORED
from vitals.errors import HubError

HUBS, INVITATIONS, READINGS = 10_000, 1_000, 1_000
_TENANT, _OPERATOR = "bench", "bench"
_PASSPHRASE = "correct horse battery staple"  # noqa: S105 - of a clinic that lives for a minute
_AT_ONCE = 250
_OK = 200
_LIMIT_S, _NEEDY = 600.0, 20  # one hub in so many needs a person


def run(scale: float = 1.0) -> dict[str, Any]:
    """Run every measurement; `scale` makes all of them larger or smaller."""
    hubs, invitations = max(20, int(HUBS * scale)), max(5, int(INVITATIONS * scale))
    result: dict[str, Any] = {"one_hub": bench_token.run()}
    with tempfile.TemporaryDirectory() as name, DemoServer(Path(name)) as server:
        folder = Path(name)
        result["clinic_made_s"] = _clinic(folder, server.base_url)
        invited, result["invitations"] = _invited(folder, invitations)
        result["enrolments"] = _enrolled(folder, invited)
        result["list"] = _listed(folder, server.base_url, hubs)
        result["reset"] = _reset(folder, max(20, int(READINGS * scale)))
    return result


def in_words(result: Mapping[str, Any]) -> list[str]:
    """Say the result of `run` in one line each."""
    invited, listed, reset = result["invitations"], result["list"], result["reset"]
    enrolled = result["enrolments"]
    one = result["one_hub"]
    return [
        f"from the token to the first reading on the server: {one['token_to_first_reading_s']} s",
        f"a clinic made: {result['clinic_made_s']} s",
        f"{invited['count']:,} invitations: {invited['seconds']} s",
        f"{enrolled['enrolled']:,} of {enrolled['count']:,} enrolled: {enrolled['seconds']} s",
        f"fleet list over {listed['hubs']:,} hubs: {listed['seconds']} s, {listed['peak_mb']} MB",
        f"the same with --json: {listed['json_seconds']} s, {listed['json_peak_mb']} MB",
        f"reset of a hub with {reset['readings']:,} readings: {reset['seconds']} s",
        f"proof: {reset['tried']}; a kept copy of its store: {reset['kept_copy']}",
    ]


def _clinic(folder: Path, base_url: str) -> float:
    config = ClinicConfig(
        clinic=Clinic(tenant=_TENANT),
        fhir=Fhir(base_url=base_url),
        broker=Broker(host="127.0.0.1"),
        bridge=Door(host="127.0.0.1"),
        operator=(Operator(login=_OPERATOR, role="admin"),),
    )
    began = time.perf_counter()
    found.made(
        folder / "clinic",
        config,
        secret=at.new_secret(),
        passphrase=_PASSPHRASE,
        now=HubClock()().at,
    )
    return round(time.perf_counter() - began, 2)


def _invited(folder: Path, count: int) -> tuple[list[Invitation], dict[str, Any]]:
    """Invite hubs one after another, as a nurse with a list would."""
    made: list[Invitation] = []
    clinic = at.opened(folder / "clinic", _OPERATOR)
    key = clinic.signing_key(_PASSPHRASE)
    began = time.perf_counter()
    with clinic.line() as line:
        for number in range(count):
            wish = invite.Wish(patients=(f"Patient/{number}",), hub=f"invited-{number}")
            made.append(invite.invite(clinic, line, wish, key=key, now=HubClock()().at)[0])
    return made, {"count": count, "seconds": round(time.perf_counter() - began, 2)}


def _enrolled(folder: Path, invited: Sequence[Invitation]) -> dict[str, Any]:
    """Bring each hub's request to the bridge's door, without the network between them."""
    config = load_bridge(folder / "clinic" / "bridge" / "bridge.toml")
    link = HttpsLink(config.fhir)
    opened = door.door(
        config,
        link,
        Register(link, tenant=_TENANT, clock=time.monotonic),
        lambda: HubClock()().at,
    )
    given = 0
    began = time.perf_counter()
    for one in invited:
        request = est.written(certificates.request(certificates.new_key(), "hub"))
        headers = est.basic("hub", one.secret)
        if opened is not None:
            path = est.PREFIX + est.ENROLL
            given += opened.answer("POST", path, headers, request, None).status == _OK
    seconds = round(time.perf_counter() - began, 2)
    link.close()
    return {"count": len(invited), "enrolled": given, "seconds": seconds}


def _listed(folder: Path, base_url: str, hubs: int) -> dict[str, Any]:
    """Fill the register and let the command list it."""
    _fill(base_url, hubs, HubClock()().at)
    options = ["--clinic", str(folder / "clinic"), "--operator", _OPERATOR]
    text, seconds, peak = _timed(["fleet", "list", *options])
    first = text.partition("\n")[0]
    lines, json_seconds, json_peak = _timed(["fleet", "list", "--json", *options])
    return {
        "hubs": len(lines.splitlines()),
        "said": first,
        "seconds": seconds,
        "peak_mb": peak,
        "json_seconds": json_seconds,
        "json_peak_mb": json_peak,
    }


def _fill(base_url: str, hubs: int, now: datetime) -> None:
    link = HttpsLink(Fhir(base_url=base_url))
    try:
        resources = _resources(hubs, now)
        while part := list(islice(resources, _AT_ONCE)):
            _post(link, part)
    finally:
        link.close()


def _resources(hubs: int, now: datetime) -> Iterator[Json]:
    at_ = now.isoformat(timespec="seconds")
    early = (now - timedelta(days=40)).isoformat(timespec="seconds")
    for number in range(hubs):
        hub = f"hub-{number:05}"
        yield entry_resource(
            Registered(
                hub=hub,
                tenant=_TENANT,
                patients=(f"Patient/{number}",),
                label=f"House {number}",
                since=early,
                meters=("standard-blood-pressure", "standard-glucose"),
            )
        )
        yield report_resource(
            HubReport(
                hub=hub,
                software="0.1.0",
                at=at_,
                started=early,
                synchronised=True,
                waiting=0,
                parked=int(number % _NEEDY == 0),
                rung="tpm",
                ends=(now + timedelta(days=20)).isoformat(timespec="seconds"),
                radio="scanning",
                days=number % 31,
                newest=now.date().isoformat(),
                meters=tuple(
                    MeterReport(driver=driver, device=f"h{number:062x}{place}", heard=at_)
                    for place, driver in enumerate(("standard-blood-pressure", "standard-glucose"))
                ),
            )
        )


def _post(link: HttpsLink, resources: Sequence[Json]) -> None:
    entries = [
        {
            "resource": one,
            "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"},
        }
        for one in resources
    ]
    body = encode({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    headers = {"accept": JSON, "content-type": JSON}
    answer = link.exchange(
        Request(purpose=Purpose.REGISTER, method="POST", path="", body=body, headers=headers)
    )
    if answer.status not in STORED:
        raise HubError(
            f"The FHIR server did not take the hubs (HTTP {answer.status}).",
            fix="Run the measurement again; report it if it happens twice.",
            code="BENCH-02",
        )


def _reset(folder: Path, readings: int) -> dict[str, Any]:
    """Take a hub back that holds readings; try a kept copy of its store with what is left."""
    file, state = folder / "hearth.toml", folder / "state"
    file.write_text(
        f'[hub]\nid = "bench"\nstate_dir = "{state}"\n[patient]\nreference = "Patient/1"\n'
        '[fhir]\nbase_url = "http://127.0.0.1:9/fhir"\n',
        encoding="utf-8",
    )
    config = load(file)
    state.mkdir()
    with store_of(config, HubKeys(state, create=True), HubClock()) as outbox:
        outbox.put_all(list(made_up(readings))).result(_LIMIT_S)
    kept = folder / "kept"
    shutil.copytree(state, kept, ignore=shutil.ignore_patterns("*.key*"))
    words = ["hub", "reset", "--config", str(file), "--yes", "--wait", "0", "--json"]
    words += ["--keep-settings", "--abandon", str(readings), "--credential", str(folder / "none")]
    text, seconds, _ = _timed([*words, "--operator", _OPERATOR])
    record = json.loads(text)
    file.write_text(file.read_text(encoding="utf-8").replace(str(state), str(kept)))
    return {
        "readings": readings,
        "seconds": seconds,
        "rung": record["rung"],
        "tried": record["tried"],
        "left": len(record["left"]),
        "kept_copy": _opens(file),
    }


def _opens(file: Path) -> str:
    """Tell whether a copy of the store opens with anything that is still on this machine."""
    done = _program(["readings", "list", "--config", str(file), "--json"])
    return "opens" if done.returncode == 0 else "does not open"


def _timed(words: Sequence[str]) -> tuple[str, float, float]:
    """Run a command; return what it printed, its seconds, and its peak memory in MB."""
    began = time.perf_counter()
    done = _program(words, measured=True)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise HubError(
            "A command that is measured failed.",
            fix=f"Run it by hand: hearth {words[0]} {words[1]}.",
            code="BENCH-02",
        )
    text, _, peak = done.stdout.rpartition("\n")
    return text, round(seconds, 2), float(peak)


_PEAK = """
import sys
from agent.cli.main import app
from agent.memory import peak_rss_mb
try:
    app(sys.argv[1:])
finally:
    sys.stdout.write(f"\\n{peak_rss_mb()}")
"""


def _program(words: Sequence[str], *, measured: bool = False) -> subprocess.CompletedProcess[str]:
    head = ["-c", _PEAK] if measured else ["-m", "agent.cli.main"]
    return subprocess.run(  # noqa: S603 - our own interpreter and command
        [sys.executable, "-P", *head, *words],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1"},
        timeout=_LIMIT_S,
    )
