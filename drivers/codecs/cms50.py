"""Contec CMS50D+ live samples: nine octets (firmware 7) or five (before), sixty a second.

Neither has a checksum. One bit of every octet says where a frame begins: in firmware 7 it is the
only octet with the top bit clear, before that the only one with it set. So a stream is read in step
again after at most one frame.

Sources: timegrid/CMS50Dplus7 (protocol V7.0) and atbrask/CMS50Dplus, which both read real devices.
The perfusion index of firmware 7 is left alone: its unit is told nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from vitals.errors import DecodeError

OCTETS = 9
OLD_OCTETS = 5
RATE_HZ = 60.0

LIVE = 0x01
LEAVING = 0x0D  # the device ends the link
_COMMAND = 0x7D
START_LIVE = 0xA1
STOP_LIVE = 0xA2
STAY = 0xAF  # to be said every few seconds, or the device stops

_TOP = 0x80
_LOW = 0x7F
_NO_PULSE = 0xFF
_NO_SATURATION = 0x7F


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample: percent, beats a minute, None where the device shows dashes; and its state."""

    saturation_percent: int | None
    pulse_bpm: int | None
    signal: int
    searching: bool
    probe_fault: bool
    dropping: bool

    @property
    def measuring(self) -> bool:
        """Tell whether a finger is in, its pulse found, and both numbers shown."""
        return not (
            self.searching
            or self.probe_fault
            or self.saturation_percent is None
            or self.pulse_bpm is None
        )


def command(number: int) -> bytes:
    """Return the nine octets of a command to firmware 7."""
    return bytes((_COMMAND, _TOP | 1, number | _TOP, *[_TOP] * 6))


def decode(data: bytes) -> Sample:
    """Decode one live packet of firmware 7.

    Raises
    ------
    DecodeError
        When it is not nine octets that begin with 01, each of the others with its top bit set.
    """
    if len(data) != OCTETS:
        raise DecodeError(f"A live packet has {OCTETS} octets, not {len(data)}", at=len(data))
    if data[0] != LIVE:
        raise DecodeError("The packet is no live one", at=0)
    for at, octet in enumerate(data[1:], 1):
        if octet < _TOP:
            raise DecodeError("The packet is broken by another's beginning", at=at)
    # The second octet holds the top bits of the seven that follow.
    state, wave, _bar, pulse, saturation, _, _ = (
        (octet & _LOW) | (data[1] >> bit & 1) << 7 for bit, octet in enumerate(data[2:])
    )
    return Sample(
        saturation_percent=_percent(saturation),
        pulse_bpm=_rate(pulse),
        signal=state & 0x0F,
        searching=bool(state & 0x10 or wave & 0x80),
        probe_fault=bool(state & 0x80),
        dropping=bool(state & 0x20),
    )


def decode_old(data: bytes) -> Sample:
    """Decode one live packet of the firmware before 7.

    Raises
    ------
    DecodeError
        When it is not five octets, of which the first alone has its top bit set.
    """
    if len(data) != OLD_OCTETS:
        raise DecodeError(f"A live packet has {OLD_OCTETS} octets, not {len(data)}", at=len(data))
    for at, octet in enumerate(data):
        if (octet >= _TOP) != (at == 0):
            raise DecodeError("The packet is out of step", at=at)
    state, _wave, more, pulse, saturation = data
    return Sample(
        saturation_percent=_percent(saturation),
        pulse_bpm=_rate((more & 0x40) << 1 | pulse),
        signal=state & 0x0F,
        searching=bool(state & 0x10 or more & 0x20),
        probe_fault=bool(more & 0x10),
        dropping=bool(state & 0x20),
    )


def _percent(sent: int) -> int | None:
    """Return the saturation; 127 says that there is none, and so does 0."""
    return sent if sent not in {0, _NO_SATURATION} else None


def _rate(sent: int) -> int | None:
    """Return the pulse rate; 255 says that there is none, and so does 0."""
    return sent if sent not in {0, _NO_PULSE} else None


class Framer:
    """Cuts a stream into packets, whatever pieces it comes in; what is out of step is dropped.

    Parameters
    ----------
    octets : int
        The length of a packet.
    starts_high : bool
        Whether a packet's first octet is the one with the top bit set (before firmware 7), or the
        one with it clear.
    """

    def __init__(self, octets: int, *, starts_high: bool) -> None:
        """Wait for a first octet."""
        self._octets = octets
        self._starts_high = starts_high
        self._packet = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take a piece of the stream; return the packets that it completes."""
        packets = []
        for octet in data:
            if (octet >= _TOP) == self._starts_high:
                self._packet.clear()
            elif not self._packet:
                continue
            self._packet.append(octet)
            if len(self._packet) == self._octets:
                packets.append(bytes(self._packet))
                self._packet.clear()
        return packets
