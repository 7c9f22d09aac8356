"""BerryMed's "BCI" samples: five octets, the first alone with its top bit set, no checksum.

The layout is that of the older Contec CMS50D+ but for two bits: bit 5 of the first octet says that
the probe is unplugged, bit 4 of the third that no finger is in.

Sources: zh2x/BCI_Protocol (the maker's own, V1.2) as read by adafruit
adafruit_ble_berrymed_pulse_oximeter, which was written with a BM1000C in hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.codecs import cms50

OCTETS = cms50.OLD_OCTETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample: percent, beats a minute, None where the device shows dashes; and its state."""

    saturation_percent: int | None
    pulse_bpm: int | None
    searching: bool
    finger: bool


def decode(data: bytes) -> Sample:
    """Decode one sample.

    Raises
    ------
    DecodeError
        When it is not five octets, of which the first alone has its top bit set.
    """
    sent = cms50.decode_old(data)
    return Sample(
        saturation_percent=sent.saturation_percent,
        pulse_bpm=sent.pulse_bpm,
        searching=sent.searching,
        finger=not (sent.probe_fault or sent.dropping),
    )


def framer() -> cms50.Framer:
    """Return what cuts a stream into samples, from any octet on and in any pieces."""
    return cms50.Framer(OCTETS, starts_high=True)
