"""Look into one frame: which characteristics Hearth decodes, as fields and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers import fields as named
from drivers import words
from drivers.fields import Fields
from drivers.frame import short_uuid
from vitals.errors import HubError


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic:
    """One characteristic Hearth decodes: its assigned name and two ways to show a frame."""

    title: str
    fields: Callable[[bytes], Fields]
    words: Callable[[bytes], list[str]]


CHARACTERISTICS: Mapping[str, Characteristic] = {
    "2a08": Characteristic(title="Date Time", fields=named.time_fields, words=words.time_words),
    "2a18": Characteristic(
        title="Glucose Measurement", fields=named.glucose_fields, words=words.glucose_words
    ),
    "2a34": Characteristic(
        title="Glucose Measurement Context",
        fields=named.glucose_context_fields,
        words=words.glucose_context_words,
    ),
    "2a35": Characteristic(
        title="Blood Pressure Measurement",
        fields=named.blood_pressure_fields,
        words=words.blood_pressure_words,
    ),
    "2a36": Characteristic(
        title="Intermediate Cuff Pressure",
        fields=named.cuff_pressure_fields,
        words=words.cuff_pressure_words,
    ),
    "2a49": Characteristic(
        title="Blood Pressure Feature",
        fields=named.blood_pressure_feature_fields,
        words=words.blood_pressure_feature_words,
    ),
    "2a51": Characteristic(
        title="Glucose Feature",
        fields=named.glucose_feature_fields,
        words=words.glucose_feature_words,
    ),
    "2a52": Characteristic(
        title="Record Access Control Point", fields=named.racp_fields, words=words.racp_words
    ),
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


def _characteristic(uuid: str) -> Characteristic:
    known = CHARACTERISTICS.get(short_uuid(uuid))
    if known is None:
        raise HubError(
            f"Hearth does not decode this characteristic; it knows {', '.join(CHARACTERISTICS)}",
            fix="Check the UUID. A new characteristic needs a codec in drivers/codecs.",
            code="DEC-02",
        )
    return known
