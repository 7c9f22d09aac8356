"""Jumper and kindred oximeters: `81 pulse saturation index`, four octets, no checksum.

80 in front says that the rest is a piece of the wave.

Sources: SensorsIot/Oximeters-BLE-Hack-ESP32 (Oximeter_Jumper); agungpambudi55/
pulse-oximeter-oximetry, for the index in tenths of a percent; a reader of a JPD-500F whose example
is 81 38 63 44 for 56 a minute and 99 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vitals.errors import DecodeError

OCTETS = 4

_NUMBERS = 0x81
_NO_PULSE = frozenset({0, 0xFF})
_NO_SATURATION = frozenset({0, 0x7F})
_TENTHS = -1  # power of ten


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
        When it is not four octets that begin with 81.

    Notes
    -----
    Without a finger one source saw 255 for the pulse and another 127; 127 beside a saturation is a
    pulse, beside none it is not.
    """
    if len(data) != OCTETS:
        raise DecodeError(f"A packet with numbers has {OCTETS} octets", at=len(data))
    if data[0] != _NUMBERS:
        raise DecodeError("The packet holds no numbers", at=0)
    _, pulse, saturation, index = data
    shown = saturation not in _NO_SATURATION
    return Sample(
        saturation_percent=saturation if shown else None,
        pulse_bpm=pulse if shown and pulse not in _NO_PULSE else None,
        perfusion_percent=Decimal(index).scaleb(_TENTHS) if index else None,
    )
