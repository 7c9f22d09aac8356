"""Which of the care team's orders are in force. Pure; it ends for plans that go in a circle too.

An order counts by its own status. One that care plans name is paused while none of those is in
force, such as a plan that is on hold for a holiday. What a plan holds in detail counts while the
plan does. A plan is in force when it is active, today lies in its period, and so is the plan it is
a part of; in a circle of parts each is judged by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from agent.care.timing import local_date
from sync.messages import CarePlan, Message, Request


def orders(messages: Iterable[Message], now: datetime) -> list[Request]:
    """Return the orders that are in force on the day of `now`, in the home's zone."""
    every = list(messages)
    plans = {one.id: one for one in every if isinstance(one, CarePlan)}
    live = {name for name in plans if in_force(name, plans, now)}
    named = {reference for plan in plans.values() for reference in plan.references}
    kept = {reference for name in live for reference in plans[name].references}
    paused = named - kept
    found = [
        one
        for one in every
        if isinstance(one, Request) and one.active and f"{one.kind}/{one.id}" not in paused
    ]
    for name in sorted(live):
        found += [one for one in plans[name].activities if one.active]
    return found


def in_force(name: str, plans: Mapping[str, CarePlan], now: datetime) -> bool:
    """Tell whether a plan, and every plan that it is a part of, is in force."""
    seen: set[str] = set()
    wanted = [name]
    while wanted:
        one = wanted.pop()
        if one in seen or one not in plans:
            continue
        seen.add(one)
        if not _is_on(plans[one], now):
            return False
        wanted += [above.removeprefix("CarePlan/") for above in plans[one].part_of]
    return True


def circles(plans: Sequence[CarePlan]) -> list[str]:
    """Return the ids of the plans that are, over any number of steps, a part of themselves."""
    above = {plan.id: [one.removeprefix("CarePlan/") for one in plan.part_of] for plan in plans}
    return [name for name in above if name in _reached(name, above)]


def _reached(name: str, above: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    wanted = list(above.get(name, ()))
    while wanted:
        one = wanted.pop()
        if one not in found:
            found.add(one)
            wanted += above.get(one, ())
    return found


def _is_on(plan: CarePlan, now: datetime) -> bool:
    zone, today = now.tzinfo or UTC, now.date()
    early = plan.start is not None and today < local_date(plan.start, zone)
    late = plan.end is not None and today > local_date(plan.end, zone)
    return plan.active and not early and not late
