"""Which questions of a questionnaire are asked, given what was answered: enableWhen, pure.

Source: FHIR R4 Questionnaire, item.enableWhen, enableBehavior and item.required.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from agent.screen.values import Form, Kind, Question, When

Answers = Mapping[str, list[str]]
_COMPARE: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_ORDER: Mapping[str, Callable[[str, str], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}:[0-9]{2}")


def asked(form: Form, answers: Answers) -> list[Question]:
    """Return the questions that are to be asked now, in their order.

    A condition on a question that is itself not asked does not hold, whatever was once answered
    there. Each question may only depend on those before it.
    """
    shown: list[Question] = []
    valid: dict[str, list[str]] = {}
    for question in form.questions:
        if not _enabled(question, valid):
            continue
        shown.append(question)
        if given := answers.get(question.id):
            valid[question.id] = given
    return shown


def kept(form: Form, answers: Answers) -> dict[str, list[str]]:
    """Return the answers to questions that are asked: what is hidden is not sent (FHIR R4)."""
    shown = {question.id for question in asked(form, answers)}
    return {name: given for name, given in answers.items() if name in shown and given}


def _enabled(question: Question, answers: Answers) -> bool:
    if not question.when:
        return True
    holds = [_holds(when, answers.get(when.question, [])) for when in question.when]
    return any(holds) if question.any_of else all(holds)


def _holds(when: When, given: list[str]) -> bool:
    if when.operator == "exists":
        return bool(given) == (when.value == "true")
    if when.operator == "=":
        return any(_same(one, when.value) for one in given)
    if when.operator == "!=":
        return bool(given) and not any(_same(one, when.value) for one in given)
    if _MOMENT.fullmatch(when.value):  # a date or a time of day: FHIR writes both to be sorted
        moments = [one for one in given if _MOMENT.fullmatch(one)]
        return any(_ORDER[when.operator](one, when.value) for one in moments)
    limit = _number(when.value)
    numbers = [number for one in given if (number := _number(one)) is not None]
    return limit is not None and any(_COMPARE[when.operator](one, limit) for one in numbers)


def _same(one: str, other: str) -> bool:
    first, second = _number(one), _number(other)
    return one == other or (first is not None and first == second)


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def fits(question: Question, typed: str) -> bool:
    """Tell whether what was typed may be an answer."""
    number = _number(typed)
    if number is None or (question.kind is Kind.INTEGER and number != number.to_integral_value()):
        return False
    low = question.least is None or number >= Decimal(str(question.least))
    return low and (question.most is None or number <= Decimal(str(question.most)))
