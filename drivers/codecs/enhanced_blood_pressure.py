"""Enhanced Blood Pressure: measurement 2B34, intermediate 2B35, record 2B36.

Layouts: Bluetooth GATT Specification Supplement, Enhanced Blood Pressure Measurement, Enhanced
Intermediate Cuff Pressure, Blood Pressure Record. Times are seconds since 1900 or 2000. A record
is an envelope: pieces of another characteristic's value, by sequence number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntFlag

from drivers.codecs.blood_pressure import PulseRange, Status
from drivers.codecs.cursor import Cursor
from drivers.codecs.ieee11073 import Number, read_sfloat
from vitals.quantity import Unit
from vitals.reading import DeviceTime

EPOCHS = (1900, 2000)
_PULSE_RANGE_SHIFT = 3
_SEGMENT_SHIFT = 2


class Flags(IntFlag):
    """Which unit the pressures are in, which fields follow, and what their times count from."""

    KPA = 1 << 0
    TIME = 1 << 1
    PULSE_RATE = 1 << 2
    USER_ID = 1 << 3
    STATUS = 1 << 4
    USER_FACING_TIME = 1 << 5
    EPOCH_2000 = 1 << 6

    @property
    def unit(self) -> Unit:
        """Return the unit of the pressures."""
        return Unit.KPA if Flags.KPA in self else Unit.MMHG

    @property
    def epoch(self) -> int:
        """Return the year from whose first second the times count."""
        return EPOCHS[Flags.EPOCH_2000 in self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What may follow the pressures; None is "not sent". Times in seconds of `flags.epoch`."""

    time_s: int | None
    pulse_rate: Number | None
    user_id: int | None
    status: Status | None
    user_facing_time_s: int | None

    @property
    def pulse_range(self) -> PulseRange | None:
        """Return where the pulse rate lies, None without a status."""
        if self.status is None:
            return None
        return PulseRange(int(self.status) >> _PULSE_RANGE_SHIFT & 0b11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything in one 2B34 frame."""

    flags: Flags
    systolic: Number
    diastolic: Number
    mean: Number
    details: Details


@dataclass(frozen=True, slots=True, kw_only=True)
class CuffPressure:
    """Everything in one 2B35 frame: the pressure now, while measuring. Never a result."""

    flags: Flags
    cuff_pressure: Number
    details: Details


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One piece of a stored value; `uuid` is the characteristic it belongs to."""

    first: bool
    last: bool
    segment: int
    sequence: int
    uuid: str
    payload: bytes


def decode_measurement(data: bytes) -> Measurement:
    """Decode an Enhanced Blood Pressure Measurement (2B34).

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say.
    """
    cursor = Cursor(data, "enhanced blood pressure measurement")
    flags = Flags(cursor.u8("flags"))
    measurement = Measurement(
        flags=flags,
        systolic=read_sfloat(cursor, "systolic"),
        diastolic=read_sfloat(cursor, "diastolic"),
        mean=read_sfloat(cursor, "mean arterial pressure"),
        details=_details(cursor, flags),
    )
    cursor.end()
    return measurement


def decode_cuff_pressure(data: bytes) -> CuffPressure:
    """Decode an Enhanced Intermediate Cuff Pressure (2B35); raises DecodeError likewise."""
    cursor = Cursor(data, "enhanced intermediate cuff pressure")
    flags = Flags(cursor.u8("flags"))
    pressure = CuffPressure(
        flags=flags,
        cuff_pressure=read_sfloat(cursor, "cuff pressure"),
        details=_details(cursor, flags),
    )
    cursor.end()
    return pressure


def decode_record(data: bytes) -> Record:
    """Decode a Blood Pressure Record (2B36): five octets and a piece of at least one.

    Whether it ends with an E2E-CRC is told by the feature, not by the record: the caller cuts it.
    """
    cursor = Cursor(data, "blood pressure record")
    header = cursor.u8("segmentation header")
    sequence = cursor.u16("sequence number")
    uuid = cursor.u16("characteristic")
    return Record(
        first=bool(header & 1),
        last=bool(header & 2),
        segment=header >> _SEGMENT_SHIFT,
        sequence=sequence,
        uuid=f"{uuid:04x}",
        payload=cursor.octets(max(cursor.left, 1), "payload"),
    )


def moment(epoch: int, seconds: int) -> DeviceTime:
    """Return the cuff's own time so many seconds, of four octets, after the epoch began."""
    at = datetime(epoch, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001 - a cuff has no zone
    return DeviceTime(
        year=at.year, month=at.month, day=at.day, hour=at.hour, minute=at.minute, second=at.second
    )


def _details(cursor: Cursor, flags: Flags) -> Details:
    time_s = cursor.u32("time stamp") if Flags.TIME in flags else None
    pulse = read_sfloat(cursor, "pulse rate") if Flags.PULSE_RATE in flags else None
    user = cursor.u8("user id") if Flags.USER_ID in flags else None
    status = Status(cursor.u16("status")) if Flags.STATUS in flags else None
    facing = cursor.u32("user-facing time") if Flags.USER_FACING_TIME in flags else None
    return Details(
        time_s=time_s, pulse_rate=pulse, user_id=user, status=status, user_facing_time_s=facing
    )
