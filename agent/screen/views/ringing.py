"""A call of the care team: who it is, and two buttons. The camera stays off until Yes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.messages import FromHub, Ring, Visit
from agent.screen.page import Button, Page, Symbol, Tone
from agent.screen.views.view import Chime, Seen, Step, Tell, View

_RINGS_S = 60.0
_EVERY_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing(View):
    """Somebody calls, until it is answered, declined, or they stop."""

    ring: Ring
    since_s: float
    rang_s: float
    answered: bool = False
    stays = True
    busy = True

    def page(self, seen: Seen) -> Page:
        """Say who calls."""
        words = seen.words
        if self.answered:
            return Page(
                name="connecting",
                heading=words("Connecting"),
                hint=self.ring.who,
                figure=Symbol(icon="phone", tone=Tone.DONE),
                buttons=(
                    Button(action="no", label=words("Hang up"), icon="cross", tone=Tone.STOP),
                ),
            )
        return Page(
            name="ringing",
            heading=words("{who} is calling", who=self.ring.who),
            hint=self.ring.role,
            figure=Symbol(icon="phone", tone=Tone.ACTION),
            buttons=(
                Button(action="yes", label=words("Answer"), icon="phone", tone=Tone.ACTION),
                Button(action="no", label=words("Not now"), icon="cross", tone=Tone.STOP),
            ),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Answer or decline."""
        del seen
        if action not in {"yes", "no"}:
            return Step(view=self)
        told = Visit(id=self.ring.id, accepted=action == "yes")
        view = replace(self, answered=True) if action == "yes" else None
        return Step(view=view, effects=(Tell(message=told),))

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Stop when they stop."""
        del seen
        if isinstance(message, Ring) and message.id == self.ring.id:
            return Step(view=None if message.ended else self)
        return None

    def ticked(self, seen: Seen) -> Step:
        """Ring again every few seconds; a minute is long enough."""
        if not self.answered and seen.at_s - self.since_s >= _RINGS_S:
            return Step(view=None)
        if self.answered or seen.at_s - self.rang_s < _EVERY_S:
            return Step(view=self)
        return Step(view=replace(self, rang_s=seen.at_s), effects=(Chime(name="ring"),))
