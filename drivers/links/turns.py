"""Whose turn it is on the radio: one connection is made at a time, and nobody waits for ever.

BlueZ refuses a second connect while one is being made (org.bluez.Error.InProgress), and a meter
that went to sleep after its last advertisement is only given up when the time is over. Pure but for
the event loop's own clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CONNECT_LIMIT_S = 30.0  # bleak's own default since 2.1
SHARED_LIMIT_S = 12.0  # Home Assistant gives no connect less than 10 s
STILL_THERE_S = 5.0  # meters that want to be read advertise at least once a second
MAX_QUEUE = 64


@dataclass(slots=True, kw_only=True)
class Turns:
    """Lets one caller connect at a time; each has less time while others wait.

    `alone_s` is how long a connect may take when nobody waits, `shared_s` when somebody does.
    """

    alone_s: float = CONNECT_LIMIT_S
    shared_s: float = SHARED_LIMIT_S
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0
    _limit: asyncio.Timeout | None = None
    _began_s: float = 0.0

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait for the turn, then hold it; raises TimeoutError inside when it took too long."""
        self._waiting += 1
        self._hurry()
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1
        try:
            self._began_s = asyncio.get_running_loop().time()
            async with asyncio.timeout(self.alone_s) as self._limit:
                self._hurry()
                yield
        finally:
            self._limit = None
            self._lock.release()

    def _hurry(self) -> None:
        """Shorten the time of whoever connects now, if others wait."""
        if self._limit is None or not self._waiting:
            return
        soonest_s = max(self._began_s + self.shared_s, asyncio.get_running_loop().time())
        ends_s = self._limit.when()
        if ends_s is not None and soonest_s < ends_s and not self._limit.expired():
            self._limit.reschedule(soonest_s)


@dataclass(slots=True, kw_only=True)
class Queue:
    """Who may be visited next when more meters call than links can be held: first come, first.

    A meter that found no place keeps its place in the line for as long as it goes on advertising.
    `clock` is monotonic, in seconds.
    """

    clock: Callable[[], float]
    _last_heard_s: dict[str, float] = field(default_factory=dict)  # in order of coming

    def admits(self, address: str, free: int) -> bool:
        """Tell whether a meter that calls may be visited, `free` being how many can be."""
        now_s = self.clock()
        for other, heard_s in list(self._last_heard_s.items()):
            if now_s - heard_s > STILL_THERE_S:
                del self._last_heard_s[other]
        line = list(self._last_heard_s)
        ahead = line.index(address) if address in self._last_heard_s else len(line)
        if ahead < free:
            self._last_heard_s.pop(address, None)
            return True
        if address in self._last_heard_s or len(line) < MAX_QUEUE:
            self._last_heard_s[address] = now_s
        return False
