"""Continuous Glucose Monitoring Service (181F): 2AA7, 2AA8, 2AA9, 2AAA, 2AAB.

Layouts: Bluetooth GATT Specification Supplement and CGM Service 1.0.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from drivers.codecs import date_time
from drivers.codecs.crc import e2e_crc
from drivers.codecs.cursor import Cursor
from drivers.codecs.ieee11073 import Number, read_sfloat
from vitals.reading import DeviceTime

CRC_OCTETS = 2
NO_CRC = 0xFFFF  # what the feature holds where the sensor has no E2E-CRC
_LEAST_OCTETS = 6
_NIBBLE = 0xF


class Flags(IntFlag):
    """Which fields follow in a record."""

    TREND = 1 << 0
    QUALITY = 1 << 1
    WARNING = 1 << 5
    CALIBRATION_TEMPERATURE = 1 << 6
    STATUS = 1 << 7


class Status(IntFlag):
    """How the sensor is."""

    SESSION_STOPPED = 1 << 0
    BATTERY_LOW = 1 << 1
    SENSOR_TYPE_INCORRECT = 1 << 2
    SENSOR_MALFUNCTION = 1 << 3
    DEVICE_SPECIFIC_ALERT = 1 << 4
    GENERAL_FAULT = 1 << 5


class CalibrationTemperature(IntFlag):
    """What the sensor needs, and whether it is too hot or too cold."""

    TIME_SYNC_REQUIRED = 1 << 0
    CALIBRATION_NOT_ALLOWED = 1 << 1
    CALIBRATION_RECOMMENDED = 1 << 2
    CALIBRATION_REQUIRED = 1 << 3
    TEMP_TOO_HIGH = 1 << 4
    TEMP_TOO_LOW = 1 << 5
    CALIBRATION_PENDING = 1 << 6


class Warning(IntFlag):  # noqa: A001 - the service's own word
    """What the value means for this patient and this sensor."""

    BELOW_PATIENT_LOW = 1 << 0
    ABOVE_PATIENT_HIGH = 1 << 1
    BELOW_HYPO = 1 << 2
    ABOVE_HYPER = 1 << 3
    RATE_DECREASE = 1 << 4
    RATE_INCREASE = 1 << 5
    BELOW_DEVICE_RANGE = 1 << 6
    ABOVE_DEVICE_RANGE = 1 << 7


class Feature(IntFlag):
    """What a sensor can do (2AA8)."""

    CALIBRATION = 1 << 0
    PATIENT_HIGH_LOW = 1 << 1
    HYPO = 1 << 2
    HYPER = 1 << 3
    RATE = 1 << 4
    DEVICE_SPECIFIC = 1 << 5
    SENSOR_MALFUNCTION = 1 << 6
    SENSOR_TEMPERATURE = 1 << 7
    SENSOR_RESULT_RANGE = 1 << 8
    LOW_BATTERY = 1 << 9
    SENSOR_TYPE_ERROR = 1 << 10
    GENERAL_FAULT = 1 << 11
    E2E_CRC = 1 << 12
    MULTIPLE_BONDS = 1 << 13
    MULTIPLE_SESSIONS = 1 << 14
    TREND = 1 << 15
    QUALITY = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A checksum as sent, None where there is none, and whether it is right."""

    crc: int | None
    crc_ok: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One glucose record, in mg/dL and minutes since the session began; None is "not sent"."""

    size: int
    flags: Flags
    glucose: Number
    time_offset_min: int
    status: Status | None
    calibration_temperature: CalibrationTemperature | None
    warning: Warning | None
    trend: Number | None
    quality: Number | None
    check: Checked
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Everything in 2AA8; type and location are the codes of `drivers.codecs.glucose`."""

    features: Feature
    type_code: int
    location_code: int
    crc_field: int
    crc_ok: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorStatus:
    """Everything in 2AA9."""

    time_offset_min: int
    status: Status
    calibration_temperature: CalibrationTemperature
    warning: Warning
    check: Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStart:
    """Everything in 2AAA; zone and daylight saving in quarter hours."""

    start: DeviceTime
    zone_quarters: int
    dst_quarters: int
    check: Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTime:
    """Everything in 2AAB: how long a sensor lasts."""

    hours: int
    check: Checked


