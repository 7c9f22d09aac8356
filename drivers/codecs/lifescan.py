"""LifeScan's binary protocol: packets with a CRC, and the messages of two meters on a cable.

`02 length link message 03 crc`: the length counts everything, the CRC is CRC-16/CCITT-FALSE over
everything before it, low octet first. A message begins with the model's prefix; in an answer a
status follows, 06 when all is well.

Sources: glucometers-tech/glucometer-protocols (shared-binary-protocol, onetouch-ultraeasy,
onetouch-verio-iq) and glucometerutils; Daniel Thompson's driver for the UltraEasy (2011), whose
recorded answers these functions are tested with; tidepool-org/uploader.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntFlag

from drivers.codecs.cursor import Cursor
from vitals.errors import DecodeError
from vitals.reading import DeviceTime, Meal

MAX_OCTETS = 64  # more than any answer of these meters; noise cannot announce a longer packet

_STX, _ETX = 0x02, 0x03
_AROUND = 6  # STX, length, link, ETX, two octets of CRC
_CRC_START = 0xFFFF
_OK = 0x06
_MEALS = {1: Meal.PREPRANDIAL, 2: Meal.POSTPRANDIAL}


class Link(IntFlag):
    """The link octet: one bit each of two counters, and what a packet without a message says."""

    SENT = 0x01
    EXPECTED = 0x02
    ACKNOWLEDGE = 0x04
    DISCONNECT = 0x08
    MORE = 0x10


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet taken apart."""

    link: Link
    message: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What differs between the models: a prefix, an epoch, and how each thing is asked for."""

    prefix: int
    epoch: datetime  # without a zone: the meters count local seconds
    ask_serial: bytes
    ask_version: bytes
    ask_clock: bytes
    ask_count: bytes
    set_clock: bytes  # seconds follow, as in a record
    counted: int  # the status of the answer to `ask_count`
    record: int  # the command that asks for a record
    linked: bool  # whether every packet is acknowledged

    def ask(self, number: int) -> bytes:
        """Return the message that asks for a record, counted from 0."""
        return bytes((self.prefix, self.record)) + number.to_bytes(2, "little")

    def set(self, time: DeviceTime) -> bytes:
        """Return the message that sets the clock; ValueError for a time that cannot be."""
        if time.local is None:
            raise ValueError("a clock can only be set to a time that is")
        seconds = int((time.local - self.epoch).total_seconds())
        return self.set_clock + seconds.to_bytes(4, "little")


ULTRA_EASY = Dialect(
    prefix=0x05,
    epoch=datetime(1970, 1, 1),  # noqa: DTZ001 - local to the meter
    ask_serial=bytes.fromhex("050b0200000000846ae87300"),
    ask_version=bytes.fromhex("050d02"),
    ask_clock=bytes.fromhex("05200200000000"),
    ask_count=bytes.fromhex("051ff501"),  # the record after the last of 501
    set_clock=bytes.fromhex("052001"),
    counted=0x0F,
    record=0x1F,
    linked=True,
)
VERIO_IQ = Dialect(
    prefix=0x03,
    epoch=datetime(2000, 1, 1),  # noqa: DTZ001 - local to the meter
    ask_serial=bytes.fromhex("030b0102"),
    ask_version=bytes.fromhex("030d01"),
    ask_clock=bytes.fromhex("032002"),
    ask_count=bytes.fromhex("032700"),
    set_clock=bytes.fromhex("032001"),
    counted=_OK,
    record=0x21,
    linked=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One result in mg/dL, which is what the meters keep even where the display shows mmol/L."""

    time: DeviceTime
    mg_per_dl: Decimal
    control_solution: bool = False
    meal: Meal | None = None


def encode(message: bytes, link: int = 0) -> bytes:
    """Return a message, or none, as a packet."""
    body = bytes((_STX, len(message) + _AROUND, link)) + message + bytes((_ETX,))
    return body + _crc(body)


def decode(data: bytes) -> Packet:
    """Take a packet apart.

    Raises
    ------
    DecodeError
        When its length, its ends or its CRC are not what they must be.
    """
    if len(data) < _AROUND or data[0] != _STX or data[1] != len(data):
        raise DecodeError("The packet is not as long as it says", at=min(1, len(data)))
    if data[-3] != _ETX:
        raise DecodeError("The packet does not end where it says", at=len(data) - 3)
    if data[-2:] != _crc(data[:-2]):
        raise DecodeError("The packet's CRC does not fit it", at=len(data) - 2)
    return Packet(link=Link(data[2] & 0x1F), message=data[3:-3])


