"""Settings for the care team, behind a code that only the hub can judge."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.messages import FromHub, Setting, Unlock, Unlocked
from agent.screen.page import Button, Grid, Pad, Page, Tone
from agent.screen.views.view import Seen, Step, Tell, View
from agent.screen.words import LANGUAGES

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
    """What may be set on the screen itself; everything else is in the hub's own settings."""

    def page(self, seen: Seen) -> Page:
        """Offer the languages."""
        words = seen.words
        buttons = tuple(
            Button(
                action=f"language:{code}",
                label=name,
                icon="language",
                chosen=code == words.language,
            )
            for code, name in LANGUAGES.items()
        )
        return Page(
            name="settings",
            heading=words("Settings"),
            body=Grid(buttons=buttons, columns=1),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Tell the hub, which keeps it and tells the home anew."""
        del seen
        if action.startswith("language:"):
            told = Setting(name="language", value=action[9:])
            return Step(view=self, effects=(Tell(message=told),))
        return Step(view=None if action == "back" else self)
