"""Look into one frame: which characteristics Hearth decodes, as fields and in words."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.frame import short_uuid
from drivers.show import (
    battery,
    bonds,
    cgm,
    clocks,
    device,
    enhanced,
    heart_rate,
    oximeter,
    scale,
    sensor,
    thermometer,
    words,
)
from drivers.show.fields import Fields
from drivers.show.shown import Shown
from vitals.errors import HubError

CHARACTERISTICS: Mapping[str, Shown] = {
    uuid: shown
    for family in (
        words,
        battery,
        bonds,
        cgm,
        clocks,
        device,
        enhanced,
        heart_rate,
        oximeter,
        scale,
        sensor,
        thermometer,
    )
    for uuid, shown in family.SHOWN.items()
}


def fields(uuid: str, data: bytes) -> Fields:
    """Name every field of one frame.

    Parameters
    ----------
    uuid : str
        The characteristic, in four digits or in full, in any case.
    data : bytes
        The frame as it was on air.

    Raises
    ------
    DecodeError
        When the octets break the characteristic's rules.
    HubError
        When Hearth does not decode this characteristic.
    """
    return _characteristic(uuid).fields(data)


def describe(uuid: str, data: bytes) -> list[str]:
    """Say one frame in words, the result on the first line; parameters and errors as `fields`."""
    return _characteristic(uuid).words(data)


def _characteristic(uuid: str) -> Shown:
    known = CHARACTERISTICS.get(short_uuid(uuid))
    if known is None:
        raise HubError(
            f"Hearth does not decode this characteristic; it knows {len(CHARACTERISTICS)} others.",
            fix="Check the UUID. A new characteristic needs a codec in drivers/codecs.",
            code="DEC-02",
        )
    return known
