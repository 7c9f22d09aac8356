"""What the care rules remember beyond a restart: sealed in the store, and bounded.

Written in one piece together with what was raised, so that after a power cut either a reading was
looked at and all of it is told, or it was not and is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from agent.care.series import Point
from agent.guard.own import Memory
from agent.screen.values import Doing, Note
from vitals.quantity import Quantity
from vitals.unit import Unit

STATE = "care/state"
MOST_DONE, MOST_LATE, MOST_NOTES, MOST_METERS, MOST_GAPS = 500, 500, 10, 32, 50
MOST_FLAGS = 50


class Meter(msgspec.Struct):
    """What is known of one meter: what it measures, when it was heard, what it said last."""

    doing: list[Doing] = msgspec.field(default_factory=list)
    heard: datetime | None = None
    outcome: str = ""
    battery_low: bool = False
    percent: int | None = None  # of the battery, where the meter says it


class Flagged(msgspec.Struct):
    """A Flag of this hub's that stands; `version` is the server's, empty until it has it."""

    flag: dict[str, Any]
    goal: str
    quantities: list[Quantity]
    last: datetime
    since: datetime | None = None
    version: str = ""


class State(msgspec.Struct):
    """Everything but the series and the ledger."""

    cursor: int = 0  # the highest row that was looked at
    late: list[int] = msgspec.field(default_factory=list)  # rows passed over: on hold, or nobody's
    loud: dict[str, datetime] = msgspec.field(default_factory=dict)  # when each limit was raised
    done: list[str] = msgspec.field(default_factory=list)  # what was raised, by its name
    standing: list[str] = msgspec.field(default_factory=list)  # trends that were not over yet
    notes: list[Note] = msgspec.field(default_factory=list)
    alive: datetime | None = None
    gaps: list[tuple[datetime, datetime]] = msgspec.field(default_factory=list)
    meters: dict[str, Meter] = msgspec.field(default_factory=dict)
    asked: dict[str, datetime] = msgspec.field(default_factory=dict)  # since when, by request
    taken: dict[Doing, datetime] = msgspec.field(default_factory=dict)
    missing: dict[Doing, datetime] = msgspec.field(default_factory=dict)  # since when
    declined: dict[str, datetime] = msgspec.field(default_factory=dict)  # by what and date
    scored: dict[str, datetime] = msgspec.field(default_factory=dict)  # request → last time due
    typed: dict[str, tuple[str, datetime]] = msgspec.field(default_factory=dict)  # by code
    flags: list[Flagged] = msgspec.field(default_factory=list)  # that the hub may end

    def bounded(self) -> State:
        """Drop what is too much, the oldest first."""
        self.done = self.done[-MOST_DONE:]
        self.late = sorted(set(self.late))[-MOST_LATE:]
        self.notes = self.notes[-MOST_NOTES:]
        self.flags = self.flags[-MOST_FLAGS:]
        self.gaps = self.gaps[-MOST_GAPS:]
        self.standing = self.standing[-MOST_DONE:]
        self.loud = _newest(self.loud)
        self.asked, self.scored = _newest(self.asked), _newest(self.scored)
        self.declined = _newest(self.declined)
        self.meters = dict(list(self.meters.items())[-MOST_METERS:])
        return self


class _Point(msgspec.Struct, array_like=True):
    at: datetime
    number: str
    unit: Unit
    reading: str


def state_of(memory: Memory) -> State:
    """Return what was remembered; an empty state where there is nothing sensible."""
    try:
        return msgspec.json.decode(memory.recall(STATE) or b"{}", type=State)
    except msgspec.DecodeError:
        return State()


def points_of(memory: Memory, quantity: Quantity) -> list[Point]:
    """Return the series of one quantity, in the order of its times."""
    octets = memory.recall(name_of(quantity))
    try:
        kept = msgspec.json.decode(octets or b"[]", type=list[_Point])
    except msgspec.DecodeError:
        return []
    return [
        Point(at=one.at, number=Decimal(one.number), unit=one.unit, reading=one.reading)
        for one in kept
    ]


def points_octets(points: Iterable[Point]) -> bytes:
    """Write a series."""
    return msgspec.json.encode(
        [
            _Point(at=one.at, number=str(one.number), unit=one.unit, reading=one.reading)
            for one in points
        ]
    )


def name_of(quantity: Quantity) -> str:
    """Return under which name a series is remembered."""
    return f"care/series/{quantity.value}"


def _newest(times: Mapping[str, datetime]) -> dict[str, datetime]:
    return dict(sorted(times.items(), key=lambda item: item[1])[-MOST_DONE:])
