"""Nonin's own oximetry packets, one a second: length, status, battery, index, counter, numbers.

Numbers are high octet first, unlike everything else on Bluetooth. The device says itself how good
they are: "CorrectCheck" that the finger is in right, "SmartPoint" that the measurement passed its
algorithm.

Sources: Nonin's sample program for the 3230 (PulseOximeterClass.m, revision 1.0);
andreasdri/nonin-3230-ble; the table of fields in Isansys BluetoothLeNonin3230.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntFlag

from drivers.codecs.cursor import Cursor
from vitals.errors import DecodeError

COMPLETE = bytes.fromhex("624e4d49")  # the measurement is done; the oximeter ends the link

_NO_SATURATION = 127
_NO_PULSE = 511
_HUNDREDTHS = -2  # power of ten


class Status(IntFlag):
    """What the oximeter says of its packet."""

    DISPLAYED = 0x01
    WEAK_SIGNAL = 0x02
    SMART_POINT = 0x04
    SEARCHING = 0x08
    CORRECT_CHECK = 0x10
    BATTERY_LOW = 0x20
    ENCRYPTED = 0x40  # of the link, not of the packet: it reads the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One packet: percent, beats a minute, amplitude in percent; None where there is none."""

    status: Status
    amplitude_percent: Decimal
    counter: int
    saturation_percent: int | None
    pulse_bpm: int | None

    @property
    def accepted(self) -> bool:
        """Tell whether the oximeter vouches for both numbers."""
        vouched = Status.SMART_POINT | Status.CORRECT_CHECK
        return (
            self.status & (vouched | Status.SEARCHING) == vouched
            and self.saturation_percent is not None
            and self.pulse_bpm is not None
        )


def decode(data: bytes) -> Sample:
    """Decode one packet.

    Raises
    ------
    DecodeError
        When it is cut, or not as long as its first octet says. Octets after the pulse are
        reserved by the maker and passed over.
    """
    cursor = Cursor(data, "oximetry packet")
    if cursor.u8("the length") != len(data):
        raise DecodeError("The packet is not as long as it says", at=0)
    status = Status(cursor.u8("the status") & 0x7F)
    cursor.u8("the battery")
    index = int.from_bytes(cursor.octets(2, "the amplitude"), "big")
    counter = int.from_bytes(cursor.octets(2, "the counter"), "big")
    percent = cursor.u8("the saturation")
    bpm = int.from_bytes(cursor.octets(2, "the pulse"), "big")
    return Sample(
        status=status,
        amplitude_percent=Decimal(index).scaleb(_HUNDREDTHS),
        counter=counter,
        saturation_percent=None if percent == _NO_SATURATION else percent,
        pulse_bpm=None if bpm == _NO_PULSE else bpm,
    )
