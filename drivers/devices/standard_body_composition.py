"""Any analyser that follows the Body Composition Service (181B) alone, without 181D."""

from __future__ import annotations

from drivers.driver import Clock, ClockWrite, Driver, Evidence, History, Match, Procedure
from drivers.readings import composition_of_packets, composition_reading
from drivers.sessions.indications import IndicationsSession
from drivers.sessions.packets import MEASUREMENT, SOURCE, PacketsSession
from drivers.sessions.session import Meeting, Session


def session(meeting: Meeting) -> Session:
    """Return one visit's procedure."""
    del meeting
    return PacketsSession(IndicationsSession((MEASUREMENT,)))


DRIVER = Driver(
    name="standard-body-composition",
    title="Body composition analyser (Bluetooth standard)",
    match=Match(services=frozenset({"181b"}), without=frozenset({"181d"})),
    notify={MEASUREMENT: composition_reading, SOURCE: composition_of_packets},
    procedure=Procedure.VENDOR,
    session=session,
    history=History.FULL,
    clock=Clock.CURRENT_TIME,
    clock_write=ClockWrite.AFTER_READ,
    evidence=Evidence.SPEC,
)
