"""A word of the hub's own: calm, without blame, and never a watch over anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.screen.messages import Home
from agent.screen.messages import Seen as WasSeen
from agent.screen.page import Button, Page, Prose, Row, Tone
from agent.screen.values import About, Doing, Note
from agent.screen.views.names import TITLES
from agent.screen.views.view import Seen, Step, Tell, View
from agent.screen.words import Words, counted, marked

_QUIET: Mapping[Doing, tuple[str, str]] = {
    Doing.BLOOD_PRESSURE: counted(
        "Your cuff has been quiet for {n} day", "Your cuff has been quiet for {n} days"
    ),
    Doing.GLUCOSE: counted(
        "Your sugar meter has been quiet for {n} day",
        "Your sugar meter has been quiet for {n} days",
    ),
    Doing.WEIGHT: counted(
        "Your scale has been quiet for {n} day", "Your scale has been quiet for {n} days"
    ),
    Doing.OXYGEN: counted(
        "Your finger clip has been quiet for {n} day",
        "Your finger clip has been quiet for {n} days",
    ),
    Doing.TEMPERATURE: counted(
        "Your thermometer has been quiet for {n} day",
        "Your thermometer has been quiet for {n} days",
    ),
}
_METER = counted("Your meter has been quiet for {n} day", "Your meter has been quiet for {n} days")
_WAITING = counted("{thing}: nothing new for {n} day", "{thing}: nothing new for {n} days")
_HINTS: Mapping[About, str] = {
    About.LIMIT: marked("Call them if you feel unwell."),
    About.TREND: marked("Call them if you feel unwell."),
    About.QUIET: marked("Perhaps its battery?"),
    About.BATTERY: marked("New batteries help."),
    About.WAITING: marked("Whenever it suits you."),
    About.OFF: marked("Is its plug in?"),
    About.BOND: marked("Then measure as usual."),
}
_WATCH = marked("This is a message, not a watch. In an emergency, call for help at once.")
_TEXTS: Mapping[About, str] = {
    About.LIMIT: _WATCH,
    About.TREND: _WATCH,
    About.QUIET: marked(
        "The hub has not heard it. Perhaps its battery is empty, or it lies too far away."
    ),
    About.BATTERY: marked("The meter said so when the hub heard it last."),
    About.WAITING: marked(
        "The hub hears your meter well. If something makes it hard, tell your care team."
    ),
    About.OFF: marked(
        "While the hub is off it hears no meter. What your meters remember comes by itself."
    ),
    About.BOND: marked(
        "The meter and your hub want to meet again, as after new batteries. Near the hub, hold the "
        "button with the Bluetooth sign until it blinks. Your hub does the rest; your care team "
        "helps gladly."
    ),
}
_TOLD = frozenset({About.LIMIT, About.TREND})
_HAS = marked("Your care team has been told")
_TOLD_TOO = frozenset({About.QUIET, About.BATTERY})


@dataclass(frozen=True, slots=True, kw_only=True)
class OneNote(View):
    """One word of the hub's; once it was looked at, it is gone."""

    note: Note
    turned: int = 0

    def page(self, seen: Seen) -> Page:
        """Say what it is about, and what may help; whom to call stands first in the text."""
        words, note = seen.words, self.note
        phone = seen.home.phone if seen.home else ""
        text = words(_TEXTS[note.about])
        if note.about in _TOLD_TOO:
            text = f"{text} {_told(note, words)}."
        if note.about in _TOLD and phone:
            text = words("Your care team: {phone}", phone=phone) + "\n" + text
        heading, hint = _heading(note, words), words(_HINTS[note.about])
        thing = words(TITLES[note.doing])
        when = words.when(note.at, seen.now) if seen.now else ""
        return Page(
            name=f"note-{note.about.value}",
            heading=heading,
            hint=hint,
            body=Prose(text=text, note=f"{thing}, {when}" if when else thing, page=self.turned),
            buttons=(Button(action="ok", label=words("OK"), icon="check", tone=Tone.ACTION),),
            back=words("Back"),
            spoken=f"{heading}. {hint} {text}",
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Turn a page, or tell the hub that it was looked at."""
        del seen
        if action in {"page:next", "page:back"}:
            by = 1 if action == "page:next" else -1
            return Step(view=OneNote(note=self.note, turned=max(self.turned + by, 0)))
        if action == "ok":
            return Step(view=None, effects=(Tell(message=WasSeen(letter=self.note.id)),))
        return Step(view=None if action == "back" else self)


def _heading(note: Note, words: Words) -> str:
    thing = words(TITLES[note.doing])
    match note.about:
        case About.QUIET:
            return words.count(*_QUIET.get(note.doing, _METER), note.days)
        case About.BATTERY:
            return words("{thing}: the battery is low", thing=thing)
        case About.WAITING:
            return words.count(*_WAITING, note.days, thing=thing)
        case About.BOND:
            return words("{thing}: hold its Bluetooth button", thing=thing)
        case About.OFF:
            return words("Your hub was off for a while")
        case _:
            return _told(note, words)


def _told(note: Note, words: Words) -> str:
    return words(_HAS) if note.told else words("Not with your care team yet")


def row(note: Note, words: Words) -> Row:
    """Return a note as a line of Today."""
    told = note.about in _TOLD
    # Told, not "knows": nobody may have read it yet.
    known = words(_HAS) if note.told else words("On its way to your care team")
    return Row(
        icon=note.doing.value,
        title=words(TITLES[note.doing]),
        note=known if told else words("Please have a look"),
        tone=Tone.PLAIN if told else Tone.DUE,
        action=f"note:{note.id}",
    )


def opened(action: str, home: Home) -> View | None:
    """Return the note behind a target, None where there is none."""
    found = [note for note in home.notes if action == f"note:{note.id}"]
    return OneNote(note=found[0]) if found else None
