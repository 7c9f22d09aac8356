"""The radio of a hub: the link, who pairs, and who looks after it, made out of the settings."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from agent.adopted import Meters, accepts
from agent.audit import Audit
from agent.pairing import Pairing
from agent.radio_health import history_of
from agent.status import Status
from config.schema import Config
from drivers import registry
from drivers.driver import Driver
from drivers.driver import Pairing as How
from drivers.links.ble import Backend, BleLink
from drivers.links.bonder import STRANGER, Hands
from drivers.links.healer import Healer, Heals
from drivers.links.talk import Sink
from sync.outbox import Outbox
from vitals.reading import HubTime

log = logging.getLogger(__name__)


def pairing_of(
    config: Config,
    meters: Meters,
    audit: Audit,
    now: Callable[[], HubTime],
    backend: Backend | None = None,
) -> Pairing | None:
    """Return who pairs meters: nobody without Bluetooth, or where a virtual radio stands in."""
    if not config.radio.enabled or (backend is not None and backend.client is not None):
        return None
    return Pairing(meters, audit, now, adapter=config.radio.adapter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What listening needs of the hub around it; `heals` None: everything is looked after.

    `unpaired` hears the address of a meter that only a person can pair again.
    """

    config: Config
    meters: Meters
    status: Status
    outbox: Outbox
    now: Callable[[], HubTime]
    unpaired: Callable[[str], object] = lambda _address: None
    heals: Heals | None = None


def listening(
    around: Around, sink: Sink, backend: Backend | None, pairing: Pairing | None
) -> tuple[BleLink | None, Healer | None]:
    """Return the link to meters by Bluetooth and who looks after it; None where switched off."""
    config, meters = around.config, around.meters
    if not config.radio.enabled:
        return None, None
    link = BleLink(
        drivers=registry.drivers(),
        sink=sink,
        now=around.now,
        zone=ZoneInfo(config.hub.timezone),
        accepts=accepts(config, meters.told),
        told=meters.told,
        backend=backend or Backend(adapter=config.radio.adapter),
    )
    if pairing is None:
        return link, None
    pairing.link = link
    return link, _healer(around, link, pairing)


def _healer(around: Around, link: BleLink, pairing: Pairing) -> Healer:
    history = history_of(around.outbox, around.now)
    pairing.health = history.told

    def ours(address: str, driver: Driver) -> bool:
        bonded = {one.address.upper() for one in around.meters.adopted if one.bonded}
        listed = address.upper() in around.meters.told and driver.pairing is not How.NONE
        return listed or address.upper() in bonded

    def alarm(code: str, sentence: str) -> None:
        if not sentence:
            around.status.clear(code)
        elif around.status.alarm(code, sentence):
            log.warning("the radio needs a person code=%s", code)

    def stranger(driver: Driver) -> None:
        pairing.stranger(driver)
        alarm(STRANGER, "A meter that was paired anew is not the one that it was.")

    return Healer(
        link=link,
        warden=pairing.warden,
        history=history,
        hands=Hands(
            ours=ours, renew=pairing.renew, alarm=alarm, stranger=stranger, unpaired=around.unpaired
        ),
        heals=around.heals or Heals(),
        clock=time.monotonic,
    )
