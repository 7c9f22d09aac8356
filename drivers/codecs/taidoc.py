"""TaiDoc and FORA meters: eight octets a frame, the same over Bluetooth and by cable.

`51 command d0 d1 d2 d3 A3|A5 sum`: A3 from the hub, A5 from the meter; the sum is that of the first
seven octets modulo 256. A record is two answers: its time (25) and its value (26).

The spare bits of a record's time are marks: bit 7 of the minute says blood pressure, bit 6 of it
and bits 6 and 5 of the hour an irregular heartbeat. Bits 7 and 6 of the last octet of a glucose
value say before a meal, after it, or control solution; its two lowest belong to the strips' code.

Sources: glucometers-tech/glucometer-protocols (taidoc/td42xx) and glucometerutils td42xx.py;
markchuang56/iOS-Demo Fora.m and ForaD40.m; advmeds-service/advmeds-bluetooth-lib (taidoc).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from drivers.codecs.cursor import Cursor
from vitals.errors import DecodeError
from vitals.reading import DeviceTime, Meal

OCTETS = 8
CONNECT = 0x22
CONNECTED = frozenset({0x22, 0x24, 0x54})  # all three were seen in answer to CONNECT
CLOCK = 0x23
MODEL = 0x24
RECORD_TIME = 0x25
RECORD_VALUE = 0x26
SET_CLOCK = 0x33
COUNT = 0x2B  # 52 would empty the memory; nothing here sends it
TURN_OFF = 0x50

_START = 0x51
_FROM_HUB, _FROM_METER = 0xA3, 0xA5
_CENTURY = 2000
_MEALS = {1: Meal.PREPRANDIAL, 2: Meal.POSTPRANDIAL}
_CONTROL_SOLUTION = 3
_UNEXPLAINED = 0x3C  # between the glucose type and the code of the strips
_IS_PRESSURE = 0x80
_IRREGULAR, _IRREGULAR_KINDS = 0x40, 0x60
_MINUTE, _HOUR = 0x3F, 0x1F
_USER_SHIFT = 24
_LEAST_PULSE = 4  # advmeds-bluetooth-lib takes less for an error's number


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One frame of a meter taken apart."""

    command: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class GlucoseRecord:
    """One result in mg/dL, which is what the meters send even where the display shows mmol/L."""

    time: DeviceTime
    mg_per_dl: Decimal
    meal: Meal | None
    control_solution: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureRecord:
    """One result of a cuff, in mmHg and beats a minute; `failed` when the measurement did."""

    time: DeviceTime
    systolic: Decimal
    diastolic: Decimal
    pulse: Decimal
    irregular: bool
    failed: bool


def ask(command: int, number: int = 0, user: int = 0) -> bytes:
    """Return a request.

    Parameters
    ----------
    command : int
        What is asked for.
    number : int
        The record's, 0 the newest.
    user : int
        Whose record or whose COUNT, from 1, where the meter tells people apart; else 0.
    """
    parameter = user if command == COUNT else number | user << _USER_SHIFT
    body = bytes((_START, command)) + parameter.to_bytes(4, "little") + bytes((_FROM_HUB,))
    return body + _sum(body)


def set_clock(time: DeviceTime) -> bytes:
    """Return the request that sets the clock; ValueError for a year the meter cannot hold."""
    day = (time.year - _CENTURY) << 9 | time.month << 5 | time.day
    if not 0 <= day <= 0xFFFF:  # noqa: PLR2004 - two octets
        raise ValueError("the meter's calendar begins in 2000 and ends in 2127")
    body = bytes((_START, SET_CLOCK)) + day.to_bytes(2, "little")
    body += bytes((time.minute, time.hour, _FROM_HUB))
    return body + _sum(body)


def decode(data: bytes) -> Answer:
    """Take a meter's frame apart; raises DecodeError when it breaks a rule, or is the hub's own."""
    if len(data) != OCTETS:
        raise DecodeError(f"A frame has {OCTETS} octets, not {len(data)}", at=len(data))
    if data[0] != _START or data[6] != _FROM_METER:
        raise DecodeError("The frame is no meter's", at=0 if data[0] != _START else 6)
    if data[7:] != _sum(data[:7]):
        raise DecodeError("The frame's sum does not fit it", at=7)
    return Answer(command=data[1], data=data[2:6])


