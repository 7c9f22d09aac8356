"""Pairing a meter: digits to type there, digits to compare, or digits to type here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.messages import FromHub, Pair, Passkey
from agent.screen.page import Button, Code, Pad, Page, Symbol, Tone
from agent.screen.views.view import Seen, Step, Tell, View, no, yes

_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing(View):
    """One meter that wants to be known (Bluetooth Core 5.4, Vol 3, Part H, 2.3.5)."""

    pair: Pair
    typed: str = ""
    stays = True
    busy = True

    def page(self, seen: Seen) -> Page:
        """Show the digits, or ask for them."""
        if self.pair.ended:
            return self._end(seen)
        words = seen.words
        if not self.pair.passkey:
            done = Button(action="typed", label=words("Done"), icon="check", tone=Tone.ACTION)
            return Page(
                name="pair-type",
                heading=words("Type the number on your meter's label")
                if self.pair.label
                else words("Type the number on your meter"),
                body=Pad(typed=self.typed),
                buttons=(done,) if len(self.typed) == _DIGITS else (),
                back=words("Stop"),
            )
        if self.pair.compare:
            return Page(
                name="pair-compare",
                heading=words("Is this number on your meter?"),
                figure=Code(digits=self.pair.passkey),
                buttons=(yes(words), no(words)),
            )
        return Page(
            name="pair-show",
            heading=words("Type this number on your meter"),
            hint=self.pair.meter,
            figure=Code(digits=self.pair.passkey),
            back=words("Stop"),
            spoken=" ".join((words("Type this number on your meter"), *self.pair.passkey)),
        )

    def _end(self, seen: Seen) -> Page:
        words = seen.words
        paired = self.pair.paired
        return Page(
            name="pair-done" if paired else "pair-again",
            heading=words("Your meter is ready") if paired else words("Not connected yet"),
            hint=self.pair.meter if paired else words("Please try once more."),
            figure=Symbol(
                icon="check" if paired else "link", tone=Tone.DONE if paired else Tone.DUE
            ),
            buttons=(Button(action="back", label=words("OK"), icon="check", tone=Tone.ACTION),),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Answer the hub."""
        del seen
        if self.pair.ended:
            return Step(view=None)
        if action.startswith("key:"):
            key = action[4:]
            typed = self.typed[:-1] if key == "erase" else (self.typed + key)[:_DIGITS]
            return Step(view=replace(self, typed=typed))
        if action == "typed":
            return Step(view=self, effects=(Tell(message=Passkey(digits=self.typed, right=True)),))
        if action == "yes":
            return Step(view=self, effects=(Tell(message=Passkey(right=True)),))
        if action in {"no", "back"}:
            return Step(view=None, effects=(Tell(message=Passkey()),))
        return Step(view=self)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Follow the pairing to its end."""
        del seen
        return Step(view=Pairing(pair=message)) if isinstance(message, Pair) else None
