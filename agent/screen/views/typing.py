"""Answers that are typed: what a key makes of them, how they are shown, what they mean. Pure.

A number is typed as it is written. A date is typed as eight digits, day first, a time of day as
three or four; words are typed letter by letter. What is sent is FHIR's own form of each (R4, data
types: date, time).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from agent.screen.page import Button
from agent.screen.values import Kind, Question
from agent.screen.views.answers import fits
from agent.screen.words import Words

KEYS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.TIME})
"""The kinds that are typed on the number pad."""

_MOST: Mapping[Kind, int] = {
    Kind.INTEGER: 6,
    Kind.DECIMAL: 6,
    Kind.DATE: 8,
    Kind.TIME: 4,
    Kind.TEXT: 200,
    Kind.OPEN: 200,
}
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_HOUR_MINUTE = (3, 4)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_OWN: Mapping[str, str] = {"de": "äöüß", "es": "áéíóúñ"}
_SIGNS = "1234567890.,?!-:()/+%"


def pressed(kind: Kind, typed: str, key: str, words: Words) -> str:
    """Return what is typed after one more key."""
    if key == "erase":
        return typed[:-1]
    if len(typed) >= _MOST.get(kind, 0):
        return typed
    if kind not in KEYS:
        return _written(typed, key)
    if key == words(".") and kind is Kind.DECIMAL:
        return f"{typed or '0'}." if "." not in typed else typed
    return typed + key if key.isdecimal() else typed


def _written(typed: str, key: str) -> str:
    if key == "space":
        return f"{typed} " if typed and not typed.endswith(" ") else typed
    capital = key.upper()
    return typed + (capital if not typed and len(capital) == 1 else key)


def shown(kind: Kind, typed: str, words: Words) -> str:
    """Return what is typed as people read it."""
    if kind is Kind.DATE:
        return words("/").join(part for part in (typed[:2], typed[2:4], typed[4:]) if part)
    if kind is Kind.TIME and len(typed) in _HOUR_MINUTE:
        return f"{typed[:-2]}:{typed[-2:]}"
    return words.number(typed) if kind is Kind.DECIMAL else typed


def answer(question: Question, typed: str) -> str | None:
    """Return what is sent for what was typed; None while it is no answer to the question."""
    match question.kind:
        case Kind.DATE:
            return _date(typed)
        case Kind.TIME:
            return _time(typed)
        case Kind.TEXT | Kind.OPEN:
            return typed.strip() or None
        case _:
            return typed if fits(question, typed) else None


def _date(typed: str) -> str | None:
    if len(typed) != _MOST[Kind.DATE]:
        return None
    try:
        found = date(int(typed[4:]), int(typed[2:4]), int(typed[:2]))
    except ValueError:
        return None
    return found.isoformat() if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def _time(typed: str) -> str | None:
    if len(typed) not in _HOUR_MINUTE:
        return None
    try:
        return time(int(typed[:-2]), int(typed[-2:])).isoformat(timespec="seconds")
    except ValueError:
        return None


def typed_of(kind: Kind, given: str) -> str:
    """Return what was typed for an answer that was sent before."""
    if kind is Kind.DATE and len(given) == len("2026-11-23"):
        return f"{given[8:]}{given[5:7]}{given[:4]}"
    if kind is Kind.TIME:
        return given[:5].replace(":", "")
    return given


def now(kind: Kind, at: datetime) -> str:
    """Return this day, or this minute, as it would be typed."""
    return f"{at:%d%m%Y}" if kind is Kind.DATE else f"{at:%H%M}"


def letters(words: Words, *, signs: bool) -> tuple[Button, ...]:
    """Return the keys of one layer: the language's letters, or digits and signs."""
    keys = _SIGNS if signs else _LETTERS + _OWN.get(words.language, "")
    return tuple(Button(action=f"key:{key}", label=key) for key in keys)


def special(*, signs: bool) -> tuple[Button, ...]:
    """Return the keys for the other layer, a space, and taking a letter back."""
    return (
        Button(action="key:layer", label="abc" if signs else "123"),
        Button(action="key:space", label="", icon="space"),
        Button(action="key:erase", label="", icon="erase"),
    )
