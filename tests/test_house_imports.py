"""Importing our modules does nothing, and nobody else owns their names."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house import PACKAGES, ROOT

DISTRIBUTION = "hearth-hub"
# Imports every module below the folders given and prints what their bodies did beside defining
# things. A body's doings are those between it and the import system's own frames.
WATCHER = """
import importlib, logging, pkgutil, sys, threading

root, *packages = sys.argv[1:]
sys.path.insert(0, root)
QUIET = {"compile", "exec", "import", "marshal.loads", "code.__new__", "object.__getattr__",
         "object.__setattr__", "object.__delattr__", "sys._getframe", "sys._getframemodulename",
         "builtins.id", "function.__new__"}
done, ours = [], tuple(f"{root}/{package}/" for package in packages)

def hook(event, args):
    if event in QUIET:
        return
    frame, body = sys._getframe(1), None
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        body = frame.f_code.co_filename
        if body.startswith("shibokensupport/"):  # PySide reads the source of whatever is imported
            return
        frame = frame.f_back
    if frame is not None and body is not None and body.startswith(ours):
        done.append(f"{body[len(root) + 1:]} does {event}")

def audited(thread, start=threading.Thread.start):  # not audited before Python 3.12
    sys.audit("threading.Thread.start")
    start(thread)

threading.Thread.start = audited
sys.addaudithook(hook)
seen = []
for package in packages:
    seen.append(importlib.import_module(package).__name__)
    path = sys.modules[package].__path__
    for module in pkgutil.walk_packages(path, package + "."):
        seen.append(importlib.import_module(module.name).__name__)
if threading.active_count() > 1:
    done.append("a thread is running")
if logging.root.handlers:
    done.append("logging is set up")
print(len(seen))
print("\\n".join(done))
"""


def _watch(root: Path, *packages: str) -> tuple[int, list[str]]:
    """Import every module of these packages in a process of its own; tell what happened."""
    answer = subprocess.run(
        [sys.executable, "-P", "-c", WATCHER, str(root), *packages],
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    )
    count, *done = answer.stdout.split("\n")
    return int(count), [line for line in done if line]


def test_importing_any_module_does_nothing() -> None:
    count, done = _watch(ROOT, *PACKAGES)

    assert count >= len(PACKAGES)
    assert done == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("open('/dev/null').close()", "open"),
        ("from pathlib import Path\nPath('/dev/null').read_bytes()", "open"),
        ("import socket\nsocket.socket()", "socket.__new__"),
        ("import sqlite3\nsqlite3.connect(':memory:')", "sqlite3.connect"),
        ("import subprocess\nsubprocess.run(['true'])", "subprocess.Popen"),
        (
            "import threading\nthreading.Thread(target=lambda: None).start()",
            "threading.Thread.start",
        ),
        ("import logging\nlogging.basicConfig()", "logging is set up"),
    ],
)
def test_a_module_that_acts_on_import_is_found(tmp_path: Path, source: str, what: str) -> None:
    package = tmp_path / "made_up"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "eager.py").write_text(source)

    count, done = _watch(tmp_path, "made_up")

    assert count == 2
    assert any(line.endswith(what) for line in done)


def _strangers(owners: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return which of our five names another installed distribution owns."""
    return {
        name: others
        for name in PACKAGES
        if (others := [owner for owner in owners.get(name, []) if owner != DISTRIBUTION])
    }


def test_no_other_distribution_owns_one_of_our_names() -> None:
    assert _strangers(packages_distributions()) == {}


def test_a_stranger_with_our_name_is_found() -> None:
    # PyPI has a distribution `config`: installed after ours, it would silently overwrite it.
    assert _strangers({"config": ["hearth-hub", "config"]}) == {"config": ["config"]}
