"""The screen as one value: what it knows, what it shows, and what each event makes of it. Pure.

Views lie on top of each other with Today at the bottom. What cannot wait (a call, a passkey, a new
reading) is laid on top; closing it shows what was there before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.screen.messages import (
    Calling,
    Dial,
    Estimated,
    Filled,
    FromHub,
    FromScreen,
    Heard,
    Home,
    Offered,
    Pair,
    Passkey,
    Ring,
    Unlock,
    Visit,
)
from agent.screen.page import Header, Page
from agent.screen.sight import Sight
from agent.screen.start import is_night
from agent.screen.values import Volume
from agent.screen.views.events import interruption
from agent.screen.views.names import header
from agent.screen.views.silence import OtherVersion
from agent.screen.views.today import Today
from agent.screen.views.view import IDLE_S, Effect, Look, Say, Seen, Step, Tell, View
from agent.screen.words import words

_DEEPEST = 8
_MOST_UNHEARD = 16
_OF_THE_MINUTE = (Passkey, Visit, Unlock, Offered, Calling, Estimated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything the screen is at one moment.

    `at_s` is a clock that never jumps; `home_s` is when the newest `home` was heard by it, which is
    how the time of day is known here: the hub tells it, and this clock carries it on. `unheard` is
    what the hub has not confirmed yet, numbered as it was said on this connection. `dark` says
    whether it is night until the hub has told.
    """

    at_s: float
    home: Home | None = None
    home_s: float = 0.0
    touched_s: float = 0.0
    connected: bool = False
    language: str = ""
    dark: bool = False
    views: tuple[View, ...] = (Today(),)
    unheard: tuple[tuple[int, FromScreen], ...] = ()
    said: int = 0

    @property
    def now(self) -> datetime | None:
        """Return the time of day at home; None before the hub told it."""
        if self.home is None:
            return None
        return self.home.now + timedelta(seconds=self.at_s - self.home_s)

    @property
    def seen(self) -> Seen:
        """Return what views may look at."""
        language = self.home.language if self.home else self.language
        return Seen(
            home=self.home,
            words=words(language),
            now=self.now,
            at_s=self.at_s,
            connected=self.connected,
        )

    @property
    def speaks(self) -> bool:
        """Tell whether anything may be said aloud that nobody asked to hear."""
        return self.home is None or self.home.speaks

    @property
    def volume(self) -> Volume:
        """Return how loud it is."""
        return Volume.MEDIUM if self.home is None else self.home.volume

    @property
    def page(self) -> Page:
        """Return the page on top."""
        return self.views[-1].page(self.seen)

    @property
    def header(self) -> Header:
        """Return the strip above it."""
        return header(self.seen)

    @property
    def is_night(self) -> bool:
        """Tell whether it is the home's night."""
        if self.home is None or self.now is None:
            return self.dark
        return is_night(self.now.hour, self.home.night_from, self.home.night_until)


Done = tuple[Model, tuple[Effect, ...]]


def pressed(model: Model, action: str, at_s: float) -> Done:
    """Answer a press."""
    model = replace(model, at_s=at_s, touched_s=at_s)
    if action == "speak":
        return model, (Say(text=model.page.reading),)
    return _stepped(model, model.views[-1].pressed(action, model.seen))


def ticked(model: Model, at_s: float) -> Done:
    """Answer that time passed; after a while without a touch, return to Today."""
    model = replace(model, at_s=at_s)
    top = model.views[-1]
    if not top.stays and at_s - model.touched_s > IDLE_S:
        return _kept(model, model.views[:1], ())
    return _stepped(model, top.ticked(model.seen))


