"""The demo's screen: the real program in a window, on a day that passes in minutes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from agent.clock import HubClock

if TYPE_CHECKING:
    from agent.demo.day import Day
    from agent.display.display import Display

_SIZE = "1024x600"
_LIMIT_S = 10.0


def day(language: str) -> Day:
    """Begin a day in the care team's words of a language."""
    from agent.demo.day import Day  # noqa: PLC0415 - a demo without a screen needs none

    clock = HubClock()
    return Day(now=lambda: clock().at, clock=time.monotonic, language=language)


@contextlib.asynccontextmanager
async def shown(display: Display | None) -> AsyncIterator[None]:
    """Open the screen beside the demo, if there is one; close it with the demo."""
    if display is None:
        yield
        return
    program = subprocess.Popen(  # noqa: ASYNC220, S603 - our own interpreter; starting takes no time
        [
            *(sys.executable, "-P", "-m", "agent.demo.glass"),
            *(str(display.path), *_SIZE.split("x")),
        ],
        start_new_session=True,  # Ctrl-C is for the demo, which then closes it
    )
    try:
        yield
    finally:
        program.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(_LIMIT_S)
