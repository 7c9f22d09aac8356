"""What the care team is told, in plain sentences; every number as it was measured or written."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from agent.care.limits import Beyond, Crossing
from agent.care.taken import Taken
from agent.care.trends import Change
from sync.messages import Goal

_DOUBTED = "The device or the hub doubts this reading."
_UNDATED = "When it was measured is not known; this is when the hub heard of it."


def title_of(crossing: Crossing) -> str:
    """Return what a limit found, in a few words."""
    first = crossing.parts[0]
    side = "above" if first.above else "below"
    return f"{_name(first)} {side} limit"


def text_of(crossing: Crossing) -> str:
    """Return what a limit found, in whole sentences."""
    taken = crossing.taken
    sentences = [*map(_beyond, crossing.parts)]
    sentences.append(f"Measured {moment(taken.at)}.")
    sentences += [] if taken.dated else [_UNDATED]
    sentences += [_DOUBTED] if taken.doubted else []
    return " ".join([*sentences, by_rule(crossing.goal)])


def over_text(goal: Goal, *, since: datetime, last: datetime, taken: Taken) -> str:
    """Return that readings are within a limit again, in whole sentences."""
    return (
        f"Within the limit from {moment(since)} to {moment(taken.at)}; the last reading beyond it "
        f"was at {moment(last)}. The hub ends its flag, as the rule asks, unless somebody changed "
        f"it; it stays in the record. {by_rule(goal)}"
    )


def change_text(goal: Goal, what: str, change: Change) -> str:
    """Return what a trend found, in whole sentences."""
    first, last = change.points[0], change.points[-1]
    way = "up" if change.by > 0 else "down"
    size = f"{way} by {abs(plain(change.by))} {change.unit.text}"
    if goal.kind == "rise":
        size = f"{size} within {change.days} days"
        seen = f"from {first.number:f} {first.unit.text} to {last.number:f} {last.unit.text}"
        return f"{what} went {size}, {seen}, {moment(last.at)}. {by_rule(goal)}"
    half = f"the mean of the last {change.days} days against as many before"
    return f"{what} went {size}: {half}, from {len(change.points)} readings. {by_rule(goal)}"


def by_rule(goal: Goal) -> str:
    """Return which rule it was, with its version and its words."""
    named = f"Goal/{goal.id} version {goal.version or 'unknown'}"
    return f"By {named}: {goal.text}." if goal.text else f"By {named}."


def moment(at: datetime) -> str:
    """Write a moment for people: date, time and offset."""
    return at.isoformat(sep=" ", timespec="minutes")


def plain(number: Decimal) -> Decimal:
    """Return what was worked out, to two places: a mean has more digits than it is worth."""
    cut = number.quantize(Decimal("0.01"))
    return cut.normalize() if cut != cut.to_integral() else cut.to_integral()


def _beyond(one: Beyond) -> str:
    side = "above" if one.above else "below"
    measured = f"{_name(one)} was {one.number:f} {one.unit.text}"
    return f"{measured}, {side} the limit of {one.bound:f} {one.bound_unit.text}."


def _name(one: Beyond) -> str:
    term = one.quantity.term
    return (term.loinc_text if one.quantity.value in _LONG else term.text).capitalize()


_LONG = frozenset({"systolic", "diastolic", "mean-arterial"})
