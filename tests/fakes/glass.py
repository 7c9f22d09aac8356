"""A real display without a monitor (Xvfb), and a hand that presses on it (xdotool)."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PACKAGES = {"Xvfb": "xvfb", "xdotool": "xdotool"}
_LIMIT_S = 120.0
SETTLED_S = 0.6
"""Longer than the screen waits after a page has changed before it takes a press."""


@dataclass(frozen=True)
class Glass:
    """One display of 800x480, its environment, and how it is pressed."""

    environment: dict[str, str]

    def _do(self, *words: str) -> str:
        return subprocess.run(
            ["xdotool", *words],
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
        ).stdout

    def press(self, x: float, y: float) -> None:
        """Touch a place, once its page has stood for long enough."""
        time.sleep(SETTLED_S)
        self.touch(x, y)

    def touch(self, x: float, y: float) -> None:
        """Touch a place now."""
        self._do("mousemove", str(round(x)), str(round(y)), "click", "1")

    def key(self, *names: str) -> None:
        """Press keys, or the two buttons that are wired as keys."""
        for name in names:
            time.sleep(SETTLED_S)
            self._do("key", name)

    def window(self) -> None:
        """Wait until the screen has a window, and give it the keys as a window manager would."""
        number = self._do("search", "--sync", "--onlyvisible", "--name", "Hearth").split()[0]
        self._do("windowfocus", number)


@contextlib.contextmanager
def glass(screen: str = "800x480x24") -> Iterator[Glass]:
    """Switch a display on; its number is whichever is free."""
    for command, package in _PACKAGES.items():
        assert shutil.which(command), f"install Debian's package {package}"
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        try:
            yield Glass({**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"})
        finally:
            server.terminate()


@contextlib.contextmanager
def screen(on: Glass, socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start `hearth screen` as a home does, silent, and end it."""
    command = [sys.executable, "-P", "-m", "agent.cli.main", "screen", "--silent"]
    with subprocess.Popen(
        [*command, "--socket", str(socket), "--size", "800x480"], env=on.environment
    ) as program:
        try:
            yield program
        finally:
            program.terminate()
            program.wait(_LIMIT_S)
