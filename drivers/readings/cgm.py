"""One continuous glucose record, with the start of its session → Reading.

A record (2AA7) tells minutes since the session began; when that was stands in 2AAA. So the session
puts both together: nine octets of 2AAA, then the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.codecs import cgm
from drivers.codecs.cgm import CalibrationTemperature, Record, Status
from drivers.frame import Frame
from drivers.readings.common import timing
from vitals.quantity import Quantity, Unit
from vitals.reading import (
    Context,
    DeviceTime,
    Flag,
    ImpossibleReadingError,
    Kind,
    Reading,
    SampleLocation,
    Value,
)

START_OCTETS = 9
SOURCE = "cgm-record"

_STATUS: Mapping[Status, Flag] = {
    Status.SESSION_STOPPED: Flag.SESSION_STOPPED,
    Status.BATTERY_LOW: Flag.BATTERY_LOW,
    Status.SENSOR_TYPE_INCORRECT: Flag.WRONG_STRIP,
    Status.SENSOR_MALFUNCTION: Flag.SENSOR_FAULT,
    Status.DEVICE_SPECIFIC_ALERT: Flag.DEVICE_ALERT,
    Status.GENERAL_FAULT: Flag.GENERAL_FAULT,
}
_CALIBRATION: Mapping[CalibrationTemperature, Flag] = {
    CalibrationTemperature.TIME_SYNC_REQUIRED: Flag.TIME_FAULT,
    CalibrationTemperature.CALIBRATION_RECOMMENDED: Flag.CALIBRATION_DUE,
    CalibrationTemperature.CALIBRATION_REQUIRED: Flag.CALIBRATION_DUE,
    CalibrationTemperature.TEMP_TOO_HIGH: Flag.TEMPERATURE_TOO_HIGH,
    CalibrationTemperature.TEMP_TOO_LOW: Flag.TEMPERATURE_TOO_LOW,
}
_WARNING: Mapping[cgm.Warning, Flag] = {
    cgm.Warning.BELOW_DEVICE_RANGE: Flag.RESULT_TOO_LOW,
    cgm.Warning.ABOVE_DEVICE_RANGE: Flag.RESULT_TOO_HIGH,
}


def cgm_reading(frame: Frame) -> Reading:
    """Turn session start and record into a reading of interstitial glucose in mg/dL.

    Raises
    ------
    DecodeError
        When the octets break the rules of either characteristic.
    ImpossibleReadingError
        When the checksum is wrong, or there is not just one record.
    """
    start = cgm.decode_session_start(frame.data[:START_OCTETS])
    records = cgm.decode_measurement(frame.data[START_OCTETS:])
    if len(records) != 1:
        raise ImpossibleReadingError("a reading is made of one record at a time")
    record = records[0]
    if record.check.crc_ok is False:
        raise ImpossibleReadingError("the record's checksum is wrong")
    return Reading(
        kind=Kind.GLUCOSE,
        values={
            Quantity.GLUCOSE_INTERSTITIAL_FLUID: Value(number=record.glucose, unit=Unit.MG_PER_DL)
        },
        timing=timing(frame, moment(start.start, record.time_offset_min)),
        meter=frame.meter,
        frames=(frame.raw,),
        sequence=record.time_offset_min,
        flags=_flags(record),
        context=Context(sample_location=SampleLocation.SUBCUTANEOUS),
    )


def moment(start: DeviceTime, minutes: int) -> DeviceTime:
    """Return the sensor's own time so many minutes after the session began.

    A session that was never given a start keeps its zeros, and one that begins at the end of all
    days its minutes: such times name no moment.
    """
    at = replace(start, offset_min=minutes).local
    if at is None:
        return replace(start, offset_min=minutes)
    return DeviceTime(
        year=at.year, month=at.month, day=at.day, hour=at.hour, minute=at.minute, second=at.second
    )


def _flags(record: Record) -> frozenset[Flag]:
    found = {_STATUS[bit] for bit in record.status or () if bit in _STATUS}
    found |= {
        _CALIBRATION[bit] for bit in record.calibration_temperature or () if bit in _CALIBRATION
    }
    found |= {_WARNING[bit] for bit in record.warning or () if bit in _WARNING}
    return frozenset(found)
