"""When hub and screen cannot talk: said plainly, with what to do."""

from __future__ import annotations

from dataclasses import dataclass

from agent.screen.page import Page, Symbol, Tone
from agent.screen.views.view import Seen, View


@dataclass(frozen=True, slots=True)
class OtherVersion(View):
    """The hub speaks another version than this screen; it goes by itself once they agree."""

    stays = True

    def page(self, seen: Seen) -> Page:
        """Say whom to call; readings go on meanwhile."""
        words = seen.words
        return Page(
            name="other-version",
            heading=words("The screen needs a restart"),
            hint=words("Unplug the hub. Plug it in again."),
            figure=Symbol(icon="settings", tone=Tone.DUE),
        )
