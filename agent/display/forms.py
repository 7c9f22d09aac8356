"""A questionnaire of the care team as the screen asks it: one question a page. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from agent.screen.values import Form, Kind, Option, When
from agent.screen.values import Question as Page
from sync.messages import Coding, Question, Questionnaire
from sync.messages import When as Condition

_KINDS: Mapping[str, Kind] = {
    "display": Kind.DISPLAY,
    "boolean": Kind.BOOLEAN,
    "integer": Kind.INTEGER,
    "decimal": Kind.DECIMAL,
    "quantity": Kind.DECIMAL,
    "choice": Kind.CHOICE,
    "open-choice": Kind.OPEN,
    "date": Kind.DATE,
    "time": Kind.TIME,
    "string": Kind.TEXT,
    "text": Kind.TEXT,
}
# What `agent.screen.values` takes: anything longer would cost the screen its line to the hub.
_MOST_OPTIONS, _MOST, _LONGEST = 40, 100, 200
_MOST_CONDITIONS, _LONGEST_UNIT = 10, 64


def askable(form: Questionnaire) -> bool:
    """Tell whether the screen has a page for every item; what it cannot ask it does not drop."""
    questions = list(_all(form.items, ()))
    # "Any of these" inside a group that has conditions of its own is no list of conditions.
    plain = all(one.when_all or len(conditions) == len(one.when) for one, conditions in questions)
    fits = plain and all(_fits(one, conditions) for one, conditions in questions)
    known = all(_has_a_page(one) for one, _ in questions)
    return form.active and fits and known and len(questions) <= _MOST


def _fits(one: Question, conditions: tuple[Condition, ...]) -> bool:
    words = [one.link_id, one.text]
    words += [word for each in one.options for word in (_code(each.value), each.text)]
    words += [word for each in map(_when, conditions) for word in (each.question, each.value)]
    few = len(one.options) <= _MOST_OPTIONS and len(conditions) <= _MOST_CONDITIONS
    return few and len(one.unit) <= _LONGEST_UNIT and all(len(word) <= _LONGEST for word in words)


def _has_a_page(one: Question) -> bool:
    # Several ready answers and words of one's own at once would need a page of another kind.
    several = one.type == "open-choice" and one.repeats
    return (one.type in _KINDS and not several) or one.type == "group"


def _kind(one: Question) -> Kind:
    if one.type == "choice" and one.repeats:
        return Kind.MANY
    if one.type == "open-choice" and not one.options:
        return Kind.TEXT
    return _KINDS.get(one.type, Kind.DISPLAY)


def paged(form: Questionnaire, task: str, answers: Mapping[str, list[str]]) -> Form:
    """Return a form's questions in their order; a group's words are a page before its items."""
    pages = [
        Page(
            id=one.link_id,
            text=one.text,
            kind=_kind(one),
            required=one.required,
            options=[Option(code=_code(each.value), text=each.text) for each in one.options],
            least=None if one.least is None else float(one.least),
            most=None if one.most is None else float(one.most),
            unit=one.unit,
            when=[_when(each) for each in conditions],
            any_of=not one.when_all,
        )
        for one, conditions in _all(form.items, ())
        if one.text or one.type != "group"
    ]
    return Form(task=task, title=form.title[:200], questions=pages, answers=dict(answers))


def _all(
    items: tuple[Question, ...], above: tuple[Condition, ...]
) -> Iterator[tuple[Question, tuple[Condition, ...]]]:
    """Yield every item with its conditions, those of the groups around it included."""
    for item in items:
        conditions = (*above, *item.when)
        yield item, conditions
        yield from _all(item.items, conditions)


def _code(value: Coding | Decimal | str) -> str:
    return value.code if isinstance(value, Coding) else str(value)


def _when(condition: Condition) -> When:
    answer = condition.answer
    text = str(answer).lower() if isinstance(answer, bool) else _code(answer)
    return When(question=condition.question, operator=condition.operator, value=text)
