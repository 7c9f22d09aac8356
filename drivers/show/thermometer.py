"""Health Thermometer Service, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import thermometer
from drivers.codecs.ieee11073 import text
from drivers.show.fields import Fields, name
from drivers.show.shown import Shown, amount, clock, in_words, plain


def measurement_fields(data: bytes) -> Fields:
    """Name the fields of a Temperature Measurement (2A1C) or an intermediate one (2A1E)."""
    sent = thermometer.decode_measurement(data)
    unit = sent.flags.unit.ucum.strip("[]")
    fields: Fields = {"flags": int(sent.flags), "value": text(sent.temperature), "unit": unit}
    if sent.time is not None:
        fields["timestamp"] = str(sent.time)
    if sent.site_code is not None:
        fields["site"] = name(thermometer.Site, sent.site_code)
    return fields


def measurement_words(data: bytes) -> list[str]:
    """Say a Temperature Measurement."""
    sent = thermometer.decode_measurement(data)
    parts = [amount(sent.temperature, sent.flags.unit.text)]
    if sent.site_code is not None:
        parts.append(plain(name(thermometer.Site, sent.site_code)))
    if sent.time is not None:
        parts.append(clock(sent.time))
    return [", ".join(parts)]


def intermediate_words(data: bytes) -> list[str]:
    """Say an Intermediate Temperature."""
    return [f"{measurement_words(data)[0]} while measuring", "not a result"]


def type_fields(data: bytes) -> Fields:
    """Name the site in a Temperature Type (2A1D)."""
    return {"site": name(thermometer.Site, thermometer.decode_type(data))}


def interval_fields(data: bytes) -> Fields:
    """Name the field of a Measurement Interval (2A21)."""
    return {"seconds": thermometer.decode_interval(data)}


SHOWN: Mapping[str, Shown] = {
    "2a1c": Shown(
        title="Temperature Measurement", fields=measurement_fields, words=measurement_words
    ),
    "2a1d": Shown(title="Temperature Type", fields=type_fields, words=in_words(type_fields)),
    "2a1e": Shown(
        title="Intermediate Temperature", fields=measurement_fields, words=intermediate_words
    ),
    "2a21": Shown(
        title="Measurement Interval", fields=interval_fields, words=in_words(interval_fields)
    ),
}
