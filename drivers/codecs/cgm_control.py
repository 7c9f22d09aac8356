"""CGM Specific Ops Control Point (2AAC).

Hearth reads records; it never starts, stops or calibrates a session. Layout: CGM Service 1.0.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from drivers.codecs.cgm import Checked, read_check
from drivers.codecs.cursor import Cursor


class Opcode(IntEnum):
    """What is asked of the control point (2AAC), and its answers; Hearth asks for nothing."""

    SET_INTERVAL = 0x01
    GET_INTERVAL = 0x02
    INTERVAL = 0x03
    SET_CALIBRATION = 0x04
    GET_CALIBRATION = 0x05
    CALIBRATION = 0x06
    SET_PATIENT_HIGH = 0x07
    GET_PATIENT_HIGH = 0x08
    PATIENT_HIGH = 0x09
    SET_PATIENT_LOW = 0x0A
    GET_PATIENT_LOW = 0x0B
    PATIENT_LOW = 0x0C
    SET_HYPO = 0x0D
    GET_HYPO = 0x0E
    HYPO = 0x0F
    SET_HYPER = 0x10
    GET_HYPER = 0x11
    HYPER = 0x12
    SET_RATE_OF_DECREASE = 0x13
    GET_RATE_OF_DECREASE = 0x14
    RATE_OF_DECREASE = 0x15
    SET_RATE_OF_INCREASE = 0x16
    GET_RATE_OF_INCREASE = 0x17
    RATE_OF_INCREASE = 0x18
    RESET_DEVICE_ALERT = 0x19
    START_SESSION = 0x1A
    STOP_SESSION = 0x1B
    RESPONSE = 0x1C


class Result(IntEnum):
    """How a control point request ended."""

    SUCCESS = 0x01
    OPCODE_UNSUPPORTED = 0x02
    INVALID_OPERAND = 0x03
    NOT_COMPLETED = 0x04
    OUT_OF_RANGE = 0x05


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A 2AAC message; request and result are set in an answer, which alone shows its checksum."""

    opcode: int
    operand: bytes
    request_code: int | None
    response_code: int | None
    check: Checked


def decode(data: bytes) -> Message:
    """Decode a CGM Specific Ops Control Point message (2AAC).

    An answer may end with a checksum. Of any other message only the sensor's feature tells whether
    the last two octets are one: they stay in the operand.

    Raises
    ------
    DecodeError
        When there is no opcode, or an answer has more or fewer octets than it should.
    """
    cursor = Cursor(data, "CGM control point message")
    opcode = cursor.u8("opcode")
    if opcode != Opcode.RESPONSE:
        return Message(
            opcode=opcode,
            operand=cursor.octets(cursor.left, "operand"),
            request_code=None,
            response_code=None,
            check=Checked(crc=None, crc_ok=None),
        )
    request, response = cursor.u8("request"), cursor.u8("response")
    check = read_check(cursor, data)
    cursor.end()
    return Message(
        opcode=opcode, operand=b"", request_code=request, response_code=response, check=check
    )
