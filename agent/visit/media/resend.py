"""Which lost packets are sent once more: as many as a line can bear that is losing them. Pure.

A receiver asks for every packet that is missing, again and again. aiortc sends each one every time,
and on a line that loses because it is full that alone keeps it full.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_SHARE = 0.2  # of the bit rate
_PACKET_BITS = 1200 * 8
_BURST = 12.0
_SAME_S, _SAME_SHARE = 0.05, 1.2  # a packet that is on its way again is not sent a third time
_REMEMBERED = 256
_STALE_S = 5.0


class Resend:
    """A budget of packets. The time is an argument, in seconds of any clock that only goes on."""

    def __init__(self) -> None:
        """Start with a full budget."""
        self._room, self._at_s = _BURST, 0.0
        self._sent_s: dict[int, float] = {}
        self._asked: dict[int, None] = {}
        self._closed_until_s = -math.inf
        self._stale: set[int] = set()

    def pause(self, until_s: float) -> None:
        """Begin a new picture: what is asked for until then belongs to the old one, and stays lost.

        What is missing of the new one can be asked for only once it has gone there.
        """
        self._closed_until_s = until_s
        self._stale = set(self._asked)

    def fresh(self, wanted: Sequence[int]) -> int:
        """Return how many of the packets asked for were not asked for before."""
        found = [number for number in wanted if number not in self._asked]
        self._asked.update(dict.fromkeys(found))
        while len(self._asked) > _REMEMBERED:
            del self._asked[next(iter(self._asked))]
        return len(found)

    def allowed(
        self, wanted: Sequence[int], at_s: float, bitrate: int, rtt_s: float = 0.0
    ) -> list[int]:
        """Return those of the packets asked for that are to be sent again now.

        `rtt_s` is how long it takes until one that was sent can be known to have come.
        """
        apart_s = max(_SAME_S, _SAME_SHARE * rtt_s)
        refill = max(at_s - self._at_s, 0.0) * bitrate * _SHARE / _PACKET_BITS
        self._room, self._at_s = min(self._room + refill, _BURST), at_s
        if at_s < self._closed_until_s:
            self._stale.update(wanted)
            return []
        if at_s > self._closed_until_s + _STALE_S:
            self._stale.clear()  # numbers of packets begin anew after 65,536
        found = []
        for number in wanted:
            if self._room < 1:
                break
            if number in self._stale or at_s - self._sent_s.get(number, -math.inf) < apart_s:
                continue
            self._room -= 1
            self._sent_s.pop(number, None)
            self._sent_s[number] = at_s
            found.append(number)
        while len(self._sent_s) > _REMEMBERED:
            del self._sent_s[next(iter(self._sent_s))]
        return found
