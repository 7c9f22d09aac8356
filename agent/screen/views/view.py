"""What every view is: a frozen value that shows a page, and answers what happens with a new one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime

from agent.screen.media import Media
from agent.screen.messages import FromHub, FromScreen, Home
from agent.screen.page import Button, Page, Tone
from agent.screen.sight import Sight
from agent.screen.words import Words

IDLE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a view may look at: the home, the words, the time of day, and a clock that never jumps.

    `home` is None until the hub has told it.
    """

    home: Home | None
    words: Words
    now: datetime | None
    at_s: float
    connected: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell the hub something."""

    message: FromScreen


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Say something aloud."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chime:
    """Sound: "arrived", "ring" or "reminder"."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Use the camera: "on" to see, "keep" a picture, "measure" a pulse, "off"."""

    what: str


Effect = Tell | Say | Chime | Look | Media


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a view does next: `view` takes its place (None: it closes), `opens` goes on top."""

    view: View | None
    opens: View | None = None
    effects: tuple[Effect, ...] = ()


class View(ABC):
    """A view that stays as it is; each one overrides what it answers to."""

    __slots__ = ()

    stays = False
    """Whether it stays although nobody touches the glass."""
    busy = False
    """Whether nothing but a call or a passkey may lie down on top of it."""
    looks = False
    """Whether it uses the camera, which is off as soon as another view is on top."""

    @abstractmethod
    def page(self, seen: Seen) -> Page:
        """Return what it shows."""

    def begins(self, seen: Seen) -> tuple[Effect, ...]:
        """Return what is done when it opens."""
        del seen
        return ()

    def pressed(self, action: str, seen: Seen) -> Step:
        """Answer a press on one of its page's targets; "back" always closes."""
        del seen
        return Step(view=None if action == "back" else self)

    def told(self, message: FromHub, seen: Seen) -> Step | None:
        """Answer a message of the hub; None: it is not this view's matter."""
        del message, seen
        return None

    def saw(self, sight: Sight, seen: Seen) -> Step:
        """Answer what the camera tells."""
        del sight, seen
        return Step(view=self)

    def joined(self, seen: Seen) -> tuple[Effect, ...]:
        """Return what is done when the hub can be heard again."""
        del seen
        return ()

    def ticked(self, seen: Seen) -> Step:
        """Answer that time passed."""
        del seen
        return Step(view=self)


def yes(words: Words, action: str = "yes") -> Button:
    """Return the button for yes."""
    return Button(action=action, label=words("Yes"), icon="check", tone=Tone.ACTION)


def no(words: Words, action: str = "no") -> Button:
    """Return the button for no."""
    return Button(action=action, label=words("No"), icon="cross")
