"""Collects what a support engineer needs, each part for itself: one that fails says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import distributions

from agent.audit import Trail
from agent.doctor.finding import Finding
from agent.doctor.place import Place
from agent.offline import view_of
from agent.support.redact import clean, log_lines, secrets, shown
from vitals.errors import HearthError

_LINES = 2000
_JOURNAL = [
    "journalctl",
    "--unit=hearth.service",
    f"--lines={_LINES}",
    "--output=short-iso",
    "--no-pager",
    "--quiet",
]


def collected(place: Place, findings: Sequence[Finding]) -> dict[str, str]:
    """Return the bundle's files by name. None holds a patient, a value, a key or an address."""
    known = secrets(place.config)
    parts: Mapping[str, Callable[[], str]] = {
        "doctor.json": lambda: clean(_json([asdict(one) for one in findings]), known),
        "settings.json": lambda: _json(shown(place.config)),
        "store.json": lambda: _json(_store(place)),
        "software.json": lambda: _json(_software(place)),
        "journal.txt": lambda: _journal(place, known),
    }
    files = {}
    for name, part in parts.items():
        try:
            files[name] = part()
        except (HearthError, OSError) as error:
            told = error.code if isinstance(error, HearthError) else type(error).__name__
            files[name] = _json({"not collected": told})
    return files


def _store(place: Place) -> dict[str, object]:
    with view_of(place.config) as store:
        trail = Trail(store)
        return {
            "counts": asdict(store.counts()),
            "faults": [{"row": fault.seq, "what": fault.what} for fault in store.verify()],
            "events": {"count": trail.head()[0], "sent": trail.sent()},
            "event faults": [one._asdict() for one in trail.faults()],
        }


def _software(place: Place) -> dict[str, object]:
    packages = {one.metadata["Name"]: one.version for one in distributions()}
    return {
        "packages": dict(sorted(packages.items())),
        "system": place.text("etc/os-release"),
        "kernel": place.text("proc/sys/kernel/osrelease"),
        "memory": (place.text("proc/meminfo") or "").splitlines()[:3],
        "load": place.text("proc/loadavg"),
    }


def _journal(place: Place, known: frozenset[str]) -> str:
    said = place.heard(_JOURNAL)
    if said is None:
        return "There is no journal, or this user may not read it.\n"
    return "\n".join(log_lines(said.splitlines(), known)) + "\n"


def _json(value: object) -> str:
    return json.dumps(value, indent=1, default=str) + "\n"
