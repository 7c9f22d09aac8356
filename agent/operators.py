"""Who sits at the keyboard."""

from __future__ import annotations

import getpass
from collections.abc import Mapping


def operator(environment: Mapping[str, str], named: str = "") -> str:
    """Return who acts: the name given, else who called sudo, else the login."""
    return named or environment.get("SUDO_USER") or getpass.getuser()
