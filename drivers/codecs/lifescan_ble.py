"""OneTouch meters over Bluetooth: LifeScan's packets, one to a notification, behind one octet.

`01` begins the only part of a packet, `81` acknowledges it; the meter acknowledges ours alike and
answers nothing more until we do. A request's prefix is 04, an answer's 0C; xDrip asks with 03 and
is answered too, so the prefix of an answer is not looked at. A status follows it, 06 when all is
well. A record is asked for by the number of its test, which counts up through the meter's life;
its answer does not say the number.

Sources: xDrip VerioHelper; xavaro SafeHome BlueToothGlucoseOneTouch; otble.c by Jakob Kastelic, who
compared it with a capture of the maker's own app; glucometer-protocols, shared-binary-protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from drivers.codecs import lifescan
from drivers.codecs.cursor import Cursor
from drivers.codecs.lifescan import VERIO_IQ
from vitals.errors import DecodeError
from vitals.reading import DeviceTime

ACKNOWLEDGE = b"\x81"
ASK_CLOCK = bytes.fromhex("2002")
ASK_COUNT = bytes.fromhex("2700")
ASK_NEWEST = bytes.fromhex("0a0206")
MOST_NUMBERS = 0x10000  # a request has two octets for it

_ONLY_PART = 0x01
_PREFIX = 0x04
_RECORD = 0xB3
_SET_CLOCK = bytes.fromhex("2001")


class Status(IntEnum):
    """How an answer begins."""

    DONE = 0x06
    NOT_ALLOWED = 0x07  # the hub is not paired
    NOT_SUPPORTED = 0x08
    NO_SUCH_RECORD = 0x09


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer taken apart."""

    status_code: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: mg/dL whatever the display shows.

    `event` says that the meter marks it as no glucose result (octets 8 to 10).
    """

    time: DeviceTime
    mg_per_dl: Decimal
    control_solution: bool
    event: bool


def ask(message: bytes) -> bytes:
    """Return what to write to ask for something."""
    return bytes((_ONLY_PART,)) + lifescan.encode(bytes((_PREFIX,)) + message)


def ask_record(number: int) -> bytes:
    """Return what to write to ask for the record of one test."""
    return ask(bytes((_RECORD,)) + number.to_bytes(2, "little"))


def set_clock(time: DeviceTime) -> bytes:
    """Return what to write to set the clock; ValueError for a time that cannot be."""
    if time.local is None:
        raise ValueError("a clock can only be set to a time that is")
    seconds = int((time.local - VERIO_IQ.epoch).total_seconds())
    return ask(_SET_CLOCK + seconds.to_bytes(4, "little"))


def decode(data: bytes) -> Answer:
    """Take a notification with an answer apart.

    Raises
    ------
    DecodeError
        When it is an acknowledgement or one part of several, or the packet in it is not sound.
    """
    if data[:1] != bytes((_ONLY_PART,)):
        raise DecodeError("The notification holds no whole packet", at=0)
    message = lifescan.decode(data[1:]).message
    if len(message) < 2:  # noqa: PLR2004 - prefix and status
        raise DecodeError("The answer has no status", at=4)
    return Answer(status_code=message[1], data=message[2:])


def decode_clock(answer: Answer) -> DeviceTime:
    """Decode the answer to ASK_CLOCK: the meter's own local time; raises DecodeError."""
    cursor = _cursor(answer)
    seconds = cursor.u32("the clock")
    cursor.end()
    return lifescan.local_time(VERIO_IQ, seconds)


def decode_count(answer: Answer) -> int:
    """Decode the answer to ASK_COUNT: how many records the meter holds; raises DecodeError."""
    cursor = _cursor(answer)
    count = cursor.u16("the count")
    cursor.end()
    return count


def decode_newest(answer: Answer) -> int:
    """Decode the answer to ASK_NEWEST: the number of the last test; raises DecodeError."""
    cursor = _cursor(answer)
    number = cursor.u32("the number")
    cursor.end()
    return number


def decode_record(answer: Answer) -> Record:
    """Decode the answer to a request for a record; raises DecodeError.

    Notes
    -----
    Octet 7 is left alone: a Verio Reflect marks meals there, but the sources disagree on which
    mark is before and which after.
    """
    cursor = _cursor(answer)
    seconds = cursor.u32("the time")
    value = cursor.u16("the result")
    control = cursor.u8("the control mark")
    cursor.u8("the meal mark")
    marks = cursor.octets(3, "the marks")
    cursor.end()
    return Record(
        time=lifescan.local_time(VERIO_IQ, seconds),
        mg_per_dl=Decimal(value),
        control_solution=bool(control),
        event=any(marks),
    )


def _cursor(answer: Answer) -> Cursor:
    if answer.status_code != Status.DONE:
        raise DecodeError("The answer says that the meter did not do it", at=5)
    return Cursor(answer.data, "answer")
