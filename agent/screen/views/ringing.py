"""A call of the care team: who it is, and two buttons. The camera stays off until Yes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.messages import Dial, FromHub, HangUp, Ring, Visit
from agent.screen.page import Button, Figure, Page, Symbol, Tone
from agent.screen.page import Ring as Countdown
from agent.screen.views.incall import begin
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
        left_s = self._left_s(seen)
        figure: Figure = Symbol(icon="phone", tone=Tone.ACTION)
        if left_s is not None:
            figure = Countdown(done=1 - left_s / self.ring.auto_s, text=f"{left_s:.0f}")
        return Page(
            name="ringing" if left_s is None else "ringing-auto",
            heading=words("{who} is calling", who=self.ring.who),
            hint=self.ring.role if left_s is None else words("The call begins by itself."),
            figure=figure,
            buttons=(
                Button(action="yes", label=words("Answer"), icon="phone", tone=Tone.ACTION),
                Button(action="no", label=words("Not now"), icon="cross", tone=Tone.STOP),
            ),
        )

    def _left_s(self, seen: Seen) -> float | None:
        """Return how long until the call begins by itself; None where it never does."""
        if self.ring.auto_s <= 0:
            return None
        return max(self.ring.auto_s - (seen.at_s - self.since_s), 0.0)

    def pressed(self, action: str, seen: Seen) -> Step:
        """Answer or decline."""
        del seen
        if action not in {"yes", "no"}:
            return Step(view=self)
        told = Visit(id=self.ring.id, accepted=action == "yes")
        view = replace(self, answered=True) if action == "yes" else None
        return Step(view=view, effects=(Tell(message=told),))

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Stop when they stop; begin when the hub says so."""
        if isinstance(message, Dial):
            view, effects = begin(message, seen)
            return Step(view=view, effects=effects)
        if isinstance(message, HangUp):
            return Step(view=None)
        if isinstance(message, Ring) and message.id == self.ring.id:
            return Step(view=None if message.ended else self)
        return None

    def ticked(self, seen: Seen) -> Step:
        """Ring again every few seconds; a minute is long enough."""
        if not self.answered and self._left_s(seen) == 0.0:
            return self.pressed("yes", seen)
        if not self.answered and seen.at_s - self.since_s >= _RINGS_S:
            return Step(view=None)
        if self.answered or seen.at_s - self.rang_s < _EVERY_S:
            return Step(view=self)
        return Step(view=replace(self, rang_s=seen.at_s), effects=(Chime(name="ring"),))
