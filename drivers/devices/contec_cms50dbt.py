"""Contec CMS50D-BT fingertip oximeter over Bluetooth.

It advertises "SpO208" and more (OSCAR, contec_ble_protocol). Firmware with protocol 14 or later
may hide its numbers behind a key exchange; it then gives no reading here.
"""

from __future__ import annotations

from drivers.codecs import contec_ble
from drivers.driver import Driver, Evidence, History, Match, Procedure
from drivers.frame import Frame
from drivers.oximeter import saturation_reading
from drivers.sessions import stable
from drivers.sessions.session import Write
from drivers.sessions.stream import Cut, Sight, Stream
from vitals.errors import DecodeError
from vitals.reading import Reading

SOURCE = "contec-sample"
_TO_OXIMETER, _FROM_OXIMETER = "ff01", "ff02"


def reading(frame: Frame) -> Reading:
    """Turn the sample that stands for a stable window into a reading; raises DecodeError."""
    sent = contec_ble.decode(frame.data)
    return saturation_reading(
        frame,
        sent.saturation_percent,
        sent.pulse_bpm,
        amplitude_percent=sent.perfusion_percent,
    )


def look(packet: bytes) -> Sight | None:
    """Say what a packet shows; without a finger the saturation is missing."""
    try:
        sent = contec_ble.decode(packet)
    except DecodeError:
        return None
    percent, bpm = sent.saturation_percent, sent.pulse_bpm
    if percent is None or bpm is None:
        return Sight(sample=None, finger=percent is not None)
    sample = stable.Sample(saturation_percent=percent, pulse_bpm=bpm, octets=packet)
    return Sight(sample=sample, finger=True)


def cutter() -> Cut:
    """Return what cuts one visit's notifications into packets."""
    return contec_ble.Framer().feed


def _write(octets: bytes) -> Write:
    return Write(uuid=_TO_OXIMETER, data=octets, response=False)


STREAM = Stream(
    uuid=_FROM_OXIMETER,
    source=SOURCE,
    rate_hz=contec_ble.RATE_HZ,
    look=look,
    cutter=cutter,
    start=_write(contec_ble.START),
    stay=_write(contec_ble.STAY),
    stay_after=5,
    stop=_write(contec_ble.STOP),
)
DRIVER = Driver(
    name="contec-cms50dbt",
    title="Contec CMS50D-BT",
    match=Match(local_name_prefixes=("SpO208",)),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=STREAM.session,
    history=History.NONE,
    live=True,
    evidence=Evidence.SPEC,
)
