"""Keeps a service running: restarts it with growing pauses, and gives up loudly."""

from __future__ import annotations

import logging
import time
from asyncio import sleep as asyncio_sleep
from collections.abc import Awaitable, Callable, Sequence

log = logging.getLogger(__name__)

DELAYS_S: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
SETTLED_S = 300.0


async def supervise(  # noqa: PLR0913 - every one a seam that a test replaces
    name: str,
    run: Callable[[], Awaitable[None]],
    *,
    delays_s: Sequence[float] = DELAYS_S,
    settled_s: float = SETTLED_S,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio_sleep,
) -> None:
    """Run a service until it returns; start it again when it breaks.

    Cancellation passes straight through. A service that ran for `settled_s` seconds before it
    broke has its pauses counted anew. When the pauses are used up the error goes to the caller,
    the hub stops, and systemd starts it clean.
    """
    crashes = 0
    while True:
        began = clock()
        try:
            return await run()
        except Exception as error:
            crashes = 0 if clock() - began > settled_s else crashes
            if crashes == len(delays_s):
                raise
            # The type and place are safe to log; the message of an unknown error may not be.
            log.error(  # noqa: TRY400 - a traceback would print values
                "%s stopped (%s at %s); starting again in %s s",
                name,
                type(error).__name__,
                _place(error),
                delays_s[crashes],
            )
        await sleep(delays_s[crashes])
        crashes += 1


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
