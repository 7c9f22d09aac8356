"""Joins the screen's part to a hub that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.clock import HubClock
from agent.ingest import Ingest
from agent.status import Status
from config.schema import Config
from sync.outbox import Outbox

if TYPE_CHECKING:
    from agent.display.care import Care
    from agent.display.display import Display
    from agent.display.heard import Decide


def joined(  # noqa: PLR0913 - each is a part of the hub
    config: Config,
    ingest: Ingest,
    *,
    outbox: Outbox,
    status: Status,
    clock: HubClock,
    decide: Decide,
    care: Care | None,
) -> Display | None:
    """Return the screen's part, None without a screen: such a hub does not pay for one."""
    if not config.screen.enabled:
        return None
    from agent.display.care import NoCare  # noqa: PLC0415
    from agent.display.display import Display  # noqa: PLC0415

    display = Display(
        config, outbox=outbox, status=status, care=care or NoCare(), decide=decide, clock=clock
    )
    ingest.shown = display.shown
    return display
