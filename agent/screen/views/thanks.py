"""A short thank-you, so that nobody wonders whether the press counted."""

from __future__ import annotations

from dataclasses import dataclass

from agent.screen.page import Button, Page, Symbol, Tone
from agent.screen.views.view import Seen, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks(View):
    """What was pressed has been taken."""

    text: str

    def page(self, seen: Seen) -> Page:
        """Say so."""
        words = seen.words
        return Page(
            name="thanks",
            heading=words("Thank you"),
            hint=self.text,
            figure=Symbol(icon="check", tone=Tone.DONE),
            buttons=(Button(action="back", label=words("OK"), icon="check", tone=Tone.ACTION),),
        )
