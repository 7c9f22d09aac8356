"""A questionnaire: one question a page. Every answer is told at once, so a power cut loses none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent.screen.messages import Filled
from agent.screen.page import Body, Button, Grid, Letters, Pad, Page, Symbol, Tone
from agent.screen.values import Form, Kind, Question
from agent.screen.views import typing
from agent.screen.views.answers import asked, kept
from agent.screen.views.thanks import Thanks
from agent.screen.views.view import Seen, Step, Tell, View, no, yes
from agent.screen.words import Words, marked

_A_PAGE = 6
_FEW = 3
_ODD = {
    Kind.DATE: marked("Please check the day."),
    Kind.TIME: marked("Please check the time."),
}
_NUMBER = marked("Please check the number.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(View):
    """A form, its answers, and the question that is on the page; none left: ready to send."""

    form: Form
    answers: dict[str, list[str]] = field(default_factory=dict)
    at: str = ""
    typed: str = ""
    turned: int = 0
    odd: bool = False
    signs: bool = False  # the keyboard's other layer
    writing: bool = False  # words of one's own, instead of a ready answer

    busy = True

    @property
    def question(self) -> Question | None:
        """Return the question on the page."""
        return next((one for one in asked(self.form, self.answers) if one.id == self.at), None)

    def page(self, seen: Seen) -> Page:
        """Show the question in the care team's words."""
        words, question = seen.words, self.question
        if question is None:
            return Page(
                name="form-send",
                heading=words("That was all. Send your answers?"),
                figure=Symbol(icon="questions", tone=Tone.ACTION),
                buttons=(
                    Button(action="send", label=words("Send"), icon="there", tone=Tone.ACTION),
                ),
                back=words("Back"),
            )
        return Page(
            name=f"form-{question.kind.value}",
            heading=words(_ODD.get(question.kind, _NUMBER)) if self.odd else question.text,
            body=self._body(question, words),
            buttons=() if self._spells(question) else self._buttons(question, words),
            back=words("Back"),
        )

    def _spells(self, question: Question) -> bool:
        return question.kind is Kind.TEXT or (question.kind is Kind.OPEN and self.writing)

    def _body(self, question: Question, words: Words) -> Body | None:
        if self._spells(question):
            return Letters(
                typed=self.typed,
                keys=typing.letters(words, signs=self.signs),
                special=typing.special(signs=self.signs),
                buttons=self._ways_on(question, words),
            )
        if question.kind in typing.KEYS:
            typed = typing.shown(question.kind, self.typed, words)
            mark = words(".") if question.kind is Kind.DECIMAL else ""
            unit = words("day, month, year") if question.kind is Kind.DATE else question.unit
            return Pad(typed=typed, unit=unit, decimal=mark)
        if question.kind not in {Kind.CHOICE, Kind.MANY, Kind.OPEN}:
            return None
        given = self.answers.get(question.id, [])
        shown = question.options[self.turned * _A_PAGE : (self.turned + 1) * _A_PAGE]
        buttons = tuple(
            Button(
                action=f"option:{option.code}",
                label=option.text,
                icon="check" if option.code in given else "",
                chosen=option.code in given,
            )
            for option in shown
        )
        return Grid(buttons=buttons, columns=1 if len(shown) <= _FEW else 2)

    def _ways_on(self, question: Question, words: Words) -> tuple[Button, ...]:
        going = Button(action="next", label=words("Next"), icon="next", tone=Tone.ACTION)
        skip = Button(action="skip", label=words("Skip"), icon="next")
        return (*((going,) if self.typed else ()), *(() if question.required else (skip,)))

    def _buttons(self, question: Question, words: Words) -> tuple[Button, ...]:
        going = Button(action="next", label=words("Next"), icon="next", tone=Tone.ACTION)
        skip = Button(action="skip", label=words("Skip"), icon="next")
        optional = () if question.required else (skip,)
        match question.kind:
            case Kind.BOOLEAN:
                found = (yes(words, "option:true"), no(words, "option:false"), *optional)
            case Kind.DISPLAY:
                found = (going,)
            case Kind.INTEGER | Kind.DECIMAL:
                found = self._ways_on(question, words)
            case Kind.DATE:
                today = Button(action="now", label=words("Today"), icon="calendar")
                found = (today, *self._ways_on(question, words))
            case Kind.TIME:
                this = Button(action="now", label=words("Now"), icon="clock")
                found = (this, *self._ways_on(question, words))
            case Kind.MANY:
                found = (going,) if self.answers.get(question.id) else optional
            case Kind.OPEN:
                other = Button(action="write", label=words("Something else"), icon="messages")
                found = (other, *optional)
            case _:
                found = optional
        if len(question.options) > _A_PAGE:
            return (*found, Button(action="more", label=words("More"), icon="down"))
        return found

    def pressed(self, action: str, seen: Seen) -> Step:
        """Take an answer, turn to another question, or send."""
        question = self.question
        if action == "back":
            return Step(view=self._before())
        if question is None:
            return self._sent(seen) if action == "send" else Step(view=self)
        kind, _, what = action.partition(":")
        match kind:
            case "more":
                pages = max(-(-len(question.options) // _A_PAGE), 1)
                view = replace(self, turned=(self.turned + 1) % pages)
            case "key":
                view = self._typed(question, what, seen)
            case "now" if seen.now is not None:
                view = replace(self, typed=typing.now(question.kind, seen.now), odd=False)
            case "write":
                view = replace(self, writing=True)
            case "option":
                return self._chosen(question, what)
            case _:
                return self._next(question, skipped=kind == "skip")
        return Step(view=view)

    def _typed(self, question: Question, key: str, seen: Seen) -> Asking:
        if key == "layer":
            return replace(self, signs=not self.signs)
        typed = typing.pressed(question.kind, self.typed, key, seen.words)
        return replace(self, typed=typed, odd=False)

    def _next(self, question: Question, *, skipped: bool) -> Step:
        if skipped:
            return self._gone_on(question, [])
        if question.kind not in typing.KEYS and not self._spells(question):
            return self._gone_on(question, self.answers.get(question.id, []))
        found = typing.answer(question, self.typed)
        if found is None:
            return Step(view=replace(self, odd=True))
        return self._gone_on(question, [found])

    def _chosen(self, question: Question, code: str) -> Step:
        if question.kind is not Kind.MANY:
            return self._gone_on(question, [code])
        given = self.answers.get(question.id, [])
        now = [one for one in given if one != code] if code in given else [*given, code]
        return Step(view=replace(self, answers={**self.answers, question.id: now}))

    def _gone_on(self, question: Question, given: list[str]) -> Step:
        answers = kept(self.form, {**self.answers, question.id: given})
        following = _after(self.form, answers, question.id)
        view = replace(
            self,
            answers=answers,
            at=following,
            typed=_typed(self.form, answers, following),
            turned=0,
            odd=False,
            signs=False,
            writing=False,
        )
        told = Filled(task=self.form.task, answers=answers, complete=False)
        return Step(view=view, effects=(Tell(message=told),))

    def _before(self) -> Asking | None:
        shown = [question.id for question in asked(self.form, self.answers)]
        at = shown.index(self.at) if self.at in shown else len(shown)
        if self.writing:
            return replace(self, writing=False, signs=False)
        if at == 0:
            return None
        before = shown[at - 1]
        typed = _typed(self.form, self.answers, before)
        return replace(self, at=before, typed=typed, turned=0, odd=False, signs=False)

    def _sent(self, seen: Seen) -> Step:
        answers = kept(self.form, self.answers)
        told = Filled(task=self.form.task, answers=answers, complete=True)
        thanks = Thanks(text=seen.words("Your answers are on their way."))
        return Step(view=thanks, effects=(Tell(message=told),))


def begin(form: Form) -> Asking:
    """Begin a form at its first question, or go on where a break left it."""
    answers = kept(form, form.answers)
    shown = [question.id for question in asked(form, answers)]
    answered = [at for at, name in enumerate(shown) if name in answers]
    at = answered[-1] + 1 if answered else 0
    return Asking(form=form, answers=answers, at=shown[at] if at < len(shown) else "")


def _after(form: Form, answers: dict[str, list[str]], name: str) -> str:
    order = [question.id for question in form.questions]
    following = [
        question.id
        for question in asked(form, answers)
        if order.index(question.id) > order.index(name)
    ]
    return following[0] if following else ""


def _typed(form: Form, answers: dict[str, list[str]], name: str) -> str:
    kind = next((one.kind for one in form.questions if one.id == name), None)
    given = answers.get(name, [])
    return typing.typed_of(kind, given[0]) if given and kind is not None else ""
