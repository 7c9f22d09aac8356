"""Nonin 3230 fingertip oximeter, by its own service.

The 3230 also has the standard Pulse Oximeter service; only its own says whether a measurement
passed SmartPoint, so that is what is read.
"""

from __future__ import annotations

from drivers.codecs import nonin
from drivers.codecs.nonin import Status
from drivers.driver import Driver, Evidence, History, Match, Procedure
from drivers.frame import Frame
from drivers.oximeter import saturation_reading
from drivers.sessions.nonin import SOURCE, NoninSession
from vitals.reading import Flag, Reading

_FLAGS = {
    Status.WEAK_SIGNAL: Flag.SIGNAL_POOR,
    Status.BATTERY_LOW: Flag.BATTERY_LOW,
}


def reading(frame: Frame) -> Reading:
    """Turn one packet into a reading; raises DecodeError."""
    sent = nonin.decode(frame.data)
    flags = {flag for bit, flag in _FLAGS.items() if bit in sent.status}
    if not sent.accepted:
        flags.add(Flag.NOT_VALIDATED)
    if Status.CORRECT_CHECK not in sent.status:
        flags.add(Flag.NOT_WORN)
    return saturation_reading(
        frame,
        sent.saturation_percent,
        sent.pulse_bpm,
        frozenset(flags),
        amplitude_percent=sent.amplitude_percent,
    )


DRIVER = Driver(
    name="nonin-3230",
    title="Nonin 3230",
    match=Match(local_name_prefixes=("Nonin3230",)),
    notify={SOURCE: reading},
    procedure=Procedure.VENDOR,
    session=NoninSession,
    history=History.NONE,
    live=True,
    evidence=Evidence.SPEC,
)