def decode_serial(dialect: Dialect, message: bytes) -> str:
    """Decode the answer to `ask_serial`; raises DecodeError."""
    return _text(_answer(dialect, message, _OK))


def decode_version(dialect: Dialect, message: bytes) -> str:
    """Decode the answer to `ask_version`: version and date in one; raises DecodeError."""
    cursor = _answer(dialect, message, _OK)
    cursor.u8("the length of the version")  # Verio IQ ends it with NUL as well
    return _text(cursor)


def decode_clock(dialect: Dialect, message: bytes) -> DeviceTime:
    """Decode the answer to `ask_clock`; raises DecodeError."""
    cursor = _answer(dialect, message, _OK)
    seconds = cursor.u32("the clock")
    cursor.end()
    return local_time(dialect, seconds)


def decode_done(dialect: Dialect, message: bytes) -> None:
    """Decode the answer to `set`, which may hold the clock; raises DecodeError when it was not."""
    _answer(dialect, message, _OK)


def decode_count(dialect: Dialect, message: bytes) -> int:
    """Decode the answer to `ask_count`; raises DecodeError."""
    cursor = _answer(dialect, message, dialect.counted)
    count = cursor.u16("the count")
    cursor.end()
    return count


def decode_record(dialect: Dialect, message: bytes) -> Record:
    """Decode the answer to `ask`; raises DecodeError.

    The UltraEasy says nothing but time and value. The Verio IQ says whether it was control
    solution, and whether before or after a meal.
    """
    cursor = _answer(dialect, message, _OK)
    time = local_time(dialect, cursor.u32("the time"))
    if dialect is ULTRA_EASY:
        value = cursor.u32("the result")
        cursor.end()
        return Record(time=time, mg_per_dl=Decimal(value))
    value = cursor.u16("the result")
    control, meal = cursor.u8("the control mark"), cursor.u8("the meal mark")
    cursor.u16("the reserved octets")
    cursor.end()
    return Record(
        time=time,
        mg_per_dl=Decimal(value),
        control_solution=bool(control),
        meal=_MEALS.get(meal),
    )


class Framer:
    """Cuts a stream into whole packets, whatever pieces it comes in and whatever is between."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self._heard = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take a piece of the stream; return the packets that it completes."""
        self._heard += data
        packets = []
        while (packet := self._next()) is not None:
            packets.append(packet)
        return packets

    def silent(self) -> list[bytes]:
        """Give up a beginning that never got its end; return the packets found behind it."""
        packets = []
        while self._heard:
            self._heard = self._heard[1:]
            packets += self.feed(b"")
        return packets

    def _next(self) -> bytes | None:
        while True:
            start = self._heard.find(_STX)
            self._heard = b"" if start < 0 else self._heard[start:]
            if len(self._heard) < 2:  # noqa: PLR2004 - where the length is
                return None
            length = self._heard[1]
            if _AROUND <= length <= MAX_OCTETS:
                if len(self._heard) < length:
                    return None
                packet = self._heard[:length]
                if packet[-3] == _ETX and packet[-2:] == _crc(packet[:-2]):
                    self._heard = self._heard[length:]
                    return packet
            self._heard = self._heard[1:]


def _crc(data: bytes) -> bytes:
    return binascii.crc_hqx(data, _CRC_START).to_bytes(2, "little")


def _answer(dialect: Dialect, message: bytes, status: int) -> Cursor:
    cursor = Cursor(message, "answer")
    if cursor.u8("the prefix") != dialect.prefix:
        raise cursor.refuse("is another model's")
    if cursor.u8("the status") != status:
        raise cursor.refuse("says that the meter did not do it")
    return cursor


def _text(cursor: Cursor) -> str:
    octets = cursor.octets(cursor.left, "the text").rstrip(b"\0")
    if not (octets and octets.isascii() and octets.decode("ascii").isprintable()):
        raise cursor.refuse("holds no text")
    return octets.decode("ascii")


def local_time(dialect: Dialect, seconds: int) -> DeviceTime:
    """Return the meter's local time from the seconds since its epoch."""
    at = dialect.epoch + timedelta(seconds=seconds)
    return DeviceTime(
        year=at.year, month=at.month, day=at.day, hour=at.hour, minute=at.minute, second=at.second
    )
