"""Continuous Glucose Monitoring Service, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import cgm, cgm_control, glucose
from drivers.codecs.cgm import Checked, Record
from drivers.codecs.crc import e2e_crc
from drivers.codecs.ieee11073 import text
from drivers.show.clocks import zone_words
from drivers.show.fields import Fields, name, names
from drivers.show.shown import Shown, amount, clock, listed, plain


def measurement_fields(data: bytes) -> Fields:
    """Name the fields of a CGM Measurement (2AA7), record by record."""
    return {"records": [_record(record) for record in cgm.decode_measurement(data)]}


def measurement_words(data: bytes) -> list[str]:
    """Say a CGM Measurement, a line a record."""
    return [_line(record) for record in cgm.decode_measurement(data)]


def feature_fields(data: bytes) -> Fields:
    """Name the abilities in a CGM Feature (2AA8)."""
    sent = cgm.decode_feature(data)
    return {
        "features": names(sent.features),
        "type": name(glucose.SampleType, sent.type_code),
        "sample_location": name(glucose.SampleLocation, sent.location_code),
        "crc_ok": sent.crc_ok,
        "crc_field": sent.crc_field,
    }


def status_fields(data: bytes) -> Fields:
    """Name the fields of a CGM Status (2AA9)."""
    sent = cgm.decode_status(data)
    return {
        "time_offset_min": sent.time_offset_min,
        "status": names(sent.status),
        "cal_temp": names(sent.calibration_temperature),
        "warning": names(sent.warning),
        **_check(sent.check),
    }


def start_fields(data: bytes) -> Fields:
    """Name the fields of a CGM Session Start Time (2AAA)."""
    sent = cgm.decode_session_start(data)
    return {
        "start": str(sent.start),
        "tz_quarter_hours": sent.zone_quarters,
        "dst_quarter_hours": sent.dst_quarters,
        **_check(sent.check),
    }


def start_words(data: bytes) -> list[str]:
    """Say a CGM Session Start Time."""
    sent = cgm.decode_session_start(data)
    zone = zone_words(sent.zone_quarters, sent.dst_quarters)
    return [f"the sensor's session began at {clock(sent.start)}", zone, *_doubt(sent.check)]


def feature_words(data: bytes) -> list[str]:
    """Say a CGM Feature."""
    sent = cgm.decode_feature(data)
    sample = plain(name(glucose.SampleType, sent.type_code))
    place = plain(name(glucose.SampleLocation, sent.location_code))
    lines = [f"can report: {listed(names(sent.features), 'nothing extra')}", f"{sample}, {place}"]
    return [*lines, *_doubt(Checked(crc=sent.crc_field, crc_ok=sent.crc_ok))]


def status_words(data: bytes) -> list[str]:
    """Say a CGM Status: how far the session is, then what the sensor noticed."""
    sent = cgm.decode_status(data)
    noticed = (sent.status, sent.calibration_temperature, sent.warning)
    said = listed([word for bits in noticed for word in names(bits)], "nothing noticed")
    return [f"{sent.time_offset_min} minutes into the session, {said}", *_doubt(sent.check)]


def run_time_words(data: bytes) -> list[str]:
    """Say a CGM Session Run Time."""
    sent = cgm.decode_run_time(data)
    return [f"the sensor lasts {sent.hours} hours", *_doubt(sent.check)]


def ops_words(data: bytes) -> list[str]:
    """Say a CGM control point message."""
    sent = cgm_control.decode(data)
    if sent.request_code is None or sent.response_code is None:
        return [f"request: {plain(name(cgm_control.Opcode, sent.opcode))}"]
    asked = plain(name(cgm_control.Opcode, sent.request_code))
    answer = f"answer to {asked}: {plain(name(cgm_control.Result, sent.response_code))}"
    return [answer, *_doubt(sent.check)]


def run_time_fields(data: bytes) -> Fields:
    """Name the field of a CGM Session Run Time (2AAB)."""
    sent = cgm.decode_run_time(data)
    return {"hours": sent.hours, **_check(sent.check)}


def ops_fields(data: bytes) -> Fields:
    """Name the fields of a CGM control point message (2AAC), and the checksum it should have."""
    sent = cgm_control.decode(data)
    fields: Fields = {"opcode": sent.opcode}
    if sent.request_code is None:
        fields["operand"] = sent.operand.hex()
    else:
        fields["request_opcode"] = sent.request_code
        fields["response_code"] = sent.response_code
    right = e2e_crc(data if sent.check.crc is None else data[: -cgm.CRC_OCTETS])
    return fields | _check(sent.check) | {"crc16": f"0x{right:04X}"}


def _record(record: Record) -> Fields:
    fields: Fields = {
        "size": record.size,
        "flags": int(record.flags),
        "glucose_mg_dL": text(record.glucose),
        "time_offset_min": record.time_offset_min,
    }
    if record.status is not None:
        fields["status"] = names(record.status)
    if record.calibration_temperature is not None:
        fields["cal_temp"] = names(record.calibration_temperature)
    if record.warning is not None:
        fields["warning"] = names(record.warning)
    if record.trend is not None:
        fields["trend_mg_dL_min"] = text(record.trend)
    if record.quality is not None:
        fields["quality_pct"] = text(record.quality)
    return fields | _check(record.check)


def _check(check: Checked) -> Fields:
    return {} if check.crc is None else {"crc": check.crc, "crc_ok": check.crc_ok}


def _doubt(check: Checked) -> list[str]:
    return ["checksum wrong"] if check.crc_ok is False else []


def _line(record: Record) -> str:
    parts = [
        amount(record.glucose, "mg/dL"),
        f"{record.time_offset_min} minutes into the session",
    ]
    for bits in (record.status, record.calibration_temperature, record.warning):
        parts += map(plain, names(bits)) if bits is not None else []
    if record.check.crc_ok is False:
        parts.append("checksum wrong: not a reading")
    return ", ".join(parts)


SHOWN: Mapping[str, Shown] = {
    "2aa7": Shown(title="CGM Measurement", fields=measurement_fields, words=measurement_words),
    "2aa8": Shown(title="CGM Feature", fields=feature_fields, words=feature_words),
    "2aa9": Shown(title="CGM Status", fields=status_fields, words=status_words),
    "2aaa": Shown(title="CGM Session Start Time", fields=start_fields, words=start_words),
    "2aab": Shown(title="CGM Session Run Time", fields=run_time_fields, words=run_time_words),
    "2aac": Shown(title="CGM Specific Ops Control Point", fields=ops_fields, words=ops_words),
}
