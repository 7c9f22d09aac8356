"""Read a OneTouch Ultra2: who it is, its clock, its whole memory in one dump; then set the clock.

The meter knows no other way than the dump. A line whose sum does not fit is not a record; when one
is missing at the end, the dump is asked for again: a record read twice is harmless.
"""

from __future__ import annotations

from drivers.codecs import onetouch_ultra2 as ultra2
from drivers.sessions.session import (
    SERIAL,
    ClockRead,
    Command,
    Finish,
    Introduced,
    Meeting,
    Outcome,
    Record,
    SetClock,
    Write,
)
from vitals.errors import DecodeError

SOURCE = "onetouch-ultra2-record"
ANSWER_S = 2.0
DUMP_S = 5.0  # the receive limit of tidepool-org/uploader for this meter
TRIES = 3
MAX_LINE = 128  # a record has 61 octets

_MODEL = "OneTouch Ultra2"
_THIS_METER = "Y"  # how an Ultra2's serial number ends (LifeScan, by glucometerutils)
_RECORD = 'P "'
_XON = b"\x11"
_NUMBER, _VERSION, _CLOCK, _DUMP, _SET = "DM@", "DM?", "DMF", "DMP", "DMT"


class Ultra2Session:
    """One visit to an Ultra2."""

    def __init__(self, meeting: Meeting) -> None:
        """Ask nothing yet. A mark would not help: the meter dumps all or nothing."""
        self._meeting = meeting
        self._off = False
        self._asked = _NUMBER
        self._serial = ""
        self._line = b""
        self._tries = 0
        self._left: int | None = None  # records of this dump still to come

    @property
    def wait_s(self) -> float:
        """Return how long the meter may be silent."""
        return DUMP_S if self._asked == _DUMP else ANSWER_S

    def begin(self) -> list[Command]:
        """Ask for the serial number."""
        return self._ask(_NUMBER)

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take some characters; act on every line that they end."""
        del uuid
        *lines, rest = (self._line + data).replace(b"\n", b"\r").replace(_XON, b"").split(b"\r")
        self._line = rest[-MAX_LINE:]
        commands: list[Command] = []
        for line in lines:
            if line and not (commands and isinstance(commands[-1], Finish)):
                commands += self._heard(line)
        return commands

    def failed(self, att_error: int) -> list[Command]:
        """End: a serial line answers no call with an error."""
        return [Finish(outcome=Outcome.REFUSED, why=f"unexpected error 0x{att_error:02x}")]

    def silent(self) -> list[Command]:
        """Ask again, a few times; a clock that was not confirmed is looked at next time."""
        if self._asked == _SET:
            return [Finish(outcome=Outcome.COMPLETE, why="the clock was not confirmed")]
        self._tries += 1
        if self._tries == TRIES:
            return [Finish(outcome=Outcome.PARTIAL, why="the meter gives no whole answer")]
        return self._again()

    def gone(self) -> list[Command]:
        """End: what was read is stored, the rest comes next time."""
        return [Finish(outcome=Outcome.PARTIAL, why="the cable was pulled")]

    def _heard(self, line: bytes) -> list[Command]:
        try:
            return self._answered(line)
        except DecodeError:
            return []  # damaged on its way, or no line of ours: it is missed at the end

    def _answered(self, line: bytes) -> list[Command]:
        if self._asked == _NUMBER:
            self._serial = ultra2.decode_number(line)
            if not self._serial.endswith(_THIS_METER):
                return [Finish(outcome=Outcome.REFUSED, why="what answers is no Ultra2")]
            return [Introduced(serial=self._serial, model=_MODEL), *self._ask(_VERSION)]
        if self._asked == _VERSION:
            return [Introduced(firmware=ultra2.decode_version(line)), *self._ask(_CLOCK)]
        if self._asked == _DUMP:
            return self._dumped(line)
        time = ultra2.decode_clock(line)
        if self._asked == _SET:
            return [ClockRead(device=time), Finish(outcome=Outcome.COMPLETE)]
        self._off = self._meeting.may_set_clock and self._meeting.is_off(time)
        return [ClockRead(device=time), *self._ask(_DUMP)]

    def _dumped(self, line: bytes) -> list[Command]:
        if self._left is None:
            header = ultra2.decode_header(line)
            if header.serial != self._serial:
                return [Finish(outcome=Outcome.PARTIAL, why="another meter was plugged in")]
            self._left = header.count
            return self._end_of_dump()
        if not ultra2.checked(line).startswith(_RECORD):
            return []
        self._left -= 1
        return [Record(source=SOURCE, data=line), *self._end_of_dump()]

    def _end_of_dump(self) -> list[Command]:
        if self._left:
            return []
        if not self._off:
            return [Finish(outcome=Outcome.COMPLETE)]
        self._asked = _SET
        return [SetClock(uuid=SERIAL, encode=ultra2.set_clock)]

    def _ask(self, text: str) -> list[Command]:
        self._asked, self._tries = text, 0
        return self._again()

    def _again(self) -> list[Command]:
        self._line, self._left = b"", None
        return [Write(uuid=SERIAL, data=ultra2.command(self._asked))]
