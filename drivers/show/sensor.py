"""Generic Health Sensor Service, shown: one segment that holds a whole numeric observation."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import health_sensor
from drivers.codecs.health_sensor import ControlCode, NumericObservation, ObservationClass
from drivers.codecs.ieee11073 import text
from drivers.show.clocks import elapsed
from drivers.show.fields import Fields, name
from drivers.show.shown import Shown, plain

_RECORD_OCTETS = 4


def live_fields(data: bytes) -> Fields:
    """Name the fields of a Live Health Observation (2B8B)."""
    return _segment(data, 0)


def stored_fields(data: bytes) -> Fields:
    """Name the fields of a Stored Health Observation (2BDD): a record number stands in front."""
    return _segment(data, _RECORD_OCTETS)


def control_fields(data: bytes) -> Fields:
    """Name the code of a GHS Control Point message (2BF4)."""
    return {"code": name(ControlCode, health_sensor.decode_control(data))}


def control_words(data: bytes) -> list[str]:
    """Say a GHS Control Point message."""
    code = health_sensor.decode_control(data)
    asks = code in {ControlCode.START_LIVE, ControlCode.STOP_LIVE}
    return [f"{'request' if asks else 'answer'}: {plain(name(ControlCode, code))}"]


def _segment(data: bytes, before: int) -> Fields:
    sent = health_sensor.decode_segment(data)
    fields: Fields = {"first": sent.first, "last": sent.last, "segment": sent.number}
    if not (sent.first and sent.last):
        return fields | {"payload": sent.payload.hex()}
    if before:
        fields["record"] = int.from_bytes(sent.payload[:before], "little")
    return fields | _numeric(health_sensor.decode_numeric(sent.payload[before:]))


def _numeric(sent: NumericObservation) -> Fields:
    fields: Fields = {
        "class": int(ObservationClass.NUMERIC),
        "length": sent.length,
        "attr_flags": int(sent.attributes),
    }
    if sent.mdc_type is not None:
        fields["type_mdc"] = sent.mdc_type
    if sent.time is not None:
        fields["time"] = elapsed(sent.time)
    if sent.patient is not None:
        fields["patient"] = sent.patient
    return fields | {"unit_mdc": sent.mdc_unit, "value": text(sent.value)}


def _words(data: bytes, before: int) -> list[str]:
    fields = _segment(data, before)
    if "value" not in fields:
        return [f"segment {fields['segment']} of a health observation"]
    what = fields.get("type_mdc", "unknown")
    lines = [f"{fields['value']} in unit {fields['unit_mdc']}, of type {what} (MDC codes)"]
    return [*lines, f"patient {fields['patient']} of the sensor"] if "patient" in fields else lines


SHOWN: Mapping[str, Shown] = {
    "2b8b": Shown(
        title="Live Health Observations", fields=live_fields, words=lambda data: _words(data, 0)
    ),
    "2bdd": Shown(
        title="Stored Health Observations",
        fields=stored_fields,
        words=lambda data: _words(data, _RECORD_OCTETS),
    ),
    "2bf4": Shown(title="GHS Control Point", fields=control_fields, words=control_words),
}
