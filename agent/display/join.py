"""Joins the screen's part to a hub that has one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agent.clock import HubClock
from agent.downlink import Downlink
from agent.estimates import Estimates
from agent.ingest import Ingest
from agent.status import Status
from config.schema import Config
from sync.outbox import Outbox

if TYPE_CHECKING:
    from agent.adopted import Meters
    from agent.display.care import Care
    from agent.display.display import Display
    from agent.display.heard import Decide
    from agent.guard.guardian import Guardian
    from agent.pairing import Pairing
    from drivers.pairing import Progress


def joined(  # noqa: PLR0913 - each is a part of the hub
    config: Config,
    ingest: Ingest,
    *,
    outbox: Outbox,
    status: Status,
    clock: HubClock,
    decide: Decide,
    down: Downlink,
    guardian: Guardian,
    estimates: Estimates,
    care: Care | None,
    meters: Meters,
    pairing: Pairing | None = None,
) -> Display | None:
    """Return the screen's part, None without a screen: such a hub does not pay for one."""
    if not config.screen.enabled:
        return None
    from agent.display.display import Display  # noqa: PLC0415
    from agent.display.meters import seen  # noqa: PLC0415
    from agent.display.pairing import pair_message  # noqa: PLC0415
    from agent.display.served import Served  # noqa: PLC0415
    from agent.screen.values import Topic  # noqa: PLC0415

    served = Served(
        down.messages,
        guardian,
        outbox,
        hub_id=config.hub.id,
        patient=config.patient.reference,
        now=clock,
        zone=ZoneInfo(config.hub.timezone),
        boot_offsets=clock.boot_offsets,
        clock=time.monotonic,
    )
    zone = ZoneInfo(config.hub.timezone)
    display = Display(
        config,
        outbox=outbox,
        status=status,
        care=care or served,
        decide=decide,
        clock=clock,
        meters=lambda: seen(config.meter, meters.adopted, guardian.meters(), zone),
    )
    served.taken = display.taken

    def changed() -> None:  # in the uploader's thread
        guardian.forget()
        served.forget()
        display.changed()

    guardian.changed = display.changed
    estimates.allowed = lambda: display.allows(Topic.CAMERA)
    down.changed = changed
    ingest.shown = display.shown

    def paired(progress: Progress) -> None:
        if (message := pair_message(progress)) is not None:
            display.tell(message)

    if pairing is not None:
        pairing.shown = paired
    return display
