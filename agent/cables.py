"""Which cables the hub may speak on: those the settings name, each with its driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from agent.radio import chosen
from config.schema import Config, Meter
from drivers import registry
from drivers.driver import Driver
from drivers.links.cable import Cable, SerialLink
from drivers.links.talk import Sink
from vitals.errors import HubError
from vitals.reading import HubTime


def cables(config: Config, drivers: Sequence[Driver]) -> list[Cable]:
    """Return every meter on a cable.

    Raises
    ------
    HubError
        RADIO-01 for a driver that does not exist, SER-03 for one that reads no cable.
    """
    return [_cable(meter, drivers) for meter in config.meter if meter.port]


def _cable(meter: Meter, drivers: Sequence[Driver]) -> Cable:
    driver = chosen(meter.driver, drivers)
    if driver is None or driver.port is None:
        wired = ", ".join(one.name for one in drivers if one.port is not None)
        raise HubError(
            f"A meter in the settings has a port, but its driver reads no cable: {meter.driver!r}.",
            fix=f"On a cable these are known: {wired}. By Bluetooth, give it an address instead.",
            code="SER-03",
        )
    return Cable(driver=driver, port=meter.port, name=meter.name)


def wire_of(config: Config, sink: Sink, now: Callable[[], HubTime]) -> SerialLink | None:
    """Return the link to meters on cables, None where the settings name none."""
    wired = cables(config, registry.drivers())
    zone = ZoneInfo(config.hub.timezone)
    return SerialLink(cables=wired, sink=sink, now=now, zone=zone) if wired else None
