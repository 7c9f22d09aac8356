"""The plan of the house, enforced: who imports whom, and which file holds which edge."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath

import pytest

from tests.house import MADE_AT_RUN_TIME, PACKAGES, ROOT, imported, sources, tree_of, used

ARROWS: Mapping[str, tuple[str, ...]] = {
    "agent": ("agent", "sync", "drivers", "vitals", "config"),
    "sync": ("sync", "vitals", "config.schema"),
    "drivers": ("drivers", "vitals"),
    "vitals": ("vitals",),
    "config": ("config",),
}
# Everything that touches the world outside, and the few files that may use it.
EDGES: Mapping[str, tuple[str, ...]] = {
    "aiohttp": ("agent/web/*",),
    "aiortc": ("agent/visit/*",),
    "av": ("agent/visit/media/*",),
    "bleak": ("drivers/links/*", "drivers/virtual/*"),
    "bumble": ("drivers/virtual/*",),
    "cryptography": (
        "sync/seal.py",
        "sync/hpke.py",
        "sync/p256.py",
        "sync/signing.py",
        "sync/smart_key.py",
        "sync/certificates.py",
        "sync/denied.py",
        "sync/locked.py",
        "sync/roster.py",
        "sync/est.py",
        "sync/bridge/authority.py",
        "sync/bridge/enrol.py",
        "sync/links/est.py",
        "agent/enrol/*",
        "agent/fleet/clinic.py",
        "agent/identity.py",
        "agent/doctor/certificates.py",
    ),
    "cv2": (
        "agent/enrol/scan.py",
        "agent/visit/media/pixels.py",
        "vitals/rppg/camera.py",
        "vitals/rppg/face.py",
        "vitals/rppg/follow.py",
        "vitals/rppg/plot.py",
    ),
    "dbus_fast": ("drivers/links/*", "drivers/virtual/*", "drivers/pairing*.py"),
    "livekit": ("agent/visit/media/echo.py",),
    "msgspec": (
        "sync/*",
        "agent/demo/*",
        "agent/screen/*",
        "agent/display/*",
        "agent/guard/*",
        "agent/visit/*",
        "agent/web/*",
    ),
    "numpy": ("vitals/rppg/*", "agent/cli/vitals.py", "agent/visit/media/pixels.py"),
    "paho": ("sync/links/mqtt*.py",),
    "PySide6": ("agent/screen/*",),
    "segno": ("agent/fleet/paper.py",),
    "scipy": ("vitals/rppg/*",),
    "serial": ("drivers/links/serial.py",),
    "sqlite3": ("sync/outbox*.py",),
    "sqlite_utils": ("sync/outbox*.py",),
    "typer": ("agent/cli/*",),
    "urllib3": ("sync/links/*",),
}
WALL_CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.strftime",
    "time.CLOCK_REALTIME",
}
CLOCK = PurePath("agent/clock.py")
DISCOVERY = PurePath("drivers/registry.py")  # walks drivers.devices, so that a file is enough
SUPERVISOR = PurePath("agent/supervise.py")
MAX_LINES = 300

Rule = Callable[[PurePath, ast.AST], Iterator[str]]


def _within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed)


def _at(path: PurePath, line: int, what: str) -> str:
    return f"{path}:{line}: {what}"


def arrows(path: PurePath, tree: ast.AST) -> Iterator[str]:
    """Yield every import that goes against the arrows, is relative, or cannot be told."""
    for line, name in imported(tree):
        if name.startswith(".") or (name == MADE_AT_RUN_TIME and path != DISCOVERY):
            yield _at(path, line, f"imports {name}: write the full name")
        if name.partition(".")[0] in PACKAGES and not _within(name, ARROWS[path.parts[0]]):
            yield _at(path, line, f"imports {name}: against the arrows")


def edges(path: PurePath, tree: ast.AST) -> Iterator[str]:
    """Yield every import of the outside world in a file that is not its edge."""
    for line, name in imported(tree):
        top = name.partition(".")[0]
        if top in EDGES:
            if not any(path.match(pattern) for pattern in _deep(EDGES[top])):
                yield _at(path, line, f"imports {name}: only {', '.join(EDGES[top])} may")
        elif top not in {*sys.stdlib_module_names, *PACKAGES, MADE_AT_RUN_TIME, ""}:
            yield _at(path, line, f"imports {name}: give {top} a line in EDGES first")


def _deep(patterns: tuple[str, ...]) -> Iterator[str]:
    for pattern in patterns:
        yield pattern
        if pattern.endswith("/*"):  # a folder with all that is below it
            yield pattern.replace("/*", "/*/*")


def wall_clock(path: PurePath, tree: ast.AST) -> Iterator[str]:
    """Yield every use of the time of day outside the one file that may know it."""
    if path != CLOCK:
        yield from (
            _at(path, line, f"uses {name}: take the time as an argument")
            for line, name in used(tree)
            if name in WALL_CLOCK
        )


def catch_alls(path: PurePath, tree: ast.AST) -> Iterator[str]:
    """Yield every place where any exception there is may end.

    A handler that cleans up and ends with a bare `raise` ends nothing.
    """
    for node in ast.walk(tree):
        caught: list[ast.expr | None] = []
        if isinstance(node, ast.ExceptHandler) and not _raises_again(node):
            caught = [*node.type.elts] if isinstance(node.type, ast.Tuple) else [node.type]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught = [*node.args]
        for kind in caught:
            if kind is None or ast.unparse(kind) in {"Exception", "BaseException"}:
                yield _at(path, getattr(node, "lineno", 0), "catches everything")


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("rule", [arrows, edges, wall_clock])
def test_our_own_source_keeps_the_rule(rule: Rule) -> None:
    assert [fault for path in sources() for fault in rule(path, tree_of(path))] == []


def test_everything_is_caught_in_one_place_at_most() -> None:
    faults = [fault for path in sources() for fault in catch_alls(path, tree_of(path))]

    assert len(faults) <= 1
    assert all(fault.startswith(f"{SUPERVISOR}:") for fault in faults)


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    tests = (path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py"))
    long = {
        str(path): lines
        for path in [*sources(), *tests]
        if (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }

    assert long == {}


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (arrows, "vitals/x.py", "import config"),
        (arrows, "config/x.py", "from vitals import errors"),
        (arrows, "drivers/a/x.py", "def late():\n    from sync.record import Entry"),
        (arrows, "sync/x.py", "from drivers.frame import Frame"),
        (arrows, "sync/x.py", "from config.load import load"),
        (arrows, "sync/x.py", "from config import load"),
        (arrows, "sync/x.py", "import agent.clock"),
        (arrows, "drivers/x.py", "importlib.import_module('sync.engine')"),
        (arrows, "drivers/x.py", "__import__(name)"),
        (arrows, "agent/x.py", "from . import clock"),
        (edges, "agent/x.py", "import bleak"),
        (edges, "drivers/sessions/racp.py", "from dbus_fast.aio import MessageBus"),
        (edges, "drivers/links/ble.py", "import bumble.device"),
        (edges, "sync/engine.py", "import sqlite3"),
        (edges, "sync/outbox.py", "from cryptography import x509"),
        (edges, "agent/hub.py", "import urllib3 as u"),
        (edges, "agent/bridge.py", "from aiohttp import web"),
        (edges, "agent/hub.py", "from aiohttp import web"),
        (edges, "drivers/links/ble.py", "import serial"),
        (edges, "vitals/reading.py", "import numpy"),
        (wall_clock, "sync/x.py", "from datetime import datetime as d\nd.now()"),
        (wall_clock, "agent/x.py", "import datetime\nf(default_factory=datetime.datetime.utcnow)"),
        (wall_clock, "drivers/x.py", "import datetime as dt\ndt.date.today()"),
        (wall_clock, "vitals/x.py", "from time import time as t\nt()"),
        (wall_clock, "agent/x.py", "import time\ntime.clock_gettime(time.CLOCK_REALTIME)"),
        (catch_alls, "agent/x.py", "try:\n    f()\nexcept Exception:\n    g()"),
        (catch_alls, "agent/x.py", "try:\n    f()\nexcept (ValueError, BaseException):\n    g()"),
        (catch_alls, "agent/x.py", "try:\n    f()\nexcept:\n    g()"),
        (catch_alls, "agent/x.py", "with contextlib.suppress(Exception):\n    f()"),
    ],
)
def test_the_rule_finds_what_breaks_it(rule: Rule, path: str, source: str) -> None:
    assert len(list(rule(PurePath(path), ast.parse(source)))) == 1


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (arrows, "agent/cli/x.py", "from config.load import load\nfrom sync import record"),
        (arrows, "sync/links/x.py", "from config.schema import Fhir\nimport vitals.reading"),
        (edges, "drivers/virtual/a/x.py", "import bumble.device\nimport asyncio"),
        (edges, "sync/outbox_rows.py", "import sqlite3"),
        (wall_clock, "agent/clock.py", "import time\ntime.time()"),
        (wall_clock, "sync/x.py", "import time\ntime.monotonic()\nself.clock.now()"),
        (catch_alls, "sync/x.py", "try:\n    f()\nexcept OSError:\n    g()"),
        (catch_alls, "sync/x.py", "try:\n    f()\nexcept BaseException:\n    g()\n    raise"),
    ],
)
def test_the_rule_lets_good_source_pass(rule: Rule, path: str, source: str) -> None:
    assert list(rule(PurePath(path), ast.parse(source))) == []


def test_every_module_is_looked_at() -> None:
    assert Path("vitals/reading.py") in sources()
    assert {path.parts[0] for path in sources()} == set(PACKAGES)
