"""A real display without a monitor (Xvfb), and a hand that presses on it (xdotool)."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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

    def key(self, name: str) -> None:
        """Press a key now, or one of the two buttons that are wired as keys."""
        self._do("key", name)

    def window(self) -> None:
        """Wait until the screen has a window, and give it the keys as a window manager would."""
        number = self._do("search", "--sync", "--onlyvisible", "--name", "Hearth").split()[0]
        self._do("windowfocus", number)


@dataclass
class Program:
    """The screen's process, and when it last painted."""

    process: subprocess.Popen[str]
    painted: threading.Condition = field(default_factory=threading.Condition)
    paints: list[float] = field(default_factory=list)
    first_s: float = 0.0

    def listen(self) -> None:
        """Note every line it says, with the time."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self.painted:
                if "first picture" in line:
                    self.first_s = float(line.rpartition("=")[2])
                elif line.rstrip().endswith("painted"):
                    self.paints.append(time.monotonic())
                    self.painted.notify_all()
                else:
                    sys.stderr.write(line)

    def quiet(self, for_s: float = 0.8) -> None:
        """Wait until it has painted nothing for a while."""
        end = time.monotonic() + _LIMIT_S
        while not self.paints or time.monotonic() - self.paints[-1] < for_s:
            assert time.monotonic() < end, "it paints nothing, or all the time"
            time.sleep(0.05)

    def next_paint_ms(self, since: float) -> float:
        """Return how long after a moment it painted next."""
        with self.painted:
            self.painted.wait_for(lambda: self.paints and self.paints[-1] > since, _LIMIT_S)
            later = [one for one in self.paints if one > since]
        assert later, "it paints nothing more"
        return (later[0] - since) * 1000

    def after(self, act: Callable[[], None]) -> float:
        """Press once the page has stood for a while; wait until that is seen, and tell how long."""
        self.quiet()
        began = time.monotonic()
        act()
        return self.next_paint_ms(began)


def started(on: Glass, socket: Path) -> Program:
    """Start `hearth screen` as a home does, silent, and listen when it paints."""
    command = [sys.executable, "-P", "-m", "agent.cli.main", "screen", "--verbose", "--silent"]
    process = subprocess.Popen(
        [*command, "--socket", str(socket), "--size", "800x480"],
        env=on.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    program = Program(process)
    threading.Thread(target=program.listen, daemon=True).start()
    return program


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
def screen(on: Glass, socket: Path) -> Iterator[Program]:
    """Run `hearth screen` for as long as the block lasts."""
    program = started(on, socket)
    try:
        yield program
    finally:
        program.process.terminate()
        program.process.wait(_LIMIT_S)
