"""Any oximeter that follows the Pulse Oximeter Profile (service 1822).

Spot checks (2A5E) are what the oximeter itself holds for a result. One without them sends its
numbers about once a second (2A5F): of each stable ten seconds in which it vouches for them
(validated or fully qualified, and no doubt beside), one moment is kept.
"""

from __future__ import annotations

from decimal import Decimal

from drivers.codecs import pulse_oximeter
from drivers.driver import Clock, ClockWrite, Driver, Drop, Evidence, History, Match, Procedure
from drivers.readings import continuous_reading, spot_reading
from drivers.readings.oximeter import is_good
from drivers.sessions import stable
from drivers.sessions.indications import IndicationsSession
from drivers.sessions.session import Meeting, Session
from drivers.sessions.stream import Sight, Stream
from vitals.errors import DecodeError

SPOT, CONTINUOUS = "2a5e", "2a5f"
SOURCE = "plx-moment"


def look(packet: bytes) -> Sight | None:
    """Say what a moment shows: only one the oximeter vouches for counts."""
    try:
        sent = pulse_oximeter.decode_continuous(packet)
    except DecodeError:
        return None
    status = sent.quality.sensor_status
    worn = status is None or pulse_oximeter.SensorStatus.SENSOR_UNCONNECTED_TO_USER not in status
    spo2, pulse = sent.normal.spo2, sent.normal.pulse_rate
    if not (is_good(sent.quality) and isinstance(spo2, Decimal) and isinstance(pulse, Decimal)):
        return Sight(sample=None, finger=worn)
    sample = stable.Sample(saturation_percent=int(spo2), pulse_bpm=int(pulse), octets=packet)
    return Sight(sample=sample, finger=worn)


STREAM = Stream(uuid=CONTINUOUS, source=SOURCE, rate_hz=1.0, look=look)


def session(meeting: Meeting) -> Session:
    """Return one visit's procedure: spot checks where there are any."""
    if meeting.has(SPOT) or not meeting.has(CONTINUOUS):
        return IndicationsSession((SPOT,))
    return STREAM.session(meeting)


DRIVER = Driver(
    name="standard-pulse-oximeter",
    title="Pulse oximeter (Bluetooth standard)",
    match=Match(services=frozenset({"1822"})),
    notify={SPOT: spot_reading, SOURCE: continuous_reading},
    procedure=Procedure.VENDOR,
    session=session,
    history=History.FULL,
    clock=Clock.CURRENT_TIME,
    clock_write=ClockWrite.AFTER_READ,
    drop=frozenset({Drop.DEMO, Drop.TESTING}),
    evidence=Evidence.SPEC,
)
