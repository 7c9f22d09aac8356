"""Notes what our pairing agent refused. Pure but for what it is given.

Anybody within reach can ask again and again; the trail keeps 10,000 events, and must not be pushed
out by a stranger. So each reason is noted at most once an hour, with how often it came since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

EVERY_S = 3600.0


@dataclass(slots=True)
class Refusals:
    """Counts refusals. `note` writes one down, `clock` is monotonic, in seconds."""

    note: Callable[[str], None]
    clock: Callable[[], float]
    count: int = 0
    _noted_s: dict[str, float] = field(default_factory=dict)
    _since: dict[str, int] = field(default_factory=dict)

    def take(self, why: str) -> None:
        """Take one refusal; `why` is one of our own fixed sentences."""
        self.count += 1
        now_s, noted_s = self.clock(), self._noted_s.get(why)
        if noted_s is not None and now_s - noted_s < EVERY_S:
            self._since[why] = self._since.get(why, 0) + 1
            return
        more = self._since.pop(why, 0)
        self._noted_s[why] = now_s
        self.note(f"{why}, and {more} more since the last of these" if more else why)
