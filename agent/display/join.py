"""Joins the screen's part to a hub that has one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agent.clock import HubClock
from agent.downlink import Downlink
from agent.ingest import Ingest
from agent.status import Status
from config.schema import Config
from sync.outbox import Outbox

if TYPE_CHECKING:
    from agent.display.answers import Answers
    from agent.display.care import Care
    from agent.display.display import Display
    from agent.display.heard import Decide


def answers_of(config: Config, outbox: Outbox) -> tuple[Answers, ...]:
    """Return the errand that takes the patient's answers up; none without a screen."""
    if not config.screen.enabled:
        return ()
    from agent.display.answers import Answers  # noqa: PLC0415

    return (Answers(outbox, config.hub.id),)


def joined(  # noqa: PLR0913 - each is a part of the hub
    config: Config,
    ingest: Ingest,
    *,
    outbox: Outbox,
    status: Status,
    clock: HubClock,
    decide: Decide,
    down: Downlink,
    answers: tuple[Answers, ...],
    care: Care | None,
) -> Display | None:
    """Return the screen's part, None without a screen: such a hub does not pay for one."""
    if not config.screen.enabled:
        return None
    from agent.display.display import Display  # noqa: PLC0415
    from agent.display.served import Served  # noqa: PLC0415

    served = Served(
        down.messages,
        answers[0],
        outbox,
        hub_id=config.hub.id,
        patient=config.patient.reference,
        now=clock,
        zone=ZoneInfo(config.hub.timezone),
        clock=time.monotonic,
    )
    display = Display(
        config, outbox=outbox, status=status, care=care or served, decide=decide, clock=clock
    )
    served.taken = display.taken

    def changed() -> None:  # in the uploader's thread
        served.forget()
        display.changed()

    down.changed = changed
    ingest.shown = display.shown
    return display
