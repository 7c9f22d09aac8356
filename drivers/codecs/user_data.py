"""User Data Service (181C): control point 2A9F, user index 2A9A, change increment 2A99.

A scale that weighs a family gives a person's weights only to a hub that knows that person's
consent code. Layout: User Data Service 1.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from drivers.codecs.cursor import Cursor

UNKNOWN_USER = 255
MAX_CONSENT_CODE = 9999


class Opcode(IntEnum):
    """What is asked of the control point, and its answer."""

    REGISTER = 0x01
    CONSENT = 0x02
    DELETE_DATA = 0x03
    LIST_USERS = 0x04
    DELETE_USER = 0x05
    RESPONSE = 0x20


class Result(IntEnum):
    """How a request ended."""

    SUCCESS = 0x01
    NOT_SUPPORTED = 0x02
    INVALID_PARAMETER = 0x03
    FAILED = 0x04
    NOT_AUTHORISED = 0x05


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Everything in one 2A9F message; `parameter` is what an answer brings beside its result."""

    opcode: Opcode
    user: int | None = None
    consent: int | None = None
    request_code: int | None = None
    result_code: int | None = None
    parameter: bytes = b""


def decode(data: bytes) -> Message:
    """Decode a User Control Point message (2A9F).

    Raises
    ------
    DecodeError
        When the opcode is unknown, or there are more or fewer octets than it has.
    """
    cursor = Cursor(data, "user control point message")
    code = cursor.u8("opcode")
    if code not in set(Opcode):
        raise cursor.refuse("has an unknown opcode")
    found = _of(Opcode(code), cursor)
    cursor.end()
    return found


def _of(opcode: Opcode, cursor: Cursor) -> Message:
    match opcode:
        case Opcode.REGISTER:
            return Message(opcode=opcode, consent=cursor.u16("consent code"))
        case Opcode.CONSENT:
            user = cursor.u8("user")
            return Message(opcode=opcode, user=user, consent=cursor.u16("consent code"))
        case Opcode.DELETE_USER:
            return Message(opcode=opcode, user=cursor.u8("user"))
        case Opcode.RESPONSE:
            request, result = cursor.u8("request"), cursor.u8("result")
            rest = cursor.octets(cursor.left, "parameter")
            return Message(opcode=opcode, request_code=request, result_code=result, parameter=rest)
        case _:
            return Message(opcode=opcode)


def consent(user: int, code: int) -> bytes:
    """Write the message that gives a person's consent code.

    Raises
    ------
    ValueError
        When the user is not one octet, or the code is not 0 to 9999.
    """
    if not 0 <= user < UNKNOWN_USER or not 0 <= code <= MAX_CONSENT_CODE:
        raise ValueError("a user is 0 to 254 and a consent code 0 to 9999")
    return bytes((Opcode.CONSENT, user)) + code.to_bytes(2, "little")


def decode_user_index(data: bytes) -> int:
    """Decode a User Index (2A9A), one octet; 255 is unknown."""
    cursor = Cursor(data, "user index")
    index = cursor.u8("index")
    cursor.end()
    return index


def decode_change_increment(data: bytes) -> int:
    """Decode a Database Change Increment (2A99), four octets."""
    cursor = Cursor(data, "database change increment")
    increment = cursor.u32("increment")
    cursor.end()
    return increment
