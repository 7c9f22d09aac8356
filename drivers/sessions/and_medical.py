"""A&D's meters: told to send and given the time, they send what is unsent and leave.

They wait for the time on every connection, in Date Time (2A08) inside the service they measure
for, and for the subscription; both within seconds of an encrypted link, or they switch off (E10).
obniz, whose `UA651BLE` and `UT201BLE` are used in clinics, writes "send everything" to A&D's own
characteristic first, then the time, and subscribes last. Sources: A&D AndroidSampleCode; obniz.
"""

from __future__ import annotations

from drivers.codecs import date_time
from drivers.driver import MakeSession
from drivers.sessions.indications import IndicationsSession
from drivers.sessions.session import Command, Meeting, Session, SetClock, Write

CLOCK = "2a08"
COMMANDS = "233bf001-5a34-1b6d-975c-000d5690abe4"
SEND_EVERYTHING = bytes((0x02, 0x00, 0xE1))  # length, read, all of the memory


def send_once(measurement: str, *, commanded: bool = True) -> MakeSession:
    """Return what makes the session of a meter that sends each record of `measurement` once.

    `commanded` says whether it is told to send everything.
    """

    def session(meeting: Meeting) -> Session:
        first: list[Command] = []
        if commanded and meeting.has(COMMANDS):
            first.append(Write(uuid=COMMANDS, data=SEND_EVERYTHING))
        if meeting.may_set_clock and meeting.has(CLOCK):
            first.append(SetClock(uuid=CLOCK, encode=date_time.encode))
        return IndicationsSession((measurement,), first=first)

    return session
