"""Two ways to the same server: when nobody answers on one, the other is tried. Pure but for them.

Every request is idempotent and every reading has one id, so changing the way in the middle of a
batch costs nothing: the server still holds one copy.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sync.exchange import Answer, Fault, Request

log = logging.getLogger(__name__)

TRY_AGAIN_S = 300.0
"""How long a way that did not answer is left alone while another one does."""


class Way(Protocol):
    """A link: makes one request at a time, never raises for the network."""

    def exchange(self, request: Request) -> Answer:
        """Make a request; an unknown outcome has status None."""

    def close(self) -> None:
        """Let go of the connection."""


@dataclass(slots=True)
class _Tried:
    name: str
    way: Way
    failed_s: float | None = None


class FailoverLink:
    """Uses the first way that answers.

    Parameters
    ----------
    ways : sequence of (name, Way)
        In the order of preference.
    clock : callable
        Seconds that never jump.
    """

    def __init__(
        self, ways: Sequence[tuple[str, Way]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Trust every way at first."""
        if not ways:
            raise ValueError("there is no way to the server")
        self._ways = [_Tried(name, way) for name, way in ways]
        self._clock = clock

    def exchange(self, request: Request) -> Answer:
        """Make a request on the best way.

        What could not even be sent goes the next way at once; after an unknown outcome it is for
        whoever asks again to move on.
        """
        answer = Answer(status=None)
        for _ in self._ways:
            chosen = self._best()
            answer = chosen.way.exchange(request)
            if answer.status is not None:
                chosen.failed_s = None
                return answer
            if len(self._ways) > 1:
                chosen.failed_s = self._clock()
                log.info("no answer by way=%s", chosen.name)
            if answer.fault is not Fault.NOT_SENT:
                return answer
        return answer

    def _best(self) -> _Tried:
        now_s = self._clock()
        for one in self._ways:
            if one.failed_s is None or now_s - one.failed_s >= TRY_AGAIN_S:
                return one
        return min(self._ways, key=lambda one: one.failed_s or 0.0)

    def close(self) -> None:
        """Let go of every way."""
        for one in self._ways:
            one.way.close()
