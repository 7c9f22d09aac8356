"""Contec CMS50D+ fingertip oximeter with a firmware before 7 (19200 8O1, XON/XOFF).

It sends as soon as it is on. Source: atbrask/CMS50Dplus, which read a real one.
"""

from __future__ import annotations

from drivers.codecs import cms50
from drivers.devices.contec_cms50dplus import flags_of
from drivers.driver import Driver, Evidence, History, Procedure, SerialPort
from drivers.frame import Frame
from drivers.oximeter import saturation_reading
from drivers.sessions.cms50 import OLD_SOURCE, old_cms50_session
from vitals.reading import Reading


def reading(frame: Frame) -> Reading:
    """Turn the sample that stands for a stable window into a reading; raises DecodeError."""
    sample = cms50.decode_old(frame.data)
    return saturation_reading(frame, sample.saturation_percent, sample.pulse_bpm, flags_of(sample))


DRIVER = Driver(
    name="contec-cms50dplus-v6",
    title="Contec CMS50D+ before firmware 7 (USB cable)",
    port=SerialPort(baud=19200, parity="O", xonxoff=True),
    notify={OLD_SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=old_cms50_session,
    history=History.NONE,
    live=True,
    evidence=Evidence.SPEC,
)
