"""Beurer BM65 by cable: nine octets a record, no checksum.

Source: a reader of the serial BM65 (PySerial, 4800 8N1; published without a name), which has the
layout, and roose242/bmdump for the HID models BM55, BM58 and BM65, which has the same eight octets
after the header and the user in the top bit of the day. bmdump also clears the top bits of month
and year: they are the BM55's and BM58's marks for movement and irregular pulse. Nobody says what
they are on a BM65, so they are no flag here; the raw record keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from drivers.codecs.cursor import Cursor
from vitals.reading import DeviceTime

PING = b"\xaa"
PRESENT = b"\x55"
COUNT = b"\xa2"
RECORD_OCTETS = 9

_ASK_RECORD = 0xA3
_HEADER = 0xAC
_LEAST_MMHG = 25
_CENTURY = 2000
_TOP = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One measurement: mmHg, beats a minute, the cuff's clock to the minute, user 1 or 2."""

    systolic_mmhg: Decimal
    diastolic_mmhg: Decimal
    pulse_bpm: Decimal
    time: DeviceTime
    user: int


def ask(number: int) -> bytes:
    """Return the request for record `number`, counted from 1."""
    return bytes((_ASK_RECORD, number))


def decode(data: bytes) -> Record:
    """Decode one record.

    Raises
    ------
    DecodeError
        When there are not exactly nine octets, or they do not begin with 0xAC.
    """
    cursor = Cursor(data, "blood pressure record")
    if cursor.u8("the header") != _HEADER:
        raise cursor.refuse("does not begin with its header")
    systolic, diastolic, pulse = (cursor.u8(name) for name in ("systolic", "diastolic", "pulse"))
    month, day, hour, minute, year = (cursor.u8("the time") for _ in range(5))
    cursor.end()
    return Record(
        systolic_mmhg=Decimal(systolic + _LEAST_MMHG),
        diastolic_mmhg=Decimal(diastolic + _LEAST_MMHG),
        pulse_bpm=Decimal(pulse),
        time=DeviceTime(
            year=_CENTURY + (year & ~_TOP),
            month=month & ~_TOP,
            day=day & ~_TOP,
            hour=hour,
            minute=minute,
            second=0,  # the cuff keeps none
        ),
        user=2 if day & _TOP else 1,
    )
