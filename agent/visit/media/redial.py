"""When a call that fell silent is dialled again, and when it is given up. Pure: no clock inside.

aiortc has no ICE restart (its issues 211 and 1367), so a new connection takes the place of the old
one in the same visit. The old one is kept until the new one stands: after a short gap it comes back
by itself, and sooner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

LOST_S = 3.0
"""Without a sign of the other side for so long, the patient is told that it is coming back."""
REDIAL_S = 8.0
"""And for so long, a new connection is tried."""
GIVE_UP_S = 180.0
"""And for so long, the call is over."""
FIRST_LIMIT_S = 45.0
"""How long the very first connection may take."""
_EVERY_S, _GROWS, _LONGEST_S = 2.0, 1.25, 10.0


class Do(Enum):
    """What is to be done now."""

    NOTHING = "nothing"
    DIAL = "dial"
    DROP = "drop"
    """The old connection is back: the new one is not needed."""
    GIVE_UP = "give up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """How a call stands: how long nothing was heard, and when to try next."""

    stood: bool = False
    silent_s: float = 0.0
    tries: int = 1
    since_try_s: float = 0.0

    @property
    def lost(self) -> bool:
        """Tell whether the patient is to be told that the call is coming back."""
        return self.stood and self.silent_s >= LOST_S

    @property
    def pause_s(self) -> float:
        """Return how long a try is given before the next."""
        return min(_EVERY_S * _GROWS ** min(self.tries, 20), _LONGEST_S)


def tick(calling: Calling, passed_s: float, *, heard: bool, failed: bool) -> tuple[Calling, Do]:
    """Let time pass.

    Parameters
    ----------
    passed_s : float
    heard : bool
        Whether the connection in use had a sign of the other side in this time.
    failed : bool
        Whether the connection in use says that it has failed or was closed.

    Returns
    -------
    Calling, Do
    """
    if heard:
        again = Do.DROP if calling.stood and calling.tries > 0 else Do.NOTHING
        return Calling(stood=True, tries=0), again
    now = replace(
        calling,
        silent_s=calling.silent_s + passed_s,
        since_try_s=calling.since_try_s + passed_s,
    )
    if now.silent_s >= (GIVE_UP_S if now.stood else FIRST_LIMIT_S):
        return now, Do.GIVE_UP
    due = now.since_try_s >= now.pause_s if now.tries else failed or now.silent_s >= REDIAL_S
    if not due or not (now.stood or failed):
        return now, Do.NOTHING
    return replace(now, tries=now.tries + 1, since_try_s=0.0), Do.DIAL
