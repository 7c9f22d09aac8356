"""Viatom and Wellue oximeters worn through the night: O2Ring, Checkme O2.

What is asked here was answered by the firmware o2r was written with; whether newer ones answer, no
source says. Screen and buzzer of the ring go on as they are: the hub only listens.
"""

from __future__ import annotations

from drivers.codecs import viatom
from drivers.driver import Driver, Evidence, History, Match, Procedure
from drivers.frame import Frame
from drivers.oximeter import saturation_reading
from drivers.sessions.viatom import SOURCE, ViatomSession
from vitals.reading import Flag, Reading


def reading(frame: Frame) -> Reading:
    """Turn the sample that stands for a stable window into a reading; raises DecodeError."""
    sent = viatom.decode_sensors(frame.data)
    flags = frozenset() if sent.worn else frozenset({Flag.NOT_WORN})
    return saturation_reading(frame, sent.saturation_percent, sent.pulse_bpm, flags)


DRIVER = Driver(
    name="viatom-o2ring",
    title="Wellue O2Ring, Checkme O2",
    match=Match(local_name_prefixes=("O2Ring", "Checkme O2")),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=ViatomSession,
    history=History.NONE,
    live=True,
    min_interval_s=300.0,  # a ring is worn for hours; other meters need the radio too
    evidence=Evidence.SPEC,
)
