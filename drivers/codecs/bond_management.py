"""Bond Management Service (181E): control point 2AA4, feature 2AA5.

A meter with this service can be told to forget a hub that is taken away. Layout: Bond Management
Service 1.0.1, tables 3.3 and 3.5, as given by the Python package bluetooth-sig 0.6.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.codecs.cursor import Cursor

_MOST_FEATURE_OCTETS = 3


class Opcode(IntEnum):
    """Which bonds are to be deleted, on both radios, on BR/EDR or on LE."""

    DELETE_MINE = 0x01
    DELETE_MINE_BR_EDR = 0x02
    DELETE_MINE_LE = 0x03
    DELETE_ALL = 0x04
    DELETE_ALL_BR_EDR = 0x05
    DELETE_ALL_LE = 0x06
    DELETE_ALL_BUT_MINE = 0x07
    DELETE_ALL_BUT_MINE_BR_EDR = 0x08
    DELETE_ALL_BUT_MINE_LE = 0x09


class Feature(IntFlag):
    """What may be deleted; "with code" wants an authorisation code."""

    DELETE_MINE = 1 << 0
    DELETE_MINE_WITH_CODE = 1 << 1
    DELETE_MINE_BR_EDR = 1 << 2
    DELETE_MINE_BR_EDR_WITH_CODE = 1 << 3
    DELETE_MINE_LE = 1 << 4
    DELETE_MINE_LE_WITH_CODE = 1 << 5
    DELETE_ALL = 1 << 6
    DELETE_ALL_WITH_CODE = 1 << 7
    DELETE_ALL_BR_EDR = 1 << 8
    DELETE_ALL_BR_EDR_WITH_CODE = 1 << 9
    DELETE_ALL_LE = 1 << 10
    DELETE_ALL_LE_WITH_CODE = 1 << 11
    DELETE_ALL_BUT_MINE = 1 << 12
    DELETE_ALL_BUT_MINE_WITH_CODE = 1 << 13
    DELETE_ALL_BUT_MINE_BR_EDR = 1 << 14
    DELETE_ALL_BUT_MINE_BR_EDR_WITH_CODE = 1 << 15
    DELETE_ALL_BUT_MINE_LE = 1 << 16
    DELETE_ALL_BUT_MINE_LE_WITH_CODE = 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything in 2AA4; `opcode` is an `Opcode` where it has a meaning."""

    opcode: int
    authorisation_code: bytes


def decode(data: bytes) -> Request:
    """Decode a Bond Management Control Point message (2AA4); raises DecodeError when empty."""
    cursor = Cursor(data, "bond management message")
    opcode = cursor.u8("opcode")
    return Request(
        opcode=opcode, authorisation_code=cursor.octets(cursor.left, "authorisation code")
    )


def decode_feature(data: bytes) -> Feature:
    """Decode a Bond Management Feature (2AA5): as many octets as its highest bit needs, 1 to 3.

    Raises
    ------
    DecodeError
        When there is no octet, or there are more than three.
    """
    cursor = Cursor(data, "bond management feature")
    count = min(max(cursor.left, 1), _MOST_FEATURE_OCTETS)
    feature = Feature(int.from_bytes(cursor.octets(count, "features"), "little"))
    cursor.end()
    return feature
