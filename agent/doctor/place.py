"""What every check may look at: the machine's files, a few commands, and the hub's settings."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.schema import Config
from vitals.reading import HubTime

COMMAND_LIMIT_S = 4.0
_MOST_OCTETS = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One machine, seen without changing it.

    Parameters
    ----------
    root : Path
        Where /proc, /sys, /dev, /etc and /run are; another folder shows another machine.
    path : str
        Where commands are looked for.
    """

    config: Config
    now: Callable[[], HubTime]
    root: Path = Path("/")
    path: str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def text(self, name: str) -> str | None:
        """Return what a small file says, None where there is none or it may not be read."""
        try:
            with (self.root / name).open("rb") as file:
                return file.read(_MOST_OCTETS).decode("utf-8", "replace").strip()
        except OSError:
            return None

    def found(self, pattern: str) -> list[str]:
        """Return the names that match below the root, in order."""
        try:
            return sorted(str(path.relative_to(self.root)) for path in self.root.glob(pattern))
        except OSError:
            return []

    def heard(self, words: Sequence[str]) -> str | None:
        """Return what a command says, None where it is absent, fails, or takes too long."""
        try:
            answer = subprocess.run(  # noqa: S603 - fixed words of our own
                words,
                capture_output=True,
                check=True,
                env={"PATH": self.path, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                timeout=COMMAND_LIMIT_S,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return answer.stdout[:_MOST_OCTETS].decode("utf-8", "replace").strip()
