"""Omron cuffs that are read like a memory: frames, and the records of one family.

`length type(2) address(2) size data… 00 xor`: numbers high octet first, and all octets of a frame
together, exclusive or, are 0. A frame is spread over four characteristics of 16 octets each. Only
reading is written here; a wrong write could reach a cuff's calibration.

A record has 14 octets, high bits first: diastolic 8, systolic less 25 8, year from 2000 8, pulse 8,
movement 1, irregular 1, month 4, day 5, hour 5, unknown 4, minute 6, second 6; the rest is unknown.

Sources, which agree: userx14/omblepy (hem-7322t.py, hem-7280t.py, omblepy.py) and eigger/hass-omron
(record_parsers.py, memory_protocol.py, device_catalog.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import xor

from drivers.codecs.cursor import Cursor
from vitals.errors import DecodeError
from vitals.reading import DeviceTime

RECORD_OCTETS = 14
CLOCK_OCTETS = 10
CHANNEL_OCTETS = 16
START = bytes.fromhex("0800000000100018")
END = bytes.fromhex("080f000000000007")
STARTED = bytes.fromhex("8000")
READ = bytes.fromhex("8100")
ENDED = bytes.fromhex("8f00")  # also when a command is refused

_AROUND = 8
_MOST_OCTETS = 64
_ASK_READ = bytes.fromhex("0100")
_CENTURY = 2000
_SYSTOLIC_LESS = 25
_MOST_SYSTOLIC = 0xE1
_LAST_SECOND = 59


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One frame of a cuff taken apart; `code` is not 0 where it refuses."""

    type: bytes
    address: int
    data: bytes
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One result in mmHg and beats a minute.

    `time_fault` says that the cuff wrote a second above 59, which is told as 59.
    """

    time: DeviceTime
    systolic: Decimal
    diastolic: Decimal
    pulse: Decimal
    irregular: bool
    movement: bool
    time_fault: bool


def read(address: int, size: int) -> bytes:
    """Return the command that reads so many octets of the memory."""
    body = bytes((_AROUND,)) + _ASK_READ + address.to_bytes(2, "big") + bytes((size, 0))
    return body + bytes((_xor(body),))


def decode(frame: bytes) -> Answer:
    """Take a frame of a cuff apart.

    Raises
    ------
    DecodeError
        When it is not as long as it says, or its octets do not cancel out.
    """
    if len(frame) < _AROUND or frame[0] != len(frame):
        raise DecodeError("The frame is not as long as it says", at=0)
    if _xor(frame):
        raise DecodeError("The frame's check does not fit it", at=len(frame) - 1)
    size, held = frame[5], frame[6:-2]
    refused = len(held) < size or frame[1:3] != READ
    if frame[1:3] == READ and len(held) not in {0, size}:
        raise DecodeError("The frame holds another number of octets than it says", at=5)
    return Answer(
        type=frame[1:3],
        address=int.from_bytes(frame[3:5], "big"),
        data=b"" if refused else held,
        code=frame[6] if refused else 0,
    )


def decode_clock(data: bytes) -> DeviceTime:
    """Decode the ten octets of the settings that hold the cuff's clock; raises DecodeError."""
    cursor = Cursor(data, "clock")
    cursor.octets(2, "the flags")
    month, year, hour, day, second, minute = cursor.octets(6, "the time")
    cursor.u8("the filler")
    if cursor.u8("the sum") != sum(data[:8]) & 0xFF:
        raise cursor.refuse("has a sum that does not fit it")
    cursor.end()
    return DeviceTime(
        year=_CENTURY + year, month=month, day=day, hour=hour, minute=minute, second=second
    )


def is_empty(record: bytes) -> bool:
    """Tell whether a slot of the memory was never written."""
    return set(record) <= {0xFF} or set(record) <= {0x00}


def decode_record(data: bytes) -> Record:
    """Decode one slot of the memory.

    Raises
    ------
    DecodeError
        When it is not 14 octets, is empty, or its systolic pressure is beyond what the cuffs write.
    """
    cursor = Cursor(data, "record")
    cursor.octets(RECORD_OCTETS, "the record")
    cursor.end()
    if is_empty(data) or data[1] > _MOST_SYSTOLIC:
        raise DecodeError("The slot holds no result", at=1)
    bits = int.from_bytes(data[4:8], "big")
    second = bits & 0x3F
    return Record(
        time=DeviceTime(
            year=_CENTURY + data[2],
            month=bits >> 26 & 0x0F,
            day=bits >> 21 & 0x1F,
            hour=bits >> 16 & 0x1F,
            minute=bits >> 6 & 0x3F,
            second=min(second, _LAST_SECOND),
        ),
        systolic=Decimal(data[1] + _SYSTOLIC_LESS),
        diastolic=Decimal(data[0]),
        pulse=Decimal(data[3]),
        irregular=bool(bits >> 30 & 1),
        movement=bool(bits >> 31 & 1),
        time_fault=second > _LAST_SECOND,
    )


class Assembler:
    """Joins what came on the four channels into frames, in whatever order it came."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self._parts: dict[int, bytes] = {}

    def feed(self, channel: int, data: bytes) -> bytes | None:
        """Take what came on a channel, 0 to 3; return the frame that it completes."""
        self._parts[channel] = data
        first = self._parts.get(0)
        if not first or not _AROUND <= first[0] <= _MOST_OCTETS:
            return None
        needed = range(-(-first[0] // CHANNEL_OCTETS))
        if not all(one in self._parts for one in needed):
            return None
        frame = b"".join(self._parts[one] for one in needed)[: first[0]]
        self._parts.clear()
        return frame

    def broke(self) -> None:
        """Give up a frame whose rest never came."""
        self._parts.clear()


def _xor(octets: bytes) -> int:
    return reduce(xor, octets, 0)