def decode_time(answer: Answer) -> DeviceTime:
    """Decode the time in an answer to CLOCK or RECORD_TIME: to the minute.

    Notes
    -----
    Day, month and year share two octets: 5 bits, 4 bits, 7 bits from 2000. No value is refused:
    a broken clock must not cost the measurement.
    """
    day, minute, hour = int.from_bytes(answer.data[:2], "little"), answer.data[2], answer.data[3]
    return DeviceTime(
        year=_CENTURY + (day >> 9),
        month=day >> 5 & 0x0F,
        day=day & 0x1F,
        hour=hour,
        minute=minute,
        second=0,  # the meter keeps none
    )


def decode_count(answer: Answer) -> int:
    """Decode the answer to COUNT: how many records the meter holds."""
    return int.from_bytes(answer.data[:2], "little")


def decode_model(answer: Answer) -> str:
    """Decode the answer to MODEL: four digits, such as "TD-4277"."""
    return f"TD-{int.from_bytes(answer.data[:2], 'little'):04x}"


def is_pressure(data: bytes) -> bool:
    """Tell whether a record is a blood pressure's, in a meter that keeps both; raises DecodeError.

    A cuff that measures nothing else need not say so.
    """
    time, _ = _record(data)
    return bool(time.data[2] & _IS_PRESSURE)


def decode_glucose(data: bytes) -> GlucoseRecord:
    """Decode one record of a glucose meter: the answers to RECORD_TIME and RECORD_VALUE.

    Raises
    ------
    DecodeError
        When there are not two sound frames of those commands, the record is a blood pressure's, or
        its mark is unknown: some meters of this family send other things in the same frames.
    """
    time, value = _record(data)
    mark = value.data[3]
    if time.data[2] & _IS_PRESSURE:
        raise DecodeError("The record is a blood pressure's, no glucose", at=4)
    if mark & _UNEXPLAINED:
        raise DecodeError("The record has a mark that is no meal's", at=OCTETS + 5)
    return GlucoseRecord(
        time=decode_time(time),
        mg_per_dl=Decimal(int.from_bytes(value.data[:2], "little")),
        meal=_MEALS.get(mark >> 6),
        control_solution=mark >> 6 == _CONTROL_SOLUTION,
    )


def decode_pressure(data: bytes, *, wide: bool) -> PressureRecord:
    """Decode one record of a cuff: the answers to RECORD_TIME and RECORD_VALUE; raises DecodeError.

    Parameters
    ----------
    data : bytes
        The two answers.
    wide : bool
        Whether the systolic pressure has two octets (FORA D40). Elsewhere the second holds
        something else, and is left alone.
    """
    time, value = _record(data)
    minute, hour = time.data[2], time.data[3]
    clock = Answer(
        command=time.command, data=time.data[:2] + bytes((minute & _MINUTE, hour & _HOUR))
    )
    systolic = int.from_bytes(value.data[: 2 if wide else 1], "little")
    diastolic, pulse = value.data[2], value.data[3]
    return PressureRecord(
        time=decode_time(clock),
        systolic=Decimal(systolic),
        diastolic=Decimal(diastolic),
        pulse=Decimal(pulse),
        irregular=bool(minute & _IRREGULAR or hour & _IRREGULAR_KINDS),
        failed=systolic == 0 or pulse < _LEAST_PULSE,
    )


class Framer:
    """Cuts a stream into sound frames of a meter, whatever pieces it comes in."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self._heard = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take a piece of the stream; return the frames that it completes."""
        self._heard += data
        frames: list[bytes] = []
        while True:
            start = self._heard.find(_START)
            self._heard = b"" if start < 0 else self._heard[start:]
            if len(self._heard) < OCTETS:
                return frames
            frame = self._heard[:OCTETS]
            sound = frame[6] == _FROM_METER and frame[7:] == _sum(frame[:7])
            frames += [frame] if sound else []
            self._heard = self._heard[OCTETS if sound else 1 :]


def _record(data: bytes) -> tuple[Answer, Answer]:
    cursor = Cursor(data, "record")
    time = decode(cursor.octets(OCTETS, "the time"))
    value = decode(cursor.octets(OCTETS, "the value"))
    cursor.end()
    if (time.command, value.command) != (RECORD_TIME, RECORD_VALUE):
        raise DecodeError("The record is not a time and a value", at=1)
    return time, value


def _sum(octets: bytes) -> bytes:
    return bytes((sum(octets) & 0xFF,))
