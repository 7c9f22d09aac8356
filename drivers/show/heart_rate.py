"""Heart Rate Service, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import heart_rate
from drivers.show.fields import Fields, name
from drivers.show.shown import Shown, in_words, plain

_MS_PER_1024 = 1000 / 1024
_CONTACT = {None: "not_supported", True: "detected", False: "not_detected"}


def measurement_fields(data: bytes) -> Fields:
    """Name the fields of a Heart Rate Measurement (2A37)."""
    sent = heart_rate.decode_measurement(data)
    fields: Fields = {
        "flags": int(sent.flags),
        "heart_rate": sent.heart_rate,
        "contact": _CONTACT[sent.contact],
    }
    if sent.energy_kj is not None:
        fields["energy_kJ"] = sent.energy_kj
    if sent.rr_1024 is not None:
        fields["rr_1024"] = list(sent.rr_1024)
        fields["rr_ms"] = [round(one * _MS_PER_1024, 4) for one in sent.rr_1024]
    return fields


def measurement_words(data: bytes) -> list[str]:
    """Say a Heart Rate Measurement."""
    sent = heart_rate.decode_measurement(data)
    lines = [f"heart rate {sent.heart_rate} a minute, skin contact {plain(_CONTACT[sent.contact])}"]
    if sent.rr_1024:
        beats = ", ".join(f"{one * _MS_PER_1024:.0f}" for one in sent.rr_1024)
        lines.append(f"between beats: {beats} ms")
    return lines


def location_fields(data: bytes) -> Fields:
    """Name the place in a Body Sensor Location (2A38)."""
    return {"location": name(heart_rate.Location, heart_rate.decode_location(data))}


SHOWN: Mapping[str, Shown] = {
    "2a37": Shown(
        title="Heart Rate Measurement", fields=measurement_fields, words=measurement_words
    ),
    "2a38": Shown(
        title="Body Sensor Location", fields=location_fields, words=in_words(location_fields)
    ),
}
