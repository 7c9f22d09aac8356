"""Record Access Control Point (2A52): ask a meter for its stored records, and read its answer.

Layout: Bluetooth GATT Specification Supplement, Record Access Control Point; filters as in the
Glucose Service. One family, `Message`: what a hub writes (`Request`) and what a meter indicates
when a procedure ends (`RecordCount`, `Response`).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from drivers.codecs import date_time
from drivers.codecs.cursor import Cursor
from vitals.reading import DeviceTime

MAX_SEQUENCE = 0xFFFF
MAX_CODE = 0xFF
_Code = TypeVar("_Code", bound=IntEnum)


class Opcode(IntEnum):
    """What is asked, or answered. 7 and 8 belong to the generic health sensor, not to us."""

    REPORT = 1
    DELETE = 2
    ABORT = 3
    COUNT = 4
    COUNT_RESPONSE = 5
    RESPONSE = 6


class Operator(IntEnum):
    """Which records are meant. UP_TO, SINCE and RANGE include their bounds."""

    NULL = 0
    ALL = 1
    UP_TO = 2
    SINCE = 3
    RANGE = 4
    OLDEST = 5
    NEWEST = 6


class Filter(IntEnum):
    """What UP_TO, SINCE and RANGE compare."""

    SEQUENCE = 1
    USER_FACING_TIME = 2


class ResponseCode(IntEnum):
    """How a procedure ended. NO_RECORDS is a success with nothing to report."""

    SUCCESS = 1
    OPCODE_UNSUPPORTED = 2
    INVALID_OPERATOR = 3
    OPERATOR_UNSUPPORTED = 4
    INVALID_OPERAND = 5
    NO_RECORDS = 6
    ABORT_UNSUCCESSFUL = 7
    NOT_COMPLETED = 8
    OPERAND_UNSUPPORTED = 9
    SERVER_BUSY = 10


Bound = int | DeviceTime
"""A sequence number (0 to 65535) or a user-facing time."""

_BOUNDS: Mapping[Operator, int] = {Operator.UP_TO: 1, Operator.SINCE: 1, Operator.RANGE: 2}
_REQUESTS = frozenset({Opcode.REPORT, Opcode.DELETE, Opcode.ABORT, Opcode.COUNT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a hub asks. One that no meter could understand cannot be built.

    `bounds` holds one bound for UP_TO and SINCE, two of one kind for RANGE, else none.

    Raises
    ------
    ValueError
        When opcode, operator and bounds do not belong together.
    """

    opcode: Opcode
    operator: Operator
    bounds: tuple[Bound, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a request whose parts contradict each other."""
        if self.opcode not in _REQUESTS:
            raise ValueError("a response opcode asks for nothing")
        if (self.opcode is Opcode.ABORT) != (self.operator is Operator.NULL):
            raise ValueError("abort goes with the null operator, and nothing else does")
        if len(self.bounds) != _BOUNDS.get(self.operator, 0):
            raise ValueError("the operator takes another number of bounds")
        if len({type(bound) for bound in self.bounds}) > 1:
            raise ValueError("both bounds are sequence numbers or both are times")
        if any(isinstance(b, int) and not 0 <= b <= MAX_SEQUENCE for b in self.bounds):
            raise ValueError("a sequence number has 16 bits")

    @property
    def filter(self) -> Filter | None:
        """Return what the bounds are, None without bounds."""
        if not self.bounds:
            return None
        return Filter.SEQUENCE if isinstance(self.bounds[0], int) else Filter.USER_FACING_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCount:
    """How many records match a COUNT request, 0 to 65535."""

    count: int

    def __post_init__(self) -> None:
        """Refuse a count its field cannot hold."""
        if not 0 <= self.count <= MAX_SEQUENCE:
            raise ValueError("a record count has 16 bits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How a procedure ended. Both codes are octets as sent: a meter may name unknown ones."""

    request_code: int
    response_code: int

    def __post_init__(self) -> None:
        """Refuse a code its field cannot hold."""
        if not (0 <= self.request_code <= MAX_CODE and 0 <= self.response_code <= MAX_CODE):
            raise ValueError("a code has 8 bits")

    @property
    def succeeded(self) -> bool:
        """Tell whether the procedure did what was asked; finding no records is success."""
        return self.response_code in {ResponseCode.SUCCESS, ResponseCode.NO_RECORDS}


Message = Request | RecordCount | Response


def encode(message: Message) -> bytes:
    """Write a message as it goes on air."""
    match message:
        case RecordCount(count=count):
            return struct.pack("<BBH", Opcode.COUNT_RESPONSE, Operator.NULL, count)
        case Response(request_code=request, response_code=response):
            return bytes((Opcode.RESPONSE, Operator.NULL, request, response))
        case Request(opcode=opcode, operator=operator, bounds=bounds):
            filter_type = () if message.filter is None else (message.filter,)
            return bytes((opcode, operator, *filter_type)) + b"".join(map(_encode_bound, bounds))


def decode(data: bytes) -> Message:
    """Decode whatever was written to, or indicated by, the control point.

    Raises
    ------
    DecodeError
        When the opcode, operator or filter is unknown, the operator does not go with the opcode,
        or the frame is shorter or longer than these say.
    """
    cursor = Cursor(data, "record access message")
    opcode = _known(Opcode, cursor, "opcode")
    operator = _known(Operator, cursor, "operator")
    selects = opcode in {Opcode.REPORT, Opcode.DELETE, Opcode.COUNT}
    if selects == (operator is Operator.NULL):
        raise cursor.refuse("has an operator that does not go with its opcode")
    message = _operand(cursor, opcode, operator)
    cursor.end()
    return message


def _operand(cursor: Cursor, opcode: Opcode, operator: Operator) -> Message:
    if opcode is Opcode.COUNT_RESPONSE:
        # The field has two octets. One is taken too, as Nordic's Android library does: a count
        # is only ever a hint, and no other message has this shape.
        only_one = cursor.left == 1
        return RecordCount(count=cursor.u8("count") if only_one else cursor.u16("count"))
    if opcode is Opcode.RESPONSE:
        return Response(
            request_code=cursor.u8("request opcode"), response_code=cursor.u8("response code")
        )
    return Request(opcode=opcode, operator=operator, bounds=_bounds(cursor, operator))


def _bounds(cursor: Cursor, operator: Operator) -> tuple[Bound, ...]:
    if not (count := _BOUNDS.get(operator, 0)):
        return ()
    if _known(Filter, cursor, "filter type") is Filter.SEQUENCE:
        return tuple(cursor.u16("sequence number") for _ in range(count))
    return tuple(date_time.read(cursor, "user-facing time") for _ in range(count))


def _known(kind: type[_Code], cursor: Cursor, field: str) -> _Code:
    code = cursor.u8(field)
    try:
        return kind(code)
    except ValueError:
        raise cursor.refuse(f"has an unknown {field}") from None


def _encode_bound(bound: Bound) -> bytes:
    return struct.pack("<H", bound) if isinstance(bound, int) else date_time.encode(bound)
