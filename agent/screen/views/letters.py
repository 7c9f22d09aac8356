"""Messages both ways: the care team's words in full, ready answers, and a wish to be called."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.screen.messages import Home, Reply
from agent.screen.messages import Seen as WasSeen
from agent.screen.page import Button, Page, Prose, Row, Rows, Symbol, Tone
from agent.screen.values import Letter
from agent.screen.views.thanks import Thanks
from agent.screen.views.view import Seen, Step, Tell, View, no, yes

_A_PAGE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters(View):
    """All messages, the newest first, three a page."""

    at: int = 0

    def page(self, seen: Seen) -> Page:
        """List them; one that was not opened yet stands out."""
        words, letters = seen.words, _letters(seen.home)
        shown = letters[self.at : self.at + _A_PAGE]
        buttons = []
        if seen.home is not None and seen.home.writes:
            buttons.append(Button(action="call-me", label=words("Please call me"), icon="phone"))
        if len(letters) > _A_PAGE:
            buttons.append(Button(action="more", label=words("More"), icon="down"))
        return Page(
            name="letters",
            heading=words("Messages") if letters else words("No messages yet"),
            body=Rows(rows=tuple(_row(letter, seen) for letter in shown)) if shown else None,
            buttons=tuple(buttons),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Open one, turn the page, or ask for a call."""
        letters = _letters(seen.home)
        if action == "more":
            following = self.at + _A_PAGE
            return Step(view=replace(self, at=following if following < len(letters) else 0))
        if action == "call-me":
            return Step(view=self, opens=CallMe())
        found = [letter for letter in letters if action == f"letter:{letter.id}"]
        if found:
            told = () if found[0].seen else (Tell(message=WasSeen(letter=found[0].id)),)
            return Step(view=self, opens=OneLetter(letter=found[0]), effects=told)
        return Step(view=None if action == "back" else self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneLetter(View):
    """One message, every word of it, as plain text."""

    letter: Letter
    turned: int = 0

    def page(self, seen: Seen) -> Page:
        """Show the words and the answers that go with them."""
        words, letter = seen.words, self.letter
        when = words.when(letter.at, seen.now) if seen.now else ""
        answers = tuple(
            Button(action=f"answer:{at}", label=text, tone=Tone.ACTION if at == 0 else Tone.PLAIN)
            for at, text in enumerate(self._answers(seen))
        )
        return Page(
            name="letter",
            heading=letter.sender,
            body=Prose(text=letter.text, note=when, page=self.turned),
            buttons=answers,
            back=words("Back"),
            spoken=letter.text,
        )

    def _answers(self, seen: Seen) -> list[str]:
        """Return what may be answered: what the sender offers, else two that always make sense."""
        if self.letter.answered or seen.home is None:
            return []
        always = [seen.words("Thank you"), seen.words("Please call me")]
        return self.letter.answers or (always if seen.home.writes else [])

    def pressed(self, action: str, seen: Seen) -> Step:
        """Turn a page, or answer."""
        if action in {"page:next", "page:back"}:
            by = 1 if action == "page:next" else -1
            return Step(view=replace(self, turned=max(self.turned + by, 0)))
        if action.startswith("answer:"):
            reply = Reply(letter=self.letter.id, text=self._answers(seen)[int(action[7:])])
            thanks = Thanks(text=seen.words("Your answer is on its way."))
            return Step(view=thanks, effects=(Tell(message=reply),))
        return Step(view=None if action == "back" else self)


@dataclass(frozen=True, slots=True)
class CallMe(View):
    """Asking for a call: asked once more, because somebody will really call."""

    def page(self, seen: Seen) -> Page:
        """Ask."""
        words = seen.words
        return Page(
            name="call-me",
            heading=words("Shall your care team call you?"),
            figure=Symbol(icon="phone", tone=Tone.ACTION),
            buttons=(yes(words), no(words)),
            back=words("Back"),
        )

    def pressed(self, action: str, seen: Seen) -> Step:
        """Send the wish."""
        if action == "yes":
            wish = Reply(letter="", text=seen.words("Please call me"))
            thanks = Thanks(text=seen.words("Your care team will read it."))
            return Step(view=thanks, effects=(Tell(message=wish),))
        return Step(view=None)


def _letters(home: Home | None) -> list[Letter]:
    return sorted(home.letters if home else [], key=lambda letter: letter.at, reverse=True)


def _row(letter: Letter, seen: Seen) -> Row:
    words = seen.words
    when = words.when(letter.at, seen.now) if seen.now else ""
    return Row(
        icon="messages" if not letter.answered else "check",
        title=letter.sender,
        note=words("New, {time}", time=when) if not letter.seen else when,
        tone=Tone.PLAIN if letter.seen else Tone.DUE,
        action=f"letter:{letter.id}",
    )
