"""A scan that claims to run and hears nothing. Pure: times in, what to do out.

bluetoothd up to 5.87 can believe that it scans while the kernel does not
(github.com/bluez/bluez/issues/807, github.com/hbldh/bleak/issues/2021). In a home with a telephone
something is on air every second; in a hut in the hills nothing may be for hours, and meters are
silent whenever nobody measures. So how long is too long is learned from what is no meter: four
times the longest pause of the last hour, and never under 4 s. Where too little was ever heard, a
silent scan is only started anew now and then, which costs nothing; and where nothing at all was
ever heard, the adapter is switched off and on once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

FLOOR_S = 4.0
CEILING_S = 1800.0
UNKNOWN_S = 60.0
"""How long to wait where too little was heard yet to know what is usual."""
LEARNED = 20
TELL_S = 3600.0
"""How long nothing helped before a person is told: the telephone may have left the house."""
_BLIND_TRIES = 2
"""So often a scan that never heard anything is started anew before the adapter is switched off and
on, once: it may have been deaf from the start."""
_CURED_S = 10.0  # what is heard sooner after a cure was brought back by it
_TIMES = 4.0
_WINDOW_S = 3600.0
_MOST_PAUSES = 256
_STEP_S = 5.0


class Cure(Enum):
    """What to do, from mild to strong."""

    RESTART_SCAN = "restart-scan"
    POWER_CYCLE = "power-cycle"
    TELL = "tell"


@dataclass(slots=True)
class Silence:
    """Follows one scan. All times are monotonic, in seconds."""

    _pauses: deque[tuple[float, float]] = field(
        default_factory=lambda: deque[tuple[float, float]](maxlen=_MOST_PAUSES)
    )
    _heard_s: float | None = None
    _other_s: float | None = None
    _began_s: float | None = None
    _cured_s: float = 0.0
    _tried: int = 0
    _count: int = 0
    _next_s: float = 0.0

    def started(self, at_s: float) -> None:
        """Take the news that a scan runs."""
        self._began_s = at_s

    def stopped(self) -> None:
        """Take the news that none runs: silence then means nothing."""
        self._began_s = self._other_s = None

    def busy(self, at_s: float) -> None:
        """Take the news that a meter is being read: a radio that talks hears less."""
        self._heard_s, self._other_s = at_s, None

    def heard(self, at_s: float, *, meter: bool = False) -> bool:
        """Take an advertisement; tell whether it ended a silence that was acted on."""
        brought_back = bool(self._tried) and at_s - self._cured_s < _CURED_S
        if not meter:
            if self._other_s is not None and not brought_back:
                self._note(at_s, at_s - self._other_s)
            self._other_s = at_s
        self._heard_s = at_s
        ended, self._tried = bool(self._tried), 0
        return ended

    def _note(self, at_s: float, pause_s: float) -> None:
        """Keep only what may still be the longest pause of the window."""
        self._count += 1
        while self._pauses and self._pauses[-1][1] <= pause_s:
            self._pauses.pop()
        self._pauses.append((at_s, pause_s))
        while at_s - self._pauses[0][0] > _WINDOW_S:
            self._pauses.popleft()

    @property
    def patience_s(self) -> float:
        """Return how long a silence is nothing to worry about."""
        longest_s = self._pauses[0][1] if self._pauses else 0.0
        least_s = FLOOR_S if self._count >= LEARNED else UNKNOWN_S
        return min(max(least_s, _TIMES * longest_s), CEILING_S)

    def since(self) -> float | None:
        """Return since when nothing is heard, None where no scan runs."""
        if self._began_s is None:
            return None
        return self._began_s if self._heard_s is None else max(self._began_s, self._heard_s)

    def look(self, at_s: float) -> Cure | None:
        """Return what is to be done now; strong means only where silence is unusual."""
        since_s = self.since()
        if since_s is None:
            return None
        if at_s < (self._next_s if self._tried else since_s + self.patience_s):
            return None
        if self._count < LEARNED:
            pause_s = min(UNKNOWN_S * 2.0 ** (self._tried + 1), CEILING_S)
            unheard = self._tried == _BLIND_TRIES and self._heard_s is None
            return self._try(Cure.POWER_CYCLE if unheard else Cure.RESTART_SCAN, at_s, pause_s)
        if self._tried == 0:
            return self._try(Cure.RESTART_SCAN, at_s, _STEP_S)
        if self._tried == 1:
            return self._try(Cure.POWER_CYCLE, at_s, TELL_S)
        return self._try(Cure.TELL, at_s, float("inf"))

    def _try(self, cure: Cure, at_s: float, pause_s: float) -> Cure:
        self._tried = min(self._tried + 1, 16)
        self._cured_s, self._next_s = at_s, at_s + pause_s
        return cure
