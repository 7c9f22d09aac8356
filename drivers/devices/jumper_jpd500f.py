"""Jumper JPD-500F and its kin of other names (Yonker, "My Oximeter"): one service, one stream."""

from __future__ import annotations

from drivers.codecs import jumper
from drivers.driver import Driver, Evidence, History, Match, Procedure
from drivers.frame import Frame
from drivers.oximeter import saturation_reading
from drivers.sessions import stable
from drivers.sessions.stream import Sight, Stream
from vitals.errors import DecodeError
from vitals.reading import Reading

SOURCE = "jumper-sample"
SERVICE = "cdeacb80-5235-4c07-8846-93a37ee6b86d"
NOTIFIES = "cdeacb81-5235-4c07-8846-93a37ee6b86d"
RATE_HZ = 4.0  # no source tells how often numbers come; if once a second, forty must agree


def reading(frame: Frame) -> Reading:
    """Turn the sample that stands for a stable window into a reading; raises DecodeError."""
    sent = jumper.decode(frame.data)
    return saturation_reading(
        frame,
        sent.saturation_percent,
        sent.pulse_bpm,
        amplitude_percent=sent.perfusion_percent,
    )


def look(packet: bytes) -> Sight | None:
    """Say what a packet shows; a piece of the wave shows nothing."""
    try:
        sent = jumper.decode(packet)
    except DecodeError:
        return None
    percent, bpm = sent.saturation_percent, sent.pulse_bpm
    if percent is None or bpm is None:
        return Sight(sample=None, finger=percent is not None)
    sample = stable.Sample(saturation_percent=percent, pulse_bpm=bpm, octets=packet)
    return Sight(sample=sample, finger=True)


STREAM = Stream(uuid=NOTIFIES, source=SOURCE, rate_hz=RATE_HZ, look=look)
DRIVER = Driver(
    name="jumper-jpd500f",
    title="Jumper JPD-500F, Yonker oximeter",
    match=Match(services=frozenset({SERVICE})),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=STREAM.session,
    history=History.NONE,
    live=True,
    evidence=Evidence.SPEC,
)
