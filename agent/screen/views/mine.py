"""A reading that is unlike this person's: it is held until somebody says whose it was."""

from __future__ import annotations

from dataclasses import dataclass

from agent.screen.messages import Mine
from agent.screen.page import Page
from agent.screen.values import Shown
from agent.screen.views.names import card
from agent.screen.views.view import Seen, Step, Tell, View, no, yes


@dataclass(frozen=True, slots=True, kw_only=True)
class WasItYou(View):
    """The question, with the number it is about."""

    reading: Shown

    def page(self, seen: Seen) -> Page:
        """Ask; either answer is fine."""
        words = seen.words
        return Page(
            name="was-it-you",
            heading=words("Was this you?"),
            hint=words("A guest's reading is kept apart."),
            figure=card(self.reading, seen, held=True),
            buttons=(yes(words), no(words)),
            back=words("Later"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Tell the hub; "later" leaves the reading held."""
        del seen
        if action not in {"yes", "no"}:
            return Step(view=None if action == "back" else self)
        answer = Mine(seq=self.reading.seq, mine=action == "yes")
        return Step(view=None, effects=(Tell(message=answer),))
