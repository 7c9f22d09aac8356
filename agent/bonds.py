"""Forgets every meter that this machine is paired with, by BlueZ's own tool."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

_LIMIT_S = 15.0
_PAIRED = re.compile(r"^Device ((?:[0-9A-F]{2}:){5}[0-9A-F]{2})\b", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many bonds were removed and are left; `left` None: nobody could be asked."""

    removed: int
    left: int | None


def forget_all() -> Forgotten:
    """Remove every bond, and count what is left by asking again."""
    before = _paired()
    if before is None:
        return Forgotten(removed=0, left=None)
    for address in before:
        _said("remove", address)
    after = _paired()
    left = None if after is None else len(after)
    return Forgotten(removed=len(before) - (left or 0), left=left)


def _paired() -> list[str] | None:
    said = _said("devices", "Paired")
    return None if said is None else _PAIRED.findall(said)


def _said(*words: str) -> str | None:
    """Return what bluetoothctl says, None where it is absent, fails, or BlueZ does not answer."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and an address that BlueZ itself gave
            ["bluetoothctl", *words],  # noqa: S607 - found on PATH, as an administrator's shell does
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=_LIMIT_S,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout
