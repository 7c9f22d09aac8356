"""How long calls into bleak may take, and how one ends that would not."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds.

    `call_s` is for one GATT call (a protected read can hang for minutes on bluetoothd 5.82 without
    an agent), for a disconnect and for the stop of a scan, for what a connect that was cancelled
    tidies up, and for all visits to end when the link does; `start_s` is for the start of a scan.
    How long a connect may take depends on who waits: see `turns.py`.
    """

    call_s: float = 10.0
    start_s: float = 20.0


async def ending(call: Coroutine[Any, Any, _Answer], grace_s: float) -> _Answer:
    """Await a call that, when it is cancelled, has twice `grace_s` seconds to tidy up.

    bleak (3.1, BleakClientBlueZDBus.connect) tidies up a cancelled connect by a Disconnect, and
    waits for its answer; only its own limit for the whole connect could end that, and it has passed
    when that is what cancelled it. Where bluetoothd answers neither, the radio's turn would not be
    given back. A second cancellation ends that too.
    """
    task = asyncio.ensure_future(call)
    task.add_done_callback(_known)
    try:
        await asyncio.wait({task})
        return task.result()
    finally:
        try:
            for _ in range(2):
                task.cancel()
                await asyncio.wait({task}, timeout=grace_s)
        finally:
            task.cancel()


def _known(task: asyncio.Task[Any]) -> None:
    """Take note of how it ended: nobody may be there any more to do so."""
    if not task.cancelled():
        task.exception()
