"""Battery Service (180F): level 2A19, level status 2BED.

Layouts: Bluetooth GATT Specification Supplement, Battery Level, Battery Level Status. No meter
that sends 2BED was found; it is read from the supplement alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.codecs.cursor import Cursor

_FULL = 100


class StatusFlags(IntFlag):
    """Which fields follow the power state."""

    IDENTIFIER = 1 << 0
    LEVEL = 1 << 1
    ADDITIONAL = 1 << 2


class Answer(IntEnum):
    """What a device knows of a question; 3 is reserved."""

    NO = 0
    YES = 1
    UNKNOWN = 2


class ChargeState(IntEnum):
    """What flows into the battery or out of it."""

    UNKNOWN = 0
    CHARGING = 1
    DISCHARGING = 2
    NOT_USED = 3


class ChargeLevel(IntEnum):
    """How full the battery is, in the device's own judgement."""

    UNKNOWN = 0
    GOOD = 1
    LOW = 2
    CRITICAL = 3


class Fault(IntFlag):
    """Why charging fails."""

    BATTERY = 1 << 0
    EXTERNAL_POWER = 1 << 1
    OTHER = 1 << 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerState:
    """The two octets every status has; codes are those of `Answer` where they have a meaning."""

    battery_present: bool
    wired_code: int
    wireless_code: int
    charge_state: ChargeState
    charge_level: ChargeLevel
    charging_type: int
    faults: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything in 2BED; None is "not sent"."""

    flags: StatusFlags
    power: PowerState
    identifier: int | None
    percent: int | None
    service_code: int | None
    battery_fault: bool | None


def decode_level(data: bytes) -> int:
    """Decode a Battery Level (2A19), 0 to 100 percent; raises DecodeError for more."""
    cursor = Cursor(data, "battery level")
    percent = _percent(cursor)
    cursor.end()
    return percent


def decode_status(data: bytes) -> Status:
    """Decode a Battery Level Status (2BED), 3 to 7 octets.

    Raises
    ------
    DecodeError
        When the frame is shorter or longer than its flags say, or the level is above 100 percent.
    """
    cursor = Cursor(data, "battery level status")
    flags = StatusFlags(cursor.u8("flags"))
    power = _power(cursor.u16("power state"))
    identifier = cursor.u16("identifier") if StatusFlags.IDENTIFIER in flags else None
    percent = _percent(cursor) if StatusFlags.LEVEL in flags else None
    additional = cursor.u8("additional status") if StatusFlags.ADDITIONAL in flags else None
    cursor.end()
    return Status(
        flags=flags,
        power=power,
        identifier=identifier,
        percent=percent,
        service_code=None if additional is None else additional & 0b11,
        battery_fault=None if additional is None else bool(additional & 1 << 2),
    )


def _percent(cursor: Cursor) -> int:
    percent = cursor.u8("percent")
    if percent > _FULL:
        raise cursor.refuse("says more than 100 percent")
    return percent


def _power(bits: int) -> PowerState:
    return PowerState(
        battery_present=bool(bits & 1),
        wired_code=bits >> 1 & 0b11,
        wireless_code=bits >> 3 & 0b11,
        charge_state=ChargeState(bits >> 5 & 0b11),
        charge_level=ChargeLevel(bits >> 7 & 0b11),
        charging_type=bits >> 9 & 0b111,
        faults=Fault(bits >> 12),
    )
