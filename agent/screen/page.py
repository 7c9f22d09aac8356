"""One page as pure data: what it says, what it shows, what may be pressed. No place, no pixel.

A page asks one thing. `heading` and `hint` are all that must be read to act, twelve words at most;
what stands elsewhere is there to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
    """What something means, which decides its colours."""

    PLAIN = "plain"
    ACTION = "action"
    DUE = "due"
    DONE = "done"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something to press; `action` is what the view is told."""

    action: str
    label: str
    icon: str = ""
    tone: Tone = Tone.PLAIN
    badge: int = 0
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a list, to be pressed if it has an action."""

    icon: str
    title: str
    note: str = ""
    tone: Tone = Tone.PLAIN
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A reading in large type. `note` says when, `state` how far it has come."""

    icon: str
    label: str
    value: str
    unit: str
    note: str
    state_icon: str = ""
    state: str = ""
    tone: Tone = Tone.PLAIN
    trend: tuple[float, ...] = ()
    said: str = ""

    @property
    def speech(self) -> str:
        """Return it as it is read aloud."""
        number = self.said or f"{self.value} {self.unit}"
        return ". ".join(part for part in (self.label, number, self.note, self.state) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Today: what is asked on the left, the last readings on the right."""

    rows: tuple[Row, ...]
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A list, at most as long as the page."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Ready answers, side by side."""

    buttons: tuple[Button, ...]
    columns: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Somebody's own words, whole: `page` counts from 0 when they need more than one page."""

    text: str
    note: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pad:
    """A number being typed, and its keys."""

    typed: str
    unit: str = ""
    hidden: bool = False
    decimal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Words being typed, the keys for them, and the ways on, which have no room elsewhere."""

    typed: str
    keys: tuple[Button, ...]
    special: tuple[Button, ...]
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A short word with its icon: how something stands."""

    icon: str
    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A visit: the other side's picture as large as can be, one's own small beside it.

    A picture without a name is not there; an icon stands in its place. The strip above the page
    makes way for it.
    """

    theirs: str
    mine: str
    signs: tuple[Sign, ...]


Body = Board | Rows | Grid | Prose | Pad | Letters | Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A large icon on a coloured disc."""

    icon: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Time that passes: `done` from 0 to 1, with what is left written in the middle."""

    done: float
    text: str
    tone: Tone = Tone.ACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Digits to be read off, one by one."""

    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """What the camera sees, or the picture just taken, with an outline to fill."""

    picture: str
    outline: str = ""
    tone: Tone = Tone.PLAIN


Figure = Symbol | Ring | Code | Glass | Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The strip above every page: time and day, and how the hub stands with the care team."""

    clock: str
    day: str
    state_icon: str
    state: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. `back` is the label of the way back; empty where there is none."""

    name: str
    heading: str
    hint: str = ""
    figure: Figure | None = None
    body: Body | None = None
    buttons: tuple[Button, ...] = ()
    back: str = ""
    spoken: str = ""

    @property
    def speech(self) -> str:
        """Return what is said aloud: the page's own sentence, else what must be read to act."""
        return self.spoken or " ".join(part for part in (self.heading, self.hint) if part)

    @property
    def reading(self) -> str:
        """Return everything on the page as it is read aloud on request."""
        said = [self.heading, self.hint]
        if isinstance(self.figure, Card):
            said.append(self.figure.speech)
        elif isinstance(self.figure, Code):
            said.append(" ".join(self.figure.digits))
        said += _said(self.body)
        said += [button.label for button in self.buttons]
        return ". ".join(part.rstrip(".") for part in said if part)


def _said(body: Body | None) -> list[str]:
    match body:
        case Board(rows=rows, cards=cards):
            said = [*_rows(rows), *(card.speech for card in cards)]
        case Rows(rows=rows):
            said = _rows(rows)
        case Grid(buttons=buttons):
            said = [button.label for button in buttons]
        case Prose(text=text, note=note):
            said = [note, text]
        case Pad(typed=typed, unit=unit, hidden=hidden):
            said = [] if hidden else [typed, unit]
        case Letters(typed=typed, buttons=buttons):
            said = [typed, *(button.label for button in buttons)]
        case Stage(signs=signs):
            said = [sign.text for sign in signs]
        case None:
            said = []
    return said


def _rows(rows: tuple[Row, ...]) -> list[str]:
    return [f"{row.title}, {row.note}" if row.note else row.title for row in rows]
