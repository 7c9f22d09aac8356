"""A questionnaire: one question a page. Every answer is told at once, so a power cut loses none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent.screen.messages import Filled
from agent.screen.page import Body, Button, Grid, Pad, Page, Symbol, Tone
from agent.screen.values import Form, Kind, Question
from agent.screen.views.answers import asked, fits, kept
from agent.screen.views.thanks import Thanks
from agent.screen.views.view import Seen, Step, Tell, View, no, yes
from agent.screen.words import Words

_A_PAGE = 6
_MOST_DIGITS = 6
_FEW = 3
_TYPED = frozenset({Kind.INTEGER, Kind.DECIMAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(View):
    """A form, its answers, and the question that is on the page; none left: ready to send."""

    form: Form
    answers: dict[str, list[str]] = field(default_factory=dict)
    at: str = ""
    typed: str = ""
    turned: int = 0
    odd: bool = False

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
            heading=words("Please check the number.") if self.odd else question.text,
            body=self._body(question, words),
            buttons=self._buttons(question, words),
            back=words("Back"),
        )

    def _body(self, question: Question, words: Words) -> Body | None:
        if question.kind in _TYPED:
            mark = words(".") if question.kind is Kind.DECIMAL else ""
            typed = self.typed.replace(".", mark)
            return Pad(typed=typed, unit=question.unit, decimal=mark)
        if question.kind not in {Kind.CHOICE, Kind.MANY}:
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

    def _buttons(self, question: Question, words: Words) -> tuple[Button, ...]:
        going = Button(action="next", label=words("Next"), icon="next", tone=Tone.ACTION)
        skip = Button(action="skip", label=words("Skip"), icon="next")
        optional = () if question.required else (skip,)
        match question.kind:
            case Kind.BOOLEAN:
                return (yes(words, "option:true"), no(words, "option:false"), *optional)
            case Kind.DISPLAY:
                return (going,)
            case Kind.INTEGER | Kind.DECIMAL:
                return (going, *optional) if self.typed else optional
            case Kind.MANY:
                first = (going,) if self.answers.get(question.id) else optional
            case Kind.CHOICE:
                first = optional
        if len(question.options) > _A_PAGE:
            return (*first, Button(action="more", label=words("More"), icon="down"))
        return first

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
                return Step(view=replace(self, turned=(self.turned + 1) % pages))
            case "key":
                return Step(view=replace(self, typed=_key(self.typed, what, seen), odd=False))
            case "option":
                return self._chosen(question, what)
            case _:
                return self._next(question, skipped=kind == "skip")

    def _next(self, question: Question, *, skipped: bool) -> Step:
        if skipped:
            return self._gone_on(question, [])
        if question.kind not in _TYPED:
            return self._gone_on(question, self.answers.get(question.id, []))
        if not fits(question, self.typed):
            return Step(view=replace(self, odd=True))
        return self._gone_on(question, [self.typed])

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
            typed=_typed(answers, following),
            turned=0,
            odd=False,
        )
        told = Filled(task=self.form.task, answers=answers, complete=False)
        return Step(view=view, effects=(Tell(message=told),))

    def _before(self) -> Asking | None:
        shown = [question.id for question in asked(self.form, self.answers)]
        at = shown.index(self.at) if self.at in shown else len(shown)
        if at == 0:
            return None
        before = shown[at - 1]
        typed = _typed(self.answers, before)
        return replace(self, at=before, typed=typed, turned=0, odd=False)

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


def _typed(answers: dict[str, list[str]], name: str) -> str:
    given = answers.get(name, [])
    return given[0] if given else ""


def _key(typed: str, key: str, seen: Seen) -> str:
    if key == "erase":
        return typed[:-1]
    if key == seen.words("."):
        return f"{typed or '0'}." if "." not in typed else typed
    return (typed + key)[:_MOST_DIGITS] if key.isdecimal() else typed
