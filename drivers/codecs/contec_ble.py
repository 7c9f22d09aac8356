"""Contec oximeters over Bluetooth: live packets, each begun by the only octet with its top bit set.

`EB 01 top pulse saturation index(2) sum` comes once a second, `EB 00 …` (the wave) sixty times; the
sum is of all before it, its seven lowest bits. Bit 1 of the third octet is the pulse's top bit.

Sources: icefest/pulseoxdl, pulseoxdl.c and exchange.h (a CMS50E on USB, which says the same);
tobiasisenberg/OxiVis issue 2, with recorded packets of a CMS50D-BT; OSCAR, contec_ble_protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vitals.errors import DecodeError

OCTETS = 8
RATE_HZ = 1.0
START = bytes.fromhex("9b011c")
STAY = bytes.fromhex("9a1a")  # to be said every five seconds, or the device stops
STOP = bytes.fromhex("9b7f1a")

_HEAD = b"\xeb\x01"
_TOP = 0x80
_SUM = 0x7F
_PULSE_TOP = 0x02
_NO_SATURATION = 0x7F
_NO_PULSE = 0xFF
_NO_INDEX = 0x7F
_HUNDREDTHS = -2  # power of ten


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample: percent, beats a minute, perfusion in percent; None where there is none."""

    saturation_percent: int | None
    pulse_bpm: int | None
    perfusion_percent: Decimal | None


def decode(data: bytes) -> Sample:
    """Decode one packet with numbers.

    Raises
    ------
    DecodeError
        When it is none, or its sum does not fit it.

    Notes
    -----
    A device without a perfusion index sends 7F 00, which one with it would send for 1.27 %.
    """
    if len(data) != OCTETS:
        raise DecodeError(f"A packet with numbers has {OCTETS} octets", at=len(data))
    if data[:2] != _HEAD:
        raise DecodeError("The packet holds no numbers", at=0)
    if max(data[1:]) >= _TOP:
        raise DecodeError("The packet is broken by another's beginning", at=2)
    if sum(data[:-1]) & _SUM != data[-1]:
        raise DecodeError("The packet's sum does not fit it", at=OCTETS - 1)
    pulse = data[3] | (_TOP if data[2] & _PULSE_TOP else 0)
    index = data[5] | data[6] << 7
    return Sample(
        saturation_percent=None if data[4] in {0, _NO_SATURATION} else data[4],
        pulse_bpm=None if pulse in {0, _NO_PULSE} else pulse,
        perfusion_percent=None if index == _NO_INDEX else Decimal(index).scaleb(_HUNDREDTHS),
    )


class Framer:
    """Cuts notifications into packets with numbers; what else the device sends is passed over."""

    def __init__(self) -> None:
        """Wait for a first octet."""
        self._packet = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take a notification, which may hold several packets; return those it completes."""
        packets = []
        for octet in data:
            self._packet = bytes((octet,)) if octet >= _TOP else self._packet + bytes((octet,))
            if len(self._packet) == OCTETS and self._packet[:2] == _HEAD:
                packets.append(self._packet)
                self._packet = b""
            self._packet = self._packet[: OCTETS + 1]
        return packets