def decode_measurement(data: bytes) -> tuple[Record, ...]:
    """Decode a CGM Measurement (2AA7): one record or several, one after another.

    A record with a wrong checksum is returned and says so: it must not become a reading.

    Raises
    ------
    DecodeError
        When a record's size does not fit its flags or the frame, or there is none.
    """
    cursor = Cursor(data, "CGM measurement")
    records = [_record(cursor, data)]
    while cursor.left:
        records.append(_record(cursor, data))
    return tuple(records)


def _record(cursor: Cursor, data: bytes) -> Record:
    start = len(data) - cursor.left
    size = cursor.u8("record size")
    if size < _LEAST_OCTETS:
        raise cursor.refuse("has a record of a size that no record has")
    octets = bytes((size,)) + cursor.octets(size - 1, "record")
    inner = Cursor(octets, "CGM record")
    inner.u8("record size")
    flags = Flags(inner.u8("flags"))
    glucose, offset = read_sfloat(inner, "glucose"), inner.u16("time offset")
    status = Status(inner.u8("status")) if Flags.STATUS in flags else None
    calibration = (
        CalibrationTemperature(inner.u8("calibration status"))
        if Flags.CALIBRATION_TEMPERATURE in flags
        else None
    )
    warning = Warning(inner.u8("warning")) if Flags.WARNING in flags else None
    trend = read_sfloat(inner, "trend") if Flags.TREND in flags else None
    quality = read_sfloat(inner, "quality") if Flags.QUALITY in flags else None
    check = read_check(inner, octets)
    if inner.left:
        raise cursor.refuse(f"has a record at octet {start} that is longer than its fields")
    return Record(
        size=size,
        flags=flags,
        glucose=glucose,
        time_offset_min=offset,
        status=status,
        calibration_temperature=calibration,
        warning=warning,
        trend=trend,
        quality=quality,
        check=check,
        octets=octets,
    )


def decode_feature(data: bytes) -> Features:
    """Decode a CGM Feature (2AA8), six octets; the checksum counts only where it is supported."""
    cursor = Cursor(data, "CGM feature")
    features = Feature(int.from_bytes(cursor.octets(3, "features"), "little"))
    place = cursor.u8("type and location")
    crc = cursor.u16("checksum")
    cursor.end()
    supported = Feature.E2E_CRC in features
    return Features(
        features=features,
        type_code=place & _NIBBLE,
        location_code=place >> 4,
        crc_field=crc,
        crc_ok=crc == e2e_crc(data[:-CRC_OCTETS]) if supported else None,
    )


def decode_status(data: bytes) -> SensorStatus:
    """Decode a CGM Status (2AA9): five octets, seven with a checksum."""
    cursor = Cursor(data, "CGM status")
    found = SensorStatus(
        time_offset_min=cursor.u16("time offset"),
        status=Status(cursor.u8("status")),
        calibration_temperature=CalibrationTemperature(cursor.u8("calibration status")),
        warning=Warning(cursor.u8("warning")),
        check=read_check(cursor, data),
    )
    cursor.end()
    return found


def decode_session_start(data: bytes) -> SessionStart:
    """Decode a CGM Session Start Time (2AAA): nine octets, eleven with a checksum."""
    cursor = Cursor(data, "CGM session start time")
    start = date_time.read(cursor, "start")
    zone = int.from_bytes(cursor.octets(1, "time zone"), "little", signed=True)
    found = SessionStart(
        start=start,
        zone_quarters=zone,
        dst_quarters=cursor.u8("daylight saving"),
        check=read_check(cursor, data),
    )
    cursor.end()
    return found


def decode_run_time(data: bytes) -> RunTime:
    """Decode a CGM Session Run Time (2AAB): two octets, four with a checksum."""
    cursor = Cursor(data, "CGM session run time")
    found = RunTime(hours=cursor.u16("hours"), check=read_check(cursor, data))
    cursor.end()
    return found


def read_check(cursor: Cursor, octets: bytes) -> Checked:
    """Take the checksum, if anything is left for one; it covers all octets before it."""
    if not cursor.left:
        return Checked(crc=None, crc_ok=None)
    before = octets[: len(octets) - cursor.left]
    crc = cursor.u16("checksum")
    return Checked(crc=crc, crc_ok=crc == e2e_crc(before))
