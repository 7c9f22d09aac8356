"""The meters of a home as the screen shows them to the care team: which, and when heard. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from agent.adopted import AdoptedMeter
from agent.guard.chores import LOW
from agent.guard.kept import Meter as Known
from agent.screen.values import MeterSeen
from config.schema import Meter
from drivers.links import ports


def seen(
    settings: Sequence[Meter],
    adopted: Sequence[AdoptedMeter],
    known: Mapping[str, Known],
    zone: tzinfo,
) -> list[MeterSeen]:
    """Return the meters of the settings, then those that were paired here.

    `known` is what the care rules know of each address, in capitals. A meter that nobody named is
    called by its driver, never by its address.
    """
    found = {
        (address or str(number)): (name, known.get(address))
        for number, (name, address) in enumerate(_named(settings, adopted, known))
    }
    return [
        MeterSeen(
            name=name[:200],
            heard=one.heard.astimezone(zone) if one is not None and one.heard else None,
            battery_low=one is not None
            and (one.battery_low or (one.percent is not None and one.percent <= LOW)),
        )
        for name, one in found.values()
    ]


def _named(
    settings: Sequence[Meter], adopted: Sequence[AdoptedMeter], known: Mapping[str, Known]
) -> Iterator[tuple[str, str]]:
    listed = {meter.address.upper() for meter in settings}
    for meter in settings:
        yield meter.name or meter.driver, _address(meter, known)
    for one in adopted:
        if one.address.upper() not in listed:
            yield one.name or one.driver, one.address.upper()


def _address(meter: Meter, known: Mapping[str, Known]) -> str:
    """Return what a meter's readings go by: on a cable its serial number, which only they tell."""
    if not meter.port:
        return meter.address.upper()
    by_port = ports.address(meter.driver, meter.port).upper()
    own = [name for name in known if name.startswith(f"{meter.driver.upper()}:")]
    return by_port if by_port in known or len(own) != 1 else own[0]
