"""When a limit's flag is over: where the care team said so, after readings within it for so long.

Nothing here hides a crossing. A hub ends a flag only by a time that the care team wrote into the
limit (Goal.target.dueDuration), only on readings that span it, never on silence; without that time
a flag is the care team's to close. FHIR R4, Flag: `inactive` says that it "no longer needs to be
displayed", which nobody but the care team can know; its period keeps when it stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.care.limits import beyond
from agent.care.taken import Taken
from sync.messages import Goal
from vitals.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a flag stands for.

    `quantities` crossed the limit, last at `last`; `since` is the first reading within it after
    that, None while there is none.
    """

    quantities: frozenset[Quantity]
    last: datetime
    since: datetime | None = None


def asked(goal: Goal) -> timedelta | None:
    """Return how long readings are to be within every target; None: the hub ends nothing."""
    days = [target.days for target in goal.targets]
    if not goal.active or goal.kind != "limit" or not days or None in days:
        return None
    return timedelta(days=float(max(one for one in days if one is not None)))


def counts(standing: Standing, goals: Iterable[Goal], taken: Taken) -> bool:
    """Tell whether a reading shows that what crossed the limit is within it again.

    A doubted reading, or one that no clock somebody set can date, shows nothing.
    """
    if taken.apart is not None or taken.doubted or not (taken.dated and taken.vouched):
        return False
    found = [taken.values.get(one) for one in standing.quantities]
    if any(value is None or value.known is None for value in found):
        return False
    return taken.at > standing.last and not any(beyond(goal, taken) for goal in goals)


def after(standing: Standing, goals: Sequence[Goal], taken: Taken) -> Standing:
    """Return how a flag stands after one more reading, in whatever order readings come."""
    if counts(standing, goals, taken):
        first = taken.at if standing.since is None else min(standing.since, taken.at)
        return replace(standing, since=first)
    if taken.apart is not None or not any(beyond(goal, taken) for goal in goals):
        return standing
    since = standing.since if standing.since and standing.since > taken.at else None
    return replace(standing, last=max(standing.last, taken.at), since=since)


def is_over(standing: Standing, goal: Goal, at: datetime) -> bool:
    """Tell whether a reading that counts, taken at this moment, ends the flag."""
    span = asked(goal)
    return span is not None and standing.since is not None and at - standing.since >= span
