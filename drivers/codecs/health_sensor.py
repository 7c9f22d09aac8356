"""Generic Health Sensor (1840): observations, live 2B8B and stored 2BDD, control point 2BF4.

Taken from philips-labs/BLE-GHS-Server-Simulator (2023) and not compared with the adopted GHS 1.0
text: no consumer device that speaks it was found. An observation comes in segments; only numeric
ones, with the attributes that the simulator writes, are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.codecs import elapsed_time
from drivers.codecs.cursor import Cursor
from drivers.codecs.elapsed_time import ElapsedTime
from drivers.codecs.ieee11073 import Number, read_float32

_SEGMENT_SHIFT = 2
_LAST_SEGMENT = 0x3F
_MAX_OCTETS = 4096


class ObservationClass(IntEnum):
    """What kind of value an observation has."""

    NUMERIC = 1
    DISCRETE = 2
    STRING = 3
    SAMPLE_ARRAY = 4
    COMPOUND_DISCRETE_EVENT = 5
    COMPOUND_STATE = 6
    COMPOUND = 7
    TLV = 8
    BUNDLE = 0xFF


class ControlCode(IntEnum):
    """What is written to the control point, and what it answers; one octet each."""

    START_LIVE = 0x01
    STOP_LIVE = 0x02
    OK = 0x80
    BUSY_OR_UNKNOWN = 0x81
    ERROR = 0x82


class Attribute(IntFlag):
    """Which attributes follow."""

    TYPE = 1 << 0
    TIME = 1 << 1
    DURATION = 1 << 2
    STATUS = 1 << 3
    OBJECT_ID = 1 << 4
    PATIENT = 1 << 5
    SUPPLEMENTAL = 1 << 6
    DERIVED_FROM = 1 << 7
    HAS_MEMBER = 1 << 8
    TLVS = 1 << 9


_READ = Attribute.TYPE | Attribute.TIME | Attribute.PATIENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One piece of an observation."""

    first: bool
    last: bool
    number: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericObservation:
    """A number with its MDC type and unit; None is "not sent"."""

    length: int
    attributes: Attribute
    mdc_type: int | None
    time: ElapsedTime | None
    patient: int | None
    mdc_unit: int
    value: Number


def decode_segment(data: bytes) -> Segment:
    """Decode one segment (2B8B, 2BDD): a header and at least one octet.

    Raises
    ------
    DecodeError
        When nothing follows the header.
    """
    cursor = Cursor(data, "health observation segment")
    header = cursor.u8("segmentation header")
    return Segment(
        first=bool(header & 1),
        last=bool(header & 2),
        number=header >> _SEGMENT_SHIFT,
        payload=cursor.octets(max(cursor.left, 1), "payload"),
    )


class Assembly:
    """Puts segments together. A gap, or a first segment out of turn, begins anew."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._octets = b""
        self._next: int | None = None

    def take(self, segment: Segment) -> bytes | None:
        """Return the whole observation with its last segment, None before that."""
        if segment.first:
            self._octets, self._next = b"", segment.number
        if self._next != segment.number or len(self._octets) > _MAX_OCTETS:
            self._next = None
            return None
        self._octets += segment.payload
        self._next = segment.number + 1 & _LAST_SEGMENT
        if not segment.last:
            return None
        self._next = None
        return self._octets


def decode_numeric(data: bytes) -> NumericObservation:
    """Decode a whole numeric observation.

    Raises
    ------
    DecodeError
        When it is of another class, has attributes that are not read here, or does not fit its
        length.
    """
    cursor = Cursor(data, "health observation")
    if cursor.u8("class") != ObservationClass.NUMERIC:
        raise cursor.refuse("is not a numeric one")
    length = cursor.u16("length")
    if length != len(data):  # it counts itself and the class
        raise cursor.refuse("has another length than it says")
    attributes = Attribute(cursor.u16("attributes"))
    if attributes & ~_READ:
        raise cursor.refuse("has attributes that are not read")
    found = NumericObservation(
        length=length,
        attributes=attributes,
        mdc_type=cursor.u32("type") if Attribute.TYPE in attributes else None,
        time=elapsed_time.read(cursor, "time") if Attribute.TIME in attributes else None,
        patient=cursor.u8("patient") if Attribute.PATIENT in attributes else None,
        mdc_unit=cursor.u16("unit"),
        value=read_float32(cursor, "value"),
    )
    cursor.end()
    return found


def decode_control(data: bytes) -> int:
    """Decode a control point message (2BF4), one octet: a `ControlCode` where it has a meaning."""
    cursor = Cursor(data, "health sensor control point message")
    code = cursor.u8("code")
    cursor.end()
    return code
