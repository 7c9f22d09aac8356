"""Date Time (2A08): seven octets, alone or inside other characteristics."""

from __future__ import annotations

import struct

from drivers.codecs.cursor import Cursor
from vitals.reading import DeviceTime

_LAYOUT = struct.Struct("<HBBBBB")


def decode(data: bytes) -> DeviceTime:
    """Decode a Date Time that stands alone.

    Raises
    ------
    DecodeError
        When there are not exactly seven octets.
    """
    cursor = Cursor(data, "date time")
    time = read(cursor, "the time")
    cursor.end()
    return time


def read(cursor: Cursor, field: str) -> DeviceTime:
    """Take a time exactly as the device sent it, or raise DecodeError when it is cut.

    Notes
    -----
    No value is refused. Year, month and day are 0 when unknown (GATT Specification Supplement,
    Date Time), and devices send worse, such as second 63 (Omron). A broken clock must not cost
    the measurement it came with: such a time is kept as sent and its `local` is None.
    """
    year, month, day, hour, minute, second = _LAYOUT.unpack(cursor.octets(_LAYOUT.size, field))
    return DeviceTime(year=year, month=month, day=day, hour=hour, minute=minute, second=second)


def encode(time: DeviceTime) -> bytes:
    """Write seven octets, to set a device's clock or to filter by time.

    Raises
    ------
    ValueError
        When the time carries an offset, which has no place here, or a part does not fit.
    """
    if time.offset_min:
        raise ValueError("a Date Time has no place for an offset")
    try:
        return _LAYOUT.pack(time.year, time.month, time.day, time.hour, time.minute, time.second)
    except struct.error as error:
        raise ValueError("a part of the time does not fit its octets") from error
