"""Numbers that the patient typed into a form: no device's, so they are counted apart. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from agent.care.score import TYPED
from sync.messages import Question, Questionnaire
from vitals.scores import Parameter

_NUMBERS = frozenset({"integer", "decimal", "quantity"})
_YES_AND_NO: Mapping[tuple[Parameter | None, str], Decimal] = {
    (Parameter.CONSCIOUSNESS, "true"): Decimal(0),
    (Parameter.CONSCIOUSNESS, "false"): Decimal(1),
    (Parameter.OXYGEN, "true"): Decimal(1),
    (Parameter.OXYGEN, "false"): Decimal(0),
}


def typed_numbers(form: Questionnaire, answers: Mapping[str, Sequence[str]]) -> dict[str, Decimal]:
    """Return what was typed, by the item's code where a score knows it, else by its linkId.

    A number without a unit and without such a code ("pain, 0 to 10") is an answer and no
    measurement. Of yes and no, "Are you alert?" counts as consciousness (yes is 0, no is 1) and "Do
    you breathe extra oxygen?" as air or oxygen (yes is 1, no is 0; NEWS2, chart 1); no other does.
    """
    found: dict[str, Decimal] = {}
    for item in _all(form.items):
        said = answers.get(item.link_id, ())
        code = next((one.code for one in item.codes if one.code in TYPED), "")
        number = _number(item, said[0], code) if said else None
        if number is not None and (code or item.unit):
            found[code or f"item/{item.link_id}"] = number
    return found


def _number(item: Question, said: str, code: str) -> Decimal | None:
    if item.type == "boolean":
        return _YES_AND_NO.get((TYPED.get(code), said))
    if item.type not in _NUMBERS:
        return None
    try:
        number = Decimal(said)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _all(items: Sequence[Question]) -> Iterator[Question]:
    for item in items:
        yield item
        yield from _all(item.items)
