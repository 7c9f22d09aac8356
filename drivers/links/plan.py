"""When a meter may be visited again. Pure: how visits ended in, a pause out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivers.sessions.session import Outcome

RETRY_DELAYS_S = (2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
PERSON_S = 6 * 3600.0
SETTLE_S = 3.0  # a meter goes on advertising for a moment after its session
MOST_IDLE_S = 24.0


@dataclass(slots=True)
class Pauses:
    """Counts how visits to one meter ended, and says how long to leave it alone.

    After trouble it is longer each time, up to five minutes. A meter that calls on and on and has
    nothing new is visited ever less often, up to every 24 s: shorter than the 30 s for which the
    shyest meter calls after a measurement.
    """

    retry_s: Sequence[float] = RETRY_DELAYS_S
    failures: int = 0
    idle: int = 0

    def after(
        self, outcome: Outcome, *, frames: int, reached: bool, min_interval_s: float
    ) -> float:
        """Return for how many seconds to leave the meter alone.

        Parameters
        ----------
        frames : int
            How many frames came in the visit.
        reached : bool
            Whether there was a connection at all.
        min_interval_s : float
            What the driver asks for. A Medisana shows E4 when asked again at once, however the
            last visit ended.
        """
        if outcome is Outcome.NEEDS_PERSON:
            # A scale drops its bond after a wrong code: asking again does harm.
            return PERSON_S
        if outcome is Outcome.COMPLETE:
            self.failures = 0
            self.idle = 0 if frames else self.idle + 1
            pause_s = SETTLE_S if self.idle < 2 else min(SETTLE_S * 2.0**self.idle, MOST_IDLE_S)  # noqa: PLR2004 - the first empty visit may be the second half of a full one
            return max(min_interval_s, pause_s)
        pause_s = self.retry_s[min(self.failures, len(self.retry_s) - 1)]
        self.failures += 1
        return max(pause_s, min_interval_s) if reached else pause_s
