"""The radio link, made out of the settings and of the meters that were paired here."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from agent.adopted import Meters, accepts
from agent.pairing import Pairing
from config.schema import Config
from drivers import registry
from drivers.links.ble import Backend, BleLink
from drivers.links.talk import Sink
from vitals.reading import HubTime


def radio_of(  # noqa: PLR0913 - each is a part of the hub
    config: Config,
    meters: Meters,
    sink: Sink,
    *,
    now: Callable[[], HubTime],
    backend: Backend | None,
    pairing: Pairing | None,
) -> BleLink | None:
    """Return the link to meters by Bluetooth, None where the settings switch it off."""
    if not config.radio.enabled:
        return None
    link = BleLink(
        drivers=registry.drivers(),
        sink=sink,
        now=now,
        zone=ZoneInfo(config.hub.timezone),
        accepts=accepts(config, meters.told),
        told=meters.told,
        backend=backend or Backend(adapter=config.radio.adapter),
    )
    if pairing is not None:
        pairing.link = link
    return link
