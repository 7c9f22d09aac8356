"""Begins visits on a hub that has a screen; one without does not even load them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.audit import Audit
from agent.clock import HubClock
from agent.downlink import Downlink
from agent.visit.lines import HubLine
from config.schema import Config
from sync.outbox import Outbox

if TYPE_CHECKING:
    from agent.display.answers import Answers
    from agent.display.display import Display
    from agent.visit.desk import VisitDesk


def visits_of(  # noqa: PLR0913 - each is a part of the hub
    config: Config,
    display: Display | None,
    answers: Answers,
    *,
    outbox: Outbox,
    audit: Audit,
    clock: HubClock,
    line: HubLine,
    nudge: Callable[[], None],
    down: Downlink,
) -> VisitDesk | None:
    """Return the hub's part in visits, joined to its screen; None without a screen.

    Raises
    ------
    HubError
        VISIT-11 when the TURN server's password cannot be read.
    """
    if display is None:
        return None
    from agent.visit.join import joined  # noqa: PLC0415

    desk = joined(
        config,
        display,
        answers,
        outbox=outbox,
        audit=audit,
        clock=clock,
        line=line,
        nudge=nudge,
        signers=down.signers,
    )
    down.cancel = desk.cancel
    return desk
