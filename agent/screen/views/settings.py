"""Settings for the care team, behind a code that only the hub can judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.screen.messages import FromHub, Unlock, Unlocked
from agent.screen.page import Button, Grid, Pad, Page, Tone
from agent.screen.views.bedside import Language, Network, Night, Sound, Speech, TheMeters
from agent.screen.views.view import Seen, Step, Tell, View

_LEAST, _MOST = 4, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked(View):
    """The door: a code, judged by the hub, which slows down whoever guesses."""

    typed: str = ""
    asked: bool = False
    wait_s: int = 0
    answered: bool = False

    def page(self, seen: Seen) -> Page:
        """Ask for the code."""
        words = seen.words
        hint = ""
        if self.answered:
            hint = (
                words.count("Again in {n} second.", "Again in {n} seconds.", self.wait_s)
                if self.wait_s
                else words("Please try once more.")
            )
        ready = len(self.typed) >= _LEAST and not self.asked
        done = Button(action="unlock", label=words("Open"), icon="lock", tone=Tone.ACTION)
        return Page(
            name="settings-code",
            heading=words("Code of the care team"),
            hint=hint,
            body=Pad(typed=self.typed, hidden=True),
            buttons=(done,) if ready else (),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Type, or ask the hub."""
        del seen
        if action.startswith("key:"):
            key = action[4:]
            typed = self.typed[:-1] if key == "erase" else (self.typed + key)[:_MOST]
            return Step(view=replace(self, typed=typed, answered=False))
        if action == "unlock" and len(self.typed) >= _LEAST:
            told = Unlock(code=self.typed)
            view = replace(self, typed="", asked=True)
            return Step(view=view, effects=(Tell(message=told),))
        return Step(view=None if action == "back" else self)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Open, or ask again."""
        del seen
        if not isinstance(message, Unlocked):
            return None
        if message.right and self.asked:
            return Step(view=Settings())
        return Step(view=Locked(answered=True, wait_s=message.wait_s))


@dataclass(frozen=True, slots=True)
class Settings(View):
    """What may be set or looked at at the bedside; the rest is in the hub's own settings."""

    def page(self, seen: Seen) -> Page:
        """Offer one page for each."""
        words = seen.words
        return Page(
            name="settings",
            heading=words("Settings"),
            body=Grid(
                buttons=(
                    Button(action="open:language", label=words("Language"), icon="language"),
                    Button(action="open:sound", label=words("Sound"), icon="sound"),
                    Button(action="open:speech", label=words("Speech"), icon="messages"),
                    Button(action="open:night", label=words("Night"), icon="moon"),
                    Button(action="open:meters", label=words("Meters"), icon="link"),
                    Button(action="open:network", label=words("Network"), icon="network"),
                )
            ),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Open what was pressed."""
        del seen
        if action in _PAGES:
            return Step(view=self, opens=_PAGES[action])
        return Step(view=None if action == "back" else self)


_PAGES: Mapping[str, View] = {
    "open:language": Language(),
    "open:sound": Sound(),
    "open:speech": Speech(),
    "open:night": Night(),
    "open:meters": TheMeters(),
    "open:network": Network(),
}
