"""Enhanced Blood Pressure, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import enhanced_blood_pressure as enhanced
from drivers.codecs.ieee11073 import text
from drivers.show.fields import Fields, names
from drivers.show.shown import Shown, amount, in_words, plain
from vitals.reading import Absent


def measurement_fields(data: bytes) -> Fields:
    """Name the fields of an Enhanced Blood Pressure Measurement (2B34)."""
    sent = enhanced.decode_measurement(data)
    return {
        "flags": int(sent.flags),
        "unit": sent.flags.unit.text,
        "systolic": text(sent.systolic),
        "diastolic": text(sent.diastolic),
        "map": text(sent.mean),
        **_details(sent.details),
        "epoch": sent.flags.epoch,
    }


def cuff_fields(data: bytes) -> Fields:
    """Name the fields of an Enhanced Intermediate Cuff Pressure (2B35)."""
    sent = enhanced.decode_cuff_pressure(data)
    return {
        "flags": int(sent.flags),
        "unit": sent.flags.unit.text,
        "cuff_pressure": text(sent.cuff_pressure),
        **_details(sent.details),
        "epoch": sent.flags.epoch,
    }


def record_fields(data: bytes) -> Fields:
    """Name the fields of a Blood Pressure Record (2B36)."""
    sent = enhanced.decode_record(data)
    return {
        "first": sent.first,
        "last": sent.last,
        "segment": sent.segment,
        "sequence": sent.sequence,
        "uuid": sent.uuid,
        "payload": sent.payload.hex(),
    }


def measurement_words(data: bytes) -> list[str]:
    """Say an Enhanced Blood Pressure Measurement."""
    sent = enhanced.decode_measurement(data)
    unit = sent.flags.unit.text
    result = f"{text(sent.systolic)}/{text(sent.diastolic)} {unit}"
    if isinstance(sent.systolic, Absent) and isinstance(sent.diastolic, Absent):
        result = f"no blood pressure (the cuff sent {text(sent.systolic)})"
    return [", ".join([result, *_remarks(sent.details)])]


def cuff_words(data: bytes) -> list[str]:
    """Say an Enhanced Intermediate Cuff Pressure."""
    sent = enhanced.decode_cuff_pressure(data)
    now = f"cuff pressure {amount(sent.cuff_pressure, sent.flags.unit.text)} while measuring"
    return [", ".join([now, *_remarks(sent.details)]), "not a result"]


def _details(details: enhanced.Details) -> Fields:
    fields: Fields = {}
    if details.time_s is not None:
        fields["timestamp_s"] = details.time_s
    if details.pulse_rate is not None:
        fields["pulse_rate"] = text(details.pulse_rate)
    if details.user_id is not None:
        fields["user_id"] = details.user_id
    if details.status is not None and details.pulse_range is not None:
        fields["status"] = names(details.status)
        fields["pulse_rate_range"] = details.pulse_range.name.lower()
    if details.user_facing_time_s is not None:
        fields["user_facing_time_s"] = details.user_facing_time_s
    return fields


def _remarks(details: enhanced.Details) -> list[str]:
    parts = []
    if details.pulse_rate is not None:
        parts.append(f"pulse {text(details.pulse_rate)}")
    if details.status is not None:
        parts += map(plain, names(details.status))
    return parts


SHOWN: Mapping[str, Shown] = {
    "2b34": Shown(
        title="Enhanced Blood Pressure Measurement",
        fields=measurement_fields,
        words=measurement_words,
    ),
    "2b35": Shown(
        title="Enhanced Intermediate Cuff Pressure", fields=cuff_fields, words=cuff_words
    ),
    "2b36": Shown(
        title="Blood Pressure Record", fields=record_fields, words=in_words(record_fields)
    ),
}