def told(model: Model, message: FromHub, at_s: float) -> Done:
    """Answer a message of the hub: the view on top is asked first, then what may interrupt it."""
    before, model = model.home, replace(model, at_s=at_s)
    if isinstance(message, Heard):
        left = tuple(one for one in model.unheard if one[0] > message.number)
        return replace(model, unheard=left), ()
    if isinstance(message, Home):
        model = replace(model, home=message, home_s=at_s)
    step = model.views[-1].told(message, model.seen)
    done: tuple[Effect, ...] = ()
    if step is not None:
        model, done = _stepped(model, step)
        if not isinstance(message, Home):
            return model, done
    found = interruption(message, before, model.seen)
    if found is None or (model.views[-1].busy and not isinstance(message, Ring | Pair | Dial)):
        return model, done
    view, effects = found
    model = replace(model, touched_s=at_s)
    model, more = _stepped(model, Step(view=model.views[-1], opens=view, effects=effects))
    return model, (*done, *more)


def saw(model: Model, sight: Sight, at_s: float) -> Done:
    """Answer what the camera tells."""
    model = replace(model, at_s=at_s)
    return _stepped(model, model.views[-1].saw(sight, model.seen))


def connected(model: Model, at_s: float, *, is_there: bool) -> Done:
    """Note that the hub can be heard, or cannot; say again what it has not confirmed.

    What was of that very minute (a passkey, a call, a code) is not said again: later it would
    answer another question. Nor is an estimate of the camera: the hub dates it as it comes.
    """
    views = tuple(view for view in model.views if not isinstance(view, OtherVersion))
    kept = [one for _, one in model.unheard if not isinstance(one, _OF_THE_MINUTE)]
    numbered = tuple((number, one) for number, one in enumerate(kept, start=1))
    model = replace(
        model,
        at_s=at_s,
        connected=is_there,
        views=views,
        unheard=numbered,
        said=len(kept) if is_there else 0,
    )
    if not is_there:
        return model, ()
    model, joined = _said(model, model.views[-1].joined(model.seen))
    return model, (*(Tell(message=one) for one in kept), *joined)


def _said(model: Model, effects: tuple[Effect, ...]) -> Done:
    """Give numbers to what is told; keep the last sixteen until the hub has confirmed them.

    Each page of a form tells all its answers: of one form, only the newest telling is kept.
    What would be said aloud is not, in a home that does not want it.
    """
    if not model.speaks:
        effects = tuple(effect for effect in effects if not isinstance(effect, Say))
    unheard, number = list(model.unheard), model.said
    for effect in effects:
        if isinstance(effect, Tell):
            number += 1
            unheard = [one for one in unheard if not _says_it_all(effect.message, one[1])]
            unheard.append((number, effect.message))
    model = replace(model, unheard=tuple(unheard[-_MOST_UNHEARD:]), said=number)
    if model.connected:
        return model, effects
    return model, tuple(effect for effect in effects if not isinstance(effect, Tell))


def _says_it_all(now: FromScreen, before: FromScreen) -> bool:
    if not isinstance(now, Filled) or not isinstance(before, Filled):
        return False
    return now.task == before.task and not before.complete


def other_version(model: Model, at_s: float) -> Done:
    """Show that hub and screen are of different versions, until they are not."""
    model, _ = connected(model, at_s, is_there=False)
    return replace(model, views=(*model.views, OtherVersion())), ()


def _stepped(model: Model, step: Step) -> Done:
    below = model.views[:-1]
    kept = (*below, step.view) if step.view is not None else below or (Today(),)
    if step.opens is not None:
        kept = (*kept, step.opens)[-_DEEPEST:]
    return _kept(model, kept, step.effects)


def _kept(model: Model, views: tuple[View, ...], effects: tuple[Effect, ...]) -> Done:
    """Take over a stack of views; a camera nobody looks through any more is switched off."""
    if type(views[-1]) is not type(model.views[-1]):  # a new page is given its time to be read
        model = replace(model, touched_s=model.at_s)
    looked, looks = model.views[-1].looks, views[-1].looks
    if looked and not looks:
        effects = (Look(what="off"), *effects)
        views = tuple(view for view in views if not view.looks)
    return _said(replace(model, views=views), effects)
