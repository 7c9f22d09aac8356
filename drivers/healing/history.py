"""What the radio suffered from: a short, bounded history. Pure; times are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

MOST = 64


class Fault(Enum):
    """What went wrong, in words that name no person and no meter."""

    DAEMON = "daemon"  # bluetoothd left the bus
    ADAPTER = "adapter"  # the adapter was pulled out, or switched off
    SILENCE = "silence"  # a scan that heard nothing
    SCAN = "scan"  # a scan that did not start
    BOND = "bond"  # a meter's bond is no longer any good
    CACHE = "cache"  # a meter's services were remembered wrongly


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One fault from its beginning to its end.

    `at` is the time of day it was noticed, ISO 8601. `noticed_s` and `healed_s` are counted from
    the last sign that all was well; None: not yet.
    """

    fault: Fault
    at: str
    began_s: float
    noticed_s: float
    healed_s: float | None = None
    how: str = ""

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "fault": self.fault.value,
            "at": self.at,
            "noticed_after_s": round(self.noticed_s, 2),
            "healed_after_s": None if self.healed_s is None else round(self.healed_s, 2),
            "how": self.how,
        }


@dataclass(slots=True)
class History:
    """Keeps the last 64 episodes, and how many of each kind there ever were.

    `clock` is monotonic, in seconds, `day` the time of day; `changed` is called after each change.
    """

    clock: Callable[[], float]
    day: Callable[[], str]
    changed: Callable[[], None] = lambda: None
    episodes: list[Episode] = field(default_factory=list)
    counts: Counter[Fault] = field(default_factory=Counter)
    before: list[dict[str, Any]] = field(default_factory=list)
    """What an earlier run of the hub kept."""

    def noticed(self, fault: Fault, *, since_s: float | None = None, how: str = "") -> None:
        """Note a fault; one that is not over yet is the same, and only its cure is noted."""
        now_s = self.clock()
        for place, one in enumerate(self.episodes):
            if one.fault is fault and one.healed_s is None:
                self.episodes[place] = replace(one, how=how or one.how)
                self.changed()
                return
        began_s = now_s if since_s is None else min(since_s, now_s)
        self.episodes.append(
            Episode(fault=fault, at=self.day(), began_s=began_s, noticed_s=now_s - began_s, how=how)
        )
        self.counts[fault] += 1
        del self.episodes[:-MOST]
        self.changed()

    def healed(self, fault: Fault, *, how: str = "") -> None:
        """Note that a fault is over; nothing where there was none."""
        for place, one in enumerate(self.episodes):
            if one.fault is fault and one.healed_s is None:
                self.episodes[place] = replace(
                    one, healed_s=self.clock() - one.began_s, how=how or one.how
                )
                self.changed()

    def open(self) -> list[Fault]:
        """Return the faults that are not over."""
        return [one.fault for one in self.episodes if one.healed_s is None]

    def often(self) -> dict[str, int]:
        """Return how often each kind was noticed since the start. Any thread may ask."""
        return {fault.value: self.counts[fault] for fault in Fault}

    def told(self) -> dict[str, Any]:
        """Return everything as JSON: the episodes, the newest last, and the counts."""
        episodes = [*self.before, *(one.told() for one in self.episodes)][-MOST:]
        return {
            "episodes": episodes,
            "counts": self.often(),
            "open": [fault.value for fault in self.open()],
        }
