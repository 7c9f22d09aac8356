"""Makes the way to the care team's server out of the settings, and what carries readings up it."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from importlib.metadata import version
from zoneinfo import ZoneInfo

from agent.applied import Applied
from agent.audit import Audit
from agent.clock import HubClock
from agent.downlink import Downlink
from agent.enrol.service import awaits_certificate
from agent.status import Status
from agent.upload import BUDGET, Bell, Errand, Uploader, Watch
from agent.visit.lines import HubLine
from config.schema import Config
from sync.anchor import Anchor
from sync.audit import Courier
from sync.engine import Engine
from sync.envelope import Address
from sync.fhir import HubFacts
from sync.inbox import Inbox
from sync.links.failover import FailoverLink, Way
from sync.links.https import HttpsLink
from sync.order import Budget, Order
from sync.outbox import Outbox
from sync.policy import Policy
from sync.poll import Poll


def way_up(config: Config, bell: Bell, line: HubLine | None = None) -> Way:
    """Return the way to the server: by HTTPS, or by MQTT first where the clinic has a bridge.

    `line` carries video visits; where it is not joined yet, it goes by the broker too.
    """
    https = HttpsLink(config.fhir)
    line = line or HubLine()
    line.nudged = bell.called
    if not config.mqtt.host or awaits_certificate(config):
        return https
    # Here, because a hub without a broker must not pay for it.
    from sync.links.mqtt import MqttLink  # noqa: PLC0415

    address = Address(tenant=config.hub.tenant, hub=config.hub.id)
    mqtt = MqttLink(
        config.mqtt, address, nudged=bell.called, opened=bell.reachable, visit=line.box.put
    )
    line.end = line.end or mqtt
    return FailoverLink([("mqtt", mqtt), ("https", https)])


def errands_of(
    config: Config, outbox: Outbox, status: Status, audit: Audit
) -> tuple[Anchor, Downlink, Courier]:
    """Return what else goes over it: the store's anchor, what comes down, the audit trail."""
    anchor = Anchor(hub_id=config.hub.id, generation=outbox.generation, newest=outbox.last)
    inbox = Inbox(outbox)
    down = Downlink(
        poll=Poll(patient=config.patient.reference, cursors=dict(inbox.cursors)),
        inbox=inbox,
        applied=Applied(config, outbox, lambda: os.kill(os.getpid(), signal.SIGTERM)),
        status=status,
        hub_id=config.hub.id,
        patient=config.patient.reference,
    )
    return anchor, down, audit.courier(config.hub.id)


def uploader_of(  # noqa: PLR0913 - the composition root's own parts
    config: Config,
    outbox: Outbox,
    link: Way,
    *,
    status: Status,
    clock: HubClock,
    errands: Sequence[Errand],
    watch: Watch,
) -> Uploader:
    """Return what carries the outbox up that way, and runs the errands."""
    zone = ZoneInfo(config.hub.timezone)
    budget = Budget(config.sync.daily_bytes, now_s=clock.wall_s)
    budget.resume(outbox.recall(BUDGET))
    return Uploader(
        engine=Engine(
            policy=Policy(batch=config.fhir.batch_readings),
            hub=HubFacts(id=config.hub.id, software=version("hearth-hub")),
            zone=zone,
            boot_offsets=clock.boot_offsets,
        ),
        outbox=outbox,
        link=link,
        status=status,
        batch=config.fhir.batch_readings,
        errands=errands,
        order=Order(zone=zone, boot_offsets=clock.boot_offsets),
        budget=budget,
        now=clock,
        watch=watch,
    )
