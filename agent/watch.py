"""What systemd's watchdog is fed by: each part of the hub gave a sign of life lately."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.clock import process_age_s
from agent.notify import notify, watchdog_interval_s

if TYPE_CHECKING:
    from agent.hub import Parts

log = logging.getLogger(__name__)

_FRESH_S = 90.0
_DISK_FULL = "STORE-15"
_STORE_LIMIT_S = 20.0


async def watch(parts: Parts) -> None:
    """Tell systemd the hub is ready, then feed its watchdog only while every part is alive."""
    interval_s = watchdog_interval_s()
    await _first_signs_of_life(parts)
    log.info("ready after_s=%.2f", process_age_s())
    notify("READY=1\nSTATUS=Reading meters")
    while True:
        await asyncio.sleep(min(interval_s or _FRESH_S, _FRESH_S) / 2)
        dead = await dead_parts(parts)
        _tell_of_room(parts)
        if dead:
            log.error("watchdog not fed dead=%s", ",".join(dead))
            notify(f"STATUS=Stuck: {', '.join(dead)}")
        elif interval_s is not None:
            notify("WATCHDOG=1")


def _tell_of_room(parts: Parts) -> None:
    """Raise an alarm while the disk is so full that the store's reserve is in use."""
    if not parts.outbox.is_short_of_room:
        parts.status.clear(_DISK_FULL)
    elif parts.status.alarm(_DISK_FULL, "The hub's disk is full; its reserve is in use."):
        log.error("the disk is full code=STORE-15")


async def _first_signs_of_life(parts: Parts) -> None:
    # A hub whose adapter is missing is still a working hub: it must upload what it holds.
    if parts.radio is not None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(parts.radio.scanning.wait(), _STORE_LIMIT_S)


async def dead_parts(parts: Parts, clock: Callable[[], float] = time.monotonic) -> list[str]:
    """Return the names of the parts that gave no sign of life lately."""
    dead = []
    if parts.radio is not None and clock() - parts.radio.heartbeat > _FRESH_S:
        dead.append("radio")
    if parts.wire is not None and clock() - parts.wire.heartbeat > _FRESH_S:
        dead.append("wire")
    if clock() - parts.uploader.heartbeat > _FRESH_S + parts.config.fhir.timeout_s:
        dead.append("sync")
    try:
        await asyncio.wait_for(asyncio.wrap_future(parts.outbox.ping()), _STORE_LIMIT_S)
    except TimeoutError:
        dead.append("store")
    return dead
