"""How a command fails: a sentence, a way out and a code on stderr, and an exit status."""

from __future__ import annotations

import sys
from typing import Protocol

EXIT_FAILED = 1
EXIT_SETTINGS = 78  # EX_CONFIG of sysexits.h: starting again will not help


class Failure(Protocol):
    """What every error meant for a person has."""

    message: str
    fix: str
    code: str


def tell(error: Failure, status: int) -> int:
    """Write what happened and what to do; return the exit status."""
    sys.stderr.write(f"{error.message}\nDo this: {error.fix}\n({error.code})\n")
    return status
