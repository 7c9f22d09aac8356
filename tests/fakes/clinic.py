"""A clinic's folder before a real server, and hubs as they stand in its register."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from agent.cli.main import app
from agent.demo.server import put
from sync.fhir import encode
from sync.fhir.register import Registered, Standing
from sync.fhir.register import resource_of as entry_resource
from sync.fhir.report import HubReport, MeterReport
from sync.fhir.report import resource_of as report_resource
from vitals.errors import HearthError

PASSPHRASE = "correct horse battery staple"  # noqa: S105 - a made-up one


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    status: int
    out: str
    err: str


def run(*words: str, typed: str = "") -> Run:
    """Run one command; raises the error that it would tell."""
    done = CliRunner().invoke(app, list(words), input=typed, catch_exceptions=True)
    if isinstance(done.exception, HearthError):
        raise done.exception
    return Run(status=done.exit_code, out=done.stdout, err=done.stderr)


def clinic_of(folder: Path, base_url: str, *, name: str = "st-anne") -> list[str]:
    """Make a clinic; return the options by which commands find it."""
    words = folder / "passphrase"
    words.write_text(PASSPHRASE + "\n")
    made = run(
        *("fleet", "init", str(folder / "clinic"), "--fhir", base_url, "--name", name),
        *("--bridge", "127.0.0.1:9443", "--passphrase-file", str(words), "--operator", "ann"),
    )
    assert made.status == 0, made.err
    return ["--clinic", str(folder / "clinic"), "--operator", "ann"]


def entry(hub: str, tenant: str = "st-anne") -> Registered:
    """Return a hub of the register."""
    since = (datetime.now(UTC) - timedelta(days=40)).isoformat(timespec="seconds")
    return Registered(hub=hub, tenant=tenant, patients=("Patient/1",), since=since)


def report(hub: str) -> HubReport:
    """Return the report of a hub that is well."""
    now = datetime.now(UTC)
    return HubReport(
        hub=hub,
        software="0.1.0",
        at=now.isoformat(timespec="seconds"),
        synchronised=True,
        rung="tpm",
        ends=(now + timedelta(days=20)).isoformat(timespec="seconds"),
        radio="scanning",
        days=14,
        newest=now.date().isoformat(),
    )


def registered(base_url: str, entries: Sequence[Registered], reports: Sequence[HubReport]) -> None:
    """Put hubs on a server."""
    made = [*map(entry_resource, entries), *map(report_resource, reports)]
    for one in made:
        put(base_url, json.loads(encode(one)))


LOW = MeterReport(driver="nonin-3230", device="h1", low=True)
REVOKED = Standing.REVOKED
