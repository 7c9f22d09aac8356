"""One explanation: what a code means, and what to do."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """What happened in plain words, what becomes of the readings where they matter, what to do."""

    means: str
    do: str
