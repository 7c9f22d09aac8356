"""The pages behind the care team's code: one thing a page, set by the hub and kept by it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.messages import Home, Setting
from agent.screen.page import Button, Grid, Page, Row, Rows, Symbol, Tone
from agent.screen.values import MeterSeen, Volume, Way
from agent.screen.views.view import Chime, Say, Seen, Step, Tell, View
from agent.screen.words import LANGUAGES, Words, marked

_LOUDNESS = {
    Volume.QUIET: marked("Quiet"),
    Volume.MEDIUM: marked("Medium"),
    Volume.LOUD: marked("Loud"),
}
_BEGINS, _ENDS = (19, 20, 21, 22, 23, 0), (5, 6, 7, 8, 9, 10)
_A_PAGE = 3


@dataclass(frozen=True, slots=True)
class _Choice(View):
    """A page whose presses are the values of one setting."""

    name = ""

    def pressed(self, action: str, seen: Seen) -> Step:
        """Tell the hub, which keeps it and tells the home anew."""
        del seen
        if action.startswith("set:"):
            told = Setting(name=self.name, value=action[4:])
            return Step(view=self, effects=(Tell(message=told),))
        return Step(view=None if action == "back" else self)


@dataclass(frozen=True, slots=True)
class Language(_Choice):
    """In which language the screen speaks and writes."""

    name = "language"

    def page(self, seen: Seen) -> Page:
        """Offer the languages, each in its own words."""
        words = seen.words
        buttons = tuple(
            Button(action=f"set:{code}", label=name, icon="language", chosen=code == words.language)
            for code, name in LANGUAGES.items()
        )
        return Page(
            name="settings-language",
            heading=words("Language"),
            body=Grid(buttons=buttons, columns=1),
            back=words("Back"),
        )


@dataclass(frozen=True, slots=True)
class Sound(_Choice):
    """How loud bells and voice are."""

    name = "volume"

    def page(self, seen: Seen) -> Page:
        """Offer three, and to hear the one that is set."""
        words = seen.words
        now = seen.home.volume if seen.home else Volume.MEDIUM
        buttons = tuple(
            Button(action=f"set:{one.value}", label=words(text), icon="sound", chosen=one is now)
            for one, text in _LOUDNESS.items()
        )
        play = Button(action="play", label=words("Play a sound"), icon="sound", tone=Tone.ACTION)
        return Page(
            name="settings-sound",
            heading=words("How loud?"),
            body=Grid(buttons=buttons, columns=3),
            buttons=(play,),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Let it be heard, a bell and a word, or set it."""
        if action == "play":
            heard = (Chime(name="reminder"), Say(text=seen.words("This is how loud it is.")))
            return Step(view=self, effects=heard)
        return _Choice.pressed(self, action, seen)


@dataclass(frozen=True, slots=True)
class Speech(_Choice):
    """Whether anything is said aloud by itself; what is asked for is always said."""

    name = "speech"

    def page(self, seen: Seen) -> Page:
        """Ask."""
        words = seen.words
        speaks = seen.home.speaks if seen.home else True
        return Page(
            name="settings-speech",
            heading=words("Say reminders aloud?"),
            hint=words("The bell rings either way."),
            body=Grid(
                buttons=(
                    Button(action="set:on", label=words("Yes"), icon="sound", chosen=speaks),
                    Button(action="set:off", label=words("No"), icon="cross", chosen=not speaks),
                )
            ),
            back=words("Back"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Night(View):
    """When the screen is dark and nothing answers by itself: its beginning, then its end."""

    since: int | None = None

    def page(self, seen: Seen) -> Page:
        """Offer full hours."""
        words, home = seen.words, seen.home
        first = self.since is None
        now = None if home is None else home.night_from if first else home.night_until
        hours = _BEGINS if first else _ENDS
        return Page(
            name="settings-night" if first else "settings-night-end",
            heading=words("When does the night begin?")
            if first
            else words("When does the night end?"),
            body=Grid(
                buttons=tuple(
                    Button(
                        action=f"hour:{hour}",
                        label=words("{hour}:{minute}", hour=hour, minute="00"),
                        chosen=hour == now,
                    )
                    for hour in hours
                ),
                columns=3,
            ),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Go on to its end, then tell the hub."""
        del seen
        if not action.startswith("hour:"):
            return Step(view=None if action == "back" else self)
        hour = int(action[5:])
        if self.since is None:
            return Step(view=replace(self, since=hour))
        told = Setting(name="night", value=f"{self.since}-{hour}")
        return Step(view=None, effects=(Tell(message=told),))


@dataclass(frozen=True, slots=True, kw_only=True)
class TheMeters(View):
    """Which meters the hub reads, and when it heard each last; three a page."""

    at: int = 0

    def page(self, seen: Seen) -> Page:
        """List them."""
        words, meters = seen.words, seen.home.meters if seen.home else []
        rows = tuple(_meter(one, seen) for one in meters[self.at : self.at + _A_PAGE])
        more = Button(action="more", label=words("More"), icon="down")
        return Page(
            name="settings-meters",
            heading=words("Meters") if meters else words("No meters yet"),
            figure=None if meters else Symbol(icon="link", tone=Tone.PLAIN),
            body=Rows(rows=rows) if meters else None,
            buttons=(more,) if len(meters) > _A_PAGE else (),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Turn the page."""
        if action == "more":
            following = self.at + _A_PAGE
            there = len(seen.home.meters) if seen.home else 0
            return Step(view=replace(self, at=following if following < there else 0))
        return Step(view=None if action == "back" else self)


def _meter(one: MeterSeen, seen: Seen) -> Row:
    words = seen.words
    if one.heard is None or seen.now is None:
        note = words("Not heard yet")
    else:
        note = words("Heard: {time}", time=words.when(one.heard, seen.now))
    if one.battery_low:
        note = words("{heard}. Battery low.", heard=note)
    tone = Tone.DUE if one.battery_low else Tone.DONE if one.heard else Tone.PLAIN
    return Row(icon="link", title=one.name, note=note, tone=tone)


@dataclass(frozen=True, slots=True)
class Network(View):
    """How far readings come, what waits, and what this hub is called."""

    def page(self, seen: Seen) -> Page:
        """Say it, with the code to look up."""
        words, home = seen.words, seen.home
        if home is None or not seen.connected:
            rows: tuple[Row, ...] = ()
            heading = words("The hub does not answer")
        else:
            heading = words("Network")
            waiting = words.count("{n} reading waits", "{n} readings wait", home.waiting)
            rows = (_state(home, words), Row(icon="on-the-way", title=waiting))
            if home.hub:
                rows += (Row(icon="home", title=home.hub, note=words("This hub")),)
        return Page(
            name="settings-network",
            heading=heading,
            figure=None if rows else Symbol(icon="no-network", tone=Tone.DUE),
            body=Rows(rows=rows) if rows else None,
            back=words("Back"),
        )


def _state(home: Home, words: Words) -> Row:
    """Return how it stands; what nobody has tried since is not said to work."""
    odd = bool(home.code)
    icon, text, tone = {
        Way.ALL_THERE: ("there", words("Everything was delivered"), Tone.DONE),
        Way.ON_THE_WAY: ("on-the-way", words("Readings are being sent"), Tone.PLAIN),
        Way.NO_NETWORK: ("no-network", words("The server cannot be reached"), Tone.DUE),
        Way.REFUSED: ("alert", words("The server refused readings"), Tone.DUE),
    }[home.way]
    if odd and tone is not Tone.DUE:
        icon, tone = "alert", Tone.DUE
    return Row(icon=icon, title=text, note=home.code, tone=tone)
