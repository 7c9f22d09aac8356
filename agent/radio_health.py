"""The radio's short history, kept sealed beyond a restart: what went wrong, when, how it ended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Protocol

from drivers.healing.history import MOST, History
from sync.outbox import Outbox
from vitals.reading import HubTime

_NAME = "radio/history"


class Memory(Protocol):
    """Whatever recalls what the store remembers: the outbox, or a view of it."""

    def recall(self, name: str) -> bytes | None:
        """Return what was remembered under this name."""


def kept(memory: Memory) -> list[dict[str, Any]]:
    """Return the episodes that were kept, the newest last; nothing where nothing sensible is."""
    try:
        found = json.loads(memory.recall(_NAME) or b"[]")
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def history_of(outbox: Outbox, now: Callable[[], HubTime]) -> History:
    """Return a history that is put on disk whenever it changes. The link's loop never waits."""

    def day() -> str:
        return now().at.isoformat(timespec="seconds")

    history = History(clock=time.monotonic, day=day, before=kept(outbox)[-MOST:])

    def changed() -> None:
        outbox.remember(_NAME, json.dumps(history.told()["episodes"]).encode())

    history.changed = changed
    return history
