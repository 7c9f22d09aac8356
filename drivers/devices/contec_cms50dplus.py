"""Contec CMS50D+ fingertip oximeter, firmware 7, also sold as Pulox PO-250 (115200 8N1, XON/XOFF).

The serial adapter is inside its cable; which chip, no source says, so the settings name the port.
Sources: timegrid/CMS50Dplus7, tested with a Pulox PO-250, after Contec's protocol V7.0.
"""

from __future__ import annotations

from drivers.codecs import cms50
from drivers.driver import Driver, Evidence, History, Procedure, SerialPort
from drivers.frame import Frame
from drivers.oximeter import saturation_reading
from drivers.sessions.cms50 import SOURCE, cms50_session
from vitals.reading import Flag, Reading


def flags_of(sample: cms50.Sample) -> frozenset[Flag]:
    """Return what a sample says against itself."""
    found = set()
    if sample.searching:
        found.add(Flag.NOT_VALIDATED)
    if sample.probe_fault:
        found.add(Flag.SENSOR_FAULT)
    return frozenset(found)


def reading(frame: Frame) -> Reading:
    """Turn the sample that stands for a stable window into a reading; raises DecodeError."""
    sample = cms50.decode(frame.data)
    return saturation_reading(frame, sample.saturation_percent, sample.pulse_bpm, flags_of(sample))


DRIVER = Driver(
    name="contec-cms50dplus",
    title="Contec CMS50D+ (USB cable)",
    port=SerialPort(baud=115200, xonxoff=True),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=cms50_session,
    history=History.NONE,
    live=True,
    evidence=Evidence.SPEC,
)
