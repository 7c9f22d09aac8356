"""Goal: a rule that the care team writes, and a hub checks each reading by.

R4's Goal has a version, a subject, a life cycle and targets with units, so it carries a limit as it
is. Many goals are wishes ("70 kg by June") and no limits: only one whose category has a coding of
`urn:hearth:rule` is a rule. Its code says which: `limit`, `rise` or `drift`.
Source: hl7.org/fhir/R4/goal.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from sync.messages.look import Look, WrongError
from sync.messages.values import Goal, Target
from vitals.quantity import GLUCOSE_QUANTITIES, Quantity
from vitals.unit import Unit

RULE = "urn:hearth:rule"
KINDS = frozenset({"limit", "rise", "drift"})
_LOINC, _MDC = "http://loinc.org", "urn:iso:std:iso:11073:10101"
_UCUM = "http://unitsofmeasure.org"
_DAYS = {"d": Decimal(1), "wk": Decimal(7), "h": Decimal(1) / 24}
_LEAST_DAYS, _MOST_DAYS = 1, 30
_NEVER = frozenset(
    {
        Quantity.GLUCOSE_CONTROL_SOLUTION,
        Quantity.CAMERA_PULSE_RATE,
        Quantity.CAMERA_RESPIRATORY_RATE,
        Quantity.CAMERA_SDNN,
        Quantity.CAMERA_RMSSD,
    }
)
_BLOOD = GLUCOSE_QUANTITIES - {Quantity.GLUCOSE_INTERSTITIAL_FLUID} - _NEVER
# A care team says "glucose" by any of these; which specimen a home meter reports is its maker's.
_BLOOD_LOINC = ("41653-7", "14743-9", "2339-0", "15074-8", "2345-7", "14749-6")


def _named() -> Iterator[tuple[tuple[str, str], Quantity]]:
    for quantity in Quantity:
        if quantity in _NEVER or quantity in _BLOOD:
            continue
        term = quantity.term
        if term.mdc:
            yield (_MDC, str(term.mdc)), quantity
        for code in (*term.loinc.values(), *(also for also, _ in term.loinc_also)):
            yield (_LOINC, code), quantity


def _by_code() -> Mapping[tuple[str, str], frozenset[Quantity]]:
    found: dict[tuple[str, str], frozenset[Quantity]] = {
        (_LOINC, code): frozenset(_BLOOD) for code in _BLOOD_LOINC
    }
    found |= {(_MDC, str(one.term.mdc)): frozenset({one}) for one in _BLOOD}
    for key, quantity in _named():
        found[key] = found.get(key, frozenset()) | {quantity}
    return found


_CODES = _by_code()


def goal(look: Look, version: str) -> Goal:
    """Read a Goal.

    Raises
    ------
    WrongError
        For a rule that this hub cannot check: an unknown code or unit, bounds the wrong way round,
        a target without a number, a trend without its days.
    """
    kind = _kind(look)
    return Goal(
        id=look.id(),
        version=version,
        active=look.text("lifecycleStatus") == "active",
        kind=kind,
        text=look.object("description").text("text", "")[:200] if look.has("description") else "",
        urgent=_is_urgent(look),
        start=look.moment("startDate"),
        targets=_targets(look, kind) if kind else (),
    )


def _kind(look: Look) -> str:
    for category in look.objects("category"):
        for coding in category.objects("coding"):
            if coding.text("system", "") == RULE:
                code = coding.text("code", "")
                if code not in KINDS:
                    raise coding.wrong("code", "is no rule this hub knows")
                return code
    return ""


def _is_urgent(look: Look) -> bool:
    if not look.has("priority"):
        return False
    codings = look.object("priority").objects("coding")
    return any(one.text("code", "") == "high-priority" for one in codings)


def _targets(look: Look, kind: str) -> tuple[Target, ...]:
    found = tuple(_target(one, kind) for one in look.objects("target"))
    if not found:
        raise look.wrong("target", "is missing")
    return found


def _target(target: Look, kind: str) -> Target:
    quantities = _measure(target)
    strict = False
    low: Decimal | None
    high: Decimal | None
    if target.has("detailRange") and kind == "limit":
        low, high, unit = _range(target.object("detailRange"))
    elif target.has("detailQuantity"):
        low, high, unit, strict = _quantity(target.object("detailQuantity"), kind)
    else:
        raise target.wrong("detail", "is no number that a reading can be held against")
    if not any(unit in one.term.units for one in quantities):
        raise target.wrong("detail", "has a unit that this is never measured in")
    days = _days(target) if kind != "limit" else _days_or_none(target)
    return Target(quantities=quantities, unit=unit, low=low, high=high, strict=strict, days=days)


def _measure(target: Look) -> frozenset[Quantity]:
    found: frozenset[Quantity] = frozenset()
    for coding in target.object("measure").objects("coding"):
        found |= _CODES.get((coding.text("system", ""), coding.text("code", "")), frozenset())
    if not found:
        raise target.wrong("measure", "is nothing this hub can hold against a limit")
    return found


def _range(given: Look) -> tuple[Decimal | None, Decimal | None, Unit]:
    ends = {name: given.object(name) for name in ("low", "high") if given.has(name)}
    if not ends:
        raise given.wrong("low", "is missing, and so is high")
    units = {_unit(one) for one in ends.values()}
    if len(units) > 1:
        raise given.wrong("high", "has another unit than low")
    low, high = (ends[name].number("value") if name in ends else None for name in ("low", "high"))
    if low is not None and high is not None and low > high:
        raise given.wrong("low", "is higher than high")
    return low, high, units.pop()


def _quantity(given: Look, kind: str) -> tuple[Decimal | None, Decimal | None, Unit, bool]:
    number, unit, comparator = given.number("value"), _unit(given), given.text("comparator", "")
    if kind != "limit":
        if comparator not in {"", "<", "<="} or number <= 0:
            raise given.wrong("value", "is no most by which something may change")
        return None, number, unit, comparator == "<"
    if comparator in {"<", "<="}:
        return None, number, unit, comparator == "<"
    if comparator in {">", ">="}:
        return number, None, unit, comparator == ">"
    raise given.wrong("comparator", "does not say whether it is a least or a most")


def _unit(given: Look) -> Unit:
    if given.text("system", "") != _UCUM:
        raise given.wrong("system", "is not UCUM")
    try:
        return Unit(given.text("code"))
    except ValueError:
        raise given.wrong("code", "is no unit this hub knows") from None


def _days_or_none(target: Look) -> Decimal | None:
    """Read a limit's dueDuration; one that says something else stops no limit, and ends no flag."""
    try:
        return _days(target) if target.has("dueDuration") else None
    except WrongError:
        return None


def _days(target: Look) -> Decimal:
    due = target.object("dueDuration")
    code = due.text("code", "")
    if code not in _DAYS:
        raise due.wrong("code", "is neither hours, days nor weeks")
    days = due.number("value") * _DAYS[code]
    if not _LEAST_DAYS <= days <= _MOST_DAYS:
        raise due.wrong("value", f"is not between {_LEAST_DAYS} and {_MOST_DAYS} days")
    return days
