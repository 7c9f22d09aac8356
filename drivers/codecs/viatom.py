"""Viatom and Wellue rings and wrist oximeters: framed commands, a CRC-8 over each frame.

`AA|55 command ~command block(2) length(2) data crc`, numbers low octet first: AA from the hub, 55
from the device, whose second octet is 00 when it did what it was asked. CRC-8 with polynomial 07
from 00, over all before it. A frame may come in several notifications.

Sources: MackeyStingray/o2r, which keeps three recorded answers; viatom-develop/LepuBle, the
maker's own, for the pulse's second octet.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.codecs.cursor import Cursor
from vitals.errors import DecodeError

ASK_SENSORS = bytes.fromhex("aa17e8000000001b")

_START = 0x55
_DONE, _NOT_DONE = 0x00, 0xFF
_HEAD = 7
_SENSORS_OCTETS = 13
_MOST_OCTETS = 512  # more than any answer to a question of ours
_NO_PULSE = 0xFFFF
_NO_SATURATION = 0xFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensors:
    """What the sensors show now: percent, beats a minute, None where there is none."""

    saturation_percent: int | None
    pulse_bpm: int | None
    worn: bool


def decode(data: bytes) -> bytes:
    """Take a frame of a device apart; return what it holds.

    Raises
    ------
    DecodeError
        When it breaks a rule, or the device did not do what it was asked.
    """
    cursor = Cursor(data, "frame")
    if cursor.u8("the start") != _START:
        raise cursor.refuse("is no device's")
    if (cursor.u8("the answer"), cursor.u8("its complement")) != (_DONE, _NOT_DONE):
        raise cursor.refuse("says that the device did not do it")
    cursor.u16("the block")
    held = cursor.octets(cursor.u16("the length"), "the data")
    if cursor.u8("the CRC") != _crc(data[: _HEAD + len(held)]):
        raise cursor.refuse("has a CRC that does not fit it")
    cursor.end()
    return held


def decode_sensors(data: bytes) -> Sensors:
    """Decode the answer to ASK_SENSORS.

    Raises
    ------
    DecodeError
        When it is no sound frame with thirteen octets.

    Notes
    -----
    Battery, charging, motion and what the sources call strength or perfusion (octets 7 to 10) are
    left alone: no source tells their units.
    """
    held = decode(data)
    if len(held) != _SENSORS_OCTETS:
        raise DecodeError("The frame is no answer about the sensors", at=5)
    percent, bpm = held[0], int.from_bytes(held[1:3], "little")
    return Sensors(
        saturation_percent=None if percent in {0, _NO_SATURATION} else percent,
        pulse_bpm=None if bpm in {0, _NO_PULSE} else bpm,
        worn=bool(held[11]),
    )


class Framer:
    """Cuts notifications into sound frames, whatever pieces they come in."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self._heard = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take a notification; return the frames that it completes."""
        self._heard += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def broke(self) -> None:
        """Give up a frame whose end never came."""
        self._heard = b""

    def _next(self) -> bytes | None:
        while True:
            start = self._heard.find(_START)
            self._heard = b"" if start < 0 else self._heard[start:]
            if len(self._heard) <= _HEAD:
                return None
            octets = _HEAD + int.from_bytes(self._heard[5:_HEAD], "little") + 1
            if self._heard[1] ^ self._heard[2] == _NOT_DONE and octets <= _MOST_OCTETS:
                if len(self._heard) < octets:
                    return None
                frame = self._heard[:octets]
                if _crc(frame[:-1]) == frame[-1]:
                    self._heard = self._heard[octets:]
                    return frame
            self._heard = self._heard[1:]


def _crc(data: bytes) -> int:
    crc = 0
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = (crc << 1) ^ (0x107 if crc & 0x80 else 0)
    return crc
