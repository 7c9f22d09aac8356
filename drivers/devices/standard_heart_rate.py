"""Any strap or watch that follows the Heart Rate Profile (service 180D).

It sends its rate about once a second for as long as it is worn; of each stable ten seconds one
measurement is kept, as for oximeters.
"""

from __future__ import annotations

from drivers.codecs import heart_rate
from drivers.driver import Driver, Evidence, History, Match, Procedure
from drivers.frame import Frame
from drivers.readings import heart_rate_reading
from drivers.sessions import stable
from drivers.sessions.stream import Sight, Stream
from vitals.errors import DecodeError
from vitals.reading import Reading

SOURCE = "heart-rate-sample"
MEASUREMENT = "2a37"


def reading(frame: Frame) -> Reading | None:
    """Turn the measurement that stands for a stable window into a reading; raises DecodeError."""
    return heart_rate_reading(frame)


def look(packet: bytes) -> Sight | None:
    """Say what a measurement shows: a strap without contact shows nothing."""
    try:
        sent = heart_rate.decode_measurement(packet)
    except DecodeError:
        return None
    if not sent.heart_rate or sent.contact is False:
        return Sight(sample=None, finger=False)
    # A stream of one number: the window's second number stands still.
    sample = stable.Sample(saturation_percent=0, pulse_bpm=sent.heart_rate, octets=packet)
    return Sight(sample=sample, finger=True)


STREAM = Stream(uuid=MEASUREMENT, source=SOURCE, rate_hz=1.0, look=look)
DRIVER = Driver(
    name="standard-heart-rate",
    title="Heart-rate strap (Bluetooth standard)",
    match=Match(services=frozenset({"180d"})),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=STREAM.session,
    history=History.NONE,
    live=True,
    evidence=Evidence.SPEC,
)
