"""Which of the hub's messages may lay a view on top of what is shown."""

from __future__ import annotations

from agent.screen.messages import FromHub
from agent.screen.views.view import Effect, Seen, View


def interruption(message: FromHub, seen: Seen) -> tuple[View, tuple[Effect, ...]] | None:
    """Return the view that a message opens by itself, with its sound; None for most."""
    del message, seen
    return None
