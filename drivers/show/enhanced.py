"""Enhanced Blood Pressure, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import enhanced_blood_pressure as enhanced
from drivers.codecs.blood_pressure import UNKNOWN_USER
from drivers.codecs.ieee11073 import text
from drivers.show.fields import Fields, names
from drivers.show.shown import Shown, amount, clock, plain
from drivers.show.words import RANGE_WORDS
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
    lines = [", ".join([result, *_remarks(sent.details, sent.flags.epoch)])]
    if not isinstance(sent.mean, Absent):
        lines.append(f"mean {text(sent.mean)} {unit}")
    return lines + _user(sent.details)


def cuff_words(data: bytes) -> list[str]:
    """Say an Enhanced Intermediate Cuff Pressure."""
    sent = enhanced.decode_cuff_pressure(data)
    now = f"cuff pressure {amount(sent.cuff_pressure, sent.flags.unit.text)} while measuring"
    remarks = _remarks(sent.details, sent.flags.epoch)
    return [", ".join([now, *remarks]), "not a result", *_user(sent.details)]


def record_words(data: bytes) -> list[str]:
    """Say a Blood Pressure Record: which piece of which value it is."""
    sent = enhanced.decode_record(data)
    pieces = {(True, True): "whole", (True, False): "first piece", (False, True): "last piece"}
    piece = pieces.get((sent.first, sent.last), "a piece")
    return [f"record {sent.sequence} of {sent.uuid.upper()}, {piece} (segment {sent.segment})"]


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


def _remarks(details: enhanced.Details, epoch: int) -> list[str]:
    parts = []
    if details.pulse_rate is not None:
        parts.append(f"pulse {text(details.pulse_rate)}")
    if details.status is not None and details.pulse_range is not None:
        parts += map(plain, names(details.status))
        parts += RANGE_WORDS.get(details.pulse_range, [])
    for seconds in (details.time_s, details.user_facing_time_s):
        if seconds is not None:
            parts.append(clock(enhanced.moment(epoch, seconds)))
    return parts


def _user(details: enhanced.Details) -> list[str]:
    if details.user_id in {None, UNKNOWN_USER}:
        return []
    return [f"user {details.user_id} of the cuff"]


SHOWN: Mapping[str, Shown] = {
    "2b34": Shown(
        title="Enhanced Blood Pressure Measurement",
        fields=measurement_fields,
        words=measurement_words,
    ),
    "2b35": Shown(
        title="Enhanced Intermediate Cuff Pressure", fields=cuff_fields, words=cuff_words
    ),
    "2b36": Shown(title="Blood Pressure Record", fields=record_fields, words=record_words),
}
