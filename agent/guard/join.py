"""Joins the care rules to a hub. Every hub has them, with a screen or without."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

from agent.clock import HubClock
from agent.display.answers import Answers
from agent.downlink import Downlink
from agent.guard.guardian import Guardian
from agent.status import Status
from agent.upload import Bell
from config.schema import Config
from sync.outbox import Outbox


def guardian_of(  # noqa: PLR0913 - each is a part of the hub
    config: Config,
    outbox: Outbox,
    down: Downlink,
    bell: Bell,
    *,
    status: Status,
    clock: HubClock,
) -> Guardian:
    """Return what looks at every reading by the rules that come down that way."""
    guardian = Guardian(
        outbox,
        Answers(outbox, config.hub.id),
        down.messages,
        hub_id=config.hub.id,
        patient=config.patient.reference,
        status=status,
        now=clock,
        boot_offsets=clock.boot_offsets,
        zone=ZoneInfo(config.hub.timezone),
        clock=time.monotonic,
    )
    down.changed = guardian.forget
    bell.watch = guardian.nudge
    return guardian
