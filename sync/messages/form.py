"""Questionnaire items: what a screen can ask, one question a page."""

from __future__ import annotations

from decimal import Decimal

from sync.messages.look import Look
from sync.messages.values import Answer, Coding, Question, When

ASKED = frozenset(
    {
        "display",
        "boolean",
        "decimal",
        "integer",
        "date",
        "time",
        "string",
        "text",
        "choice",
        "open-choice",
        "quantity",
    }
)
"""The item types that a patient can answer on the screen; "group" only holds others."""

_OPERATORS = frozenset({"exists", "=", "!=", ">", "<", ">=", "<="})
_DEEPEST = 6
_WORDS = ("answerString", "answerDate", "answerTime")
_MIN, _MAX, _UNIT = (
    f"http://hl7.org/fhir/StructureDefinition/{name}"
    for name in ("minValue", "maxValue", "questionnaire-unit")
)


def items(parent: Look, depth: int = 0) -> tuple[Question, ...]:
    """Read the items below a questionnaire or a group.

    Raises
    ------
    WrongError
        For a type that cannot be asked, two items of one name, or groups too deep.
    """
    if depth > _DEEPEST:
        raise parent.wrong("item", "goes too deep")
    return tuple(_item(one, depth) for one in parent.objects("item"))


def _item(item: Look, depth: int) -> Question:
    kind = item.text("type")
    if kind not in ASKED and kind != "group":
        raise item.wrong("type", "is no question a screen can ask")
    options = tuple(_option(one) for one in item.objects("answerOption"))
    if kind == "choice" and not options:
        raise item.wrong("answerOption", "is missing; a choice needs its answers here")
    least, most, unit = _bounds(item)
    return Question(
        link_id=item.text("linkId"),
        type=kind,
        text=item.text("text", ""),
        required=item.flag("required"),
        repeats=item.flag("repeats"),
        options=options,
        when=tuple(_when(one) for one in item.objects("enableWhen")),
        when_all=item.text("enableBehavior", "all") == "all",
        least=least,
        most=most,
        unit=unit,
        codes=tuple(coding_of(one) for one in item.objects("code")),
        items=items(item, depth + 1),
    )


def _bounds(item: Look) -> tuple[Decimal | None, Decimal | None, str]:
    least = most = None
    unit = ""
    for one in item.objects("extension"):
        url = one.text("url", "")
        if url in {_MIN, _MAX}:
            name = "valueInteger" if one.has("valueInteger") else "valueDecimal"
            number = one.number(name)
            least, most = (number, most) if url == _MIN else (least, number)
        elif url == _UNIT:
            unit = one.object("valueCoding").text("code", "")
    return least, most, unit


def _option(option: Look) -> Answer:
    if option.has("valueCoding"):
        coding = coding_of(option.object("valueCoding"))
        return Answer(value=coding, text=coding.display or coding.code)
    if option.has("valueInteger"):
        number = option.number("valueInteger")
        return Answer(value=number, text=str(number))
    words = option.text("valueString")
    return Answer(value=words, text=words)


def _when(when: Look) -> When:
    operator = when.text("operator")
    if operator not in _OPERATORS:
        raise when.wrong("operator", "is none that FHIR knows")
    answer: bool | Decimal | str | Coding
    if when.has("answerBoolean"):
        answer = when.flag("answerBoolean")
    elif when.has("answerCoding"):
        answer = coding_of(when.object("answerCoding"))
    elif (words := next((one for one in _WORDS if when.has(one)), None)) is not None:
        answer = when.text(words)
    else:
        answer = when.number("answerInteger" if when.has("answerInteger") else "answerDecimal")
    return When(question=when.text("question"), operator=operator, answer=answer)


def coding_of(coding: Look) -> Coding:
    """Read a Coding."""
    return Coding(
        system=coding.text("system", ""),
        code=coding.text("code", ""),
        display=coding.text("display", ""),
    )
