"""A reading that has just come: its number, and that it is safe."""

from __future__ import annotations

from dataclasses import dataclass

from agent.screen.messages import Arrived as ArrivedNow
from agent.screen.messages import FromHub, Home
from agent.screen.page import Button, Page, Tone
from agent.screen.values import Shown
from agent.screen.views.names import card
from agent.screen.views.view import Chime, Say, Seen, Step, View

_SHOWN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived(View):
    """One new reading, until it was looked at."""

    reading: Shown
    since_s: float

    def page(self, seen: Seen) -> Page:
        """Show the number; say that it is stored, which is true before the care team has it."""
        words = seen.words
        return Page(
            name="arrived",
            heading=words("Thank you"),
            hint=words("Your reading is safe."),
            figure=card(self.reading, seen),
            buttons=(Button(action="back", label=words("OK"), icon="check", tone=Tone.ACTION),),
            spoken=words("Thank you. Your reading is safe."),
        )

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Follow this reading's way: the hub tells anew once the care team has it."""
        if isinstance(message, ArrivedNow):  # one OK is enough for a measurement of several
            view = Arrived(reading=message.reading, since_s=seen.at_s)
            heard = (Chime(name="arrived"), Say(text=view.page(seen).speech))
            return Step(view=view, effects=heard)
        if not isinstance(message, Home):
            return None
        newer = [one for one in message.readings if one.seq == self.reading.seq]
        if not newer:
            return Step(view=self)
        return Step(view=Arrived(reading=newer[0], since_s=self.since_s))

    def ticked(self, seen: Seen) -> Step:
        """Make room again after a while."""
        return Step(view=self if seen.at_s - self.since_s < _SHOWN_S else None)
