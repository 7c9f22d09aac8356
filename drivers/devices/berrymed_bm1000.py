"""BerryMed BM1000 fingertip oximeters (BM1000B, C, E), sold under many names.

They advertise a name and no service, and stream BCI samples, a hundred a second, several to a
notification, over the transparent UART of their Microchip (ISSC) radio. No battery level is sent
and the rate cannot be changed: so the maker told a user (SensorsIot/Oximeters-BLE-Hack-ESP32).
"""

from __future__ import annotations

from drivers.codecs import bci_oximeter
from drivers.driver import Driver, Evidence, History, Match, Procedure
from drivers.frame import Frame
from drivers.oximeter import saturation_reading
from drivers.sessions import stable
from drivers.sessions.stream import Cut, Sight, Stream
from vitals.errors import DecodeError
from vitals.reading import Flag, Reading

SOURCE = "bci-sample"
UART = "49535343-1e4d-4bd9-ba61-23c647249616"
RATE_HZ = 100.0


def reading(frame: Frame) -> Reading:
    """Turn the sample that stands for a stable window into a reading; raises DecodeError."""
    sent = bci_oximeter.decode(frame.data)
    flags = {Flag.NOT_WORN: not sent.finger, Flag.NOT_VALIDATED: sent.searching}
    return saturation_reading(
        frame,
        sent.saturation_percent,
        sent.pulse_bpm,
        frozenset(flag for flag, says in flags.items() if says),
    )


def look(packet: bytes) -> Sight | None:
    """Say what a packet shows."""
    try:
        sent = bci_oximeter.decode(packet)
    except DecodeError:
        return None
    percent, bpm = sent.saturation_percent, sent.pulse_bpm
    if not sent.finger or sent.searching or percent is None or bpm is None:
        return Sight(sample=None, finger=sent.finger)
    sample = stable.Sample(saturation_percent=percent, pulse_bpm=bpm, octets=packet)
    return Sight(sample=sample, finger=True)


def cutter() -> Cut:
    """Return what cuts one visit's notifications into samples."""
    return bci_oximeter.framer().feed


STREAM = Stream(uuid=UART, source=SOURCE, rate_hz=RATE_HZ, look=look, cutter=cutter)
DRIVER = Driver(
    name="berrymed-bm1000",
    title="BerryMed BM1000 oximeter",
    match=Match(local_name_prefixes=("BerryMed",)),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=STREAM.session,
    history=History.NONE,
    live=True,
    evidence=Evidence.SPEC,
)
