"""Read a OneTouch meter that speaks LifeScan's binary protocol on a cable.

It is asked who it is, what time it has, how many records it holds, then for the records by number.
No source says which end of the numbers is newest. So the first and the last are read first: when
they and their number are those of the last visit, nothing is new; else every record is read.

The UltraEasy acknowledges every packet and wants its answers acknowledged, with a bit of each
side's counter in the link octet; "disconnect" sets both counters to 0 (Daniel Thompson's driver).
After silence the link is reset so and the question asked again.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.codecs import lifescan
from drivers.codecs.lifescan import ULTRA_EASY, VERIO_IQ, Dialect, Link
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
from vitals.reading import DeviceTime

ULTRA_EASY_SOURCE = "onetouch-ultraeasy-record"
VERIO_IQ_SOURCE = "onetouch-verioiq-record"
ANSWER_S = 1.0  # glucometerutils; Daniel Thompson gives the meter half of it
TRIES = 4
MOST_RECORDS = 1000  # a Verio IQ keeps 750

_RESET = Link.ACKNOWLEDGE | Link.DISCONNECT
_Take = Callable[[bytes, bytes], list[Command]]
"""Takes a packet and the message in it; raises DecodeError when it answers another question."""


class OneTouchSession:
    """One visit; `source` names the answers that hold records."""

    def __init__(self, meeting: Meeting, dialect: Dialect, *, model: str, source: str) -> None:
        """Keep what is known; nothing has been asked yet."""
        self._meeting = meeting
        self._dialect = dialect
        self._model = model
        self._source = source
        self._framer = lifescan.Framer()
        self._question = b""
        self._take: _Take = self._serial
        self._tries = 0
        self._resetting = False
        self._acknowledged = False
        self._counters = 0
        self._who = ""
        self._count = 0
        self._number = 0
        self._first: tuple[bytes, bytes] = (b"", b"")
        self._new_mark = b""
        self._missed = False
        self._off = False
        self._done: Finish | None = None

    @property
    def wait_s(self) -> float:
        """Return how long the meter may take for an answer."""
        return ANSWER_S

    def begin(self) -> list[Command]:
        """Reset the link, if there is one, and ask for the serial number."""
        return self._ask(self._dialect.ask_serial, self._serial, reset=True)

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take a piece of the stream; act on every packet that it completes."""
        del uuid
        return self._packets(self._framer.feed(data))

    def failed(self, att_error: int) -> list[Command]:
        """End: a serial line answers no call with an error."""
        return [Finish(outcome=Outcome.REFUSED, why=f"unexpected error 0x{att_error:02x}")]

    def silent(self) -> list[Command]:
        """Look for a packet behind a false beginning; else reset and ask again, a few times."""
        commands = self._packets(self._framer.silent())
        if commands:
            return commands
        if self._done is not None:
            return [self._done]  # only the clock was left; it is looked at next time
        self._tries += 1
        if self._tries < TRIES:
            return self._again(reset=True)
        if self._take == self._middle and not self._missed:
            self._missed = True  # one record the meter cannot read must not cost those behind it
            return self._next()
        return [Finish(outcome=Outcome.PARTIAL, why="the meter gives no whole answer")]

    def gone(self) -> list[Command]:
        """End: what was read is stored, the rest comes next time."""
        return [Finish(outcome=Outcome.PARTIAL, why="the cable was pulled")]

    def _packets(self, packets: list[bytes]) -> list[Command]:
        commands: list[Command] = []
        for data in packets:
            commands += self._packet(data)
            if commands and isinstance(commands[-1], Finish):
                break
        return commands

    def _packet(self, data: bytes) -> list[Command]:
        packet = lifescan.decode(data)
        link, linked = packet.link, self._dialect.linked
        if self._resetting:
            if link & _RESET == _RESET:
                return self._again()
        elif linked and link & _RESET:
            self._heard_us()
        elif not linked or bool(link & Link.SENT) == bool(self._counters & Link.EXPECTED):
            return self._answered(data, packet.message)
        return []  # it waits for a reset, or sends again what we have

    def _heard_us(self) -> None:
        if not self._acknowledged:
            self._acknowledged = True
            self._counters ^= Link.SENT

    def _answered(self, data: bytes, message: bytes) -> list[Command]:
        if message == self._question:
            return []  # our own question: this adapter echoes
        thanks = self._thank() if self._dialect.linked else []
        try:
            return [*thanks, *self._take(data, message)]
        except DecodeError:
            return thanks  # it answers another question: silence asks ours again

    def _thank(self) -> list[Command]:
        self._heard_us()
        self._counters ^= Link.EXPECTED
        return [_write(b"", self._counters | Link.ACKNOWLEDGE)]

    def _serial(self, data: bytes, message: bytes) -> list[Command]:
        del data
        self._who = lifescan.decode_serial(self._dialect, message)
        introduced = Introduced(serial=self._who, model=self._model)
        return [introduced, *self._ask(self._dialect.ask_version, self._version)]

    def _version(self, data: bytes, message: bytes) -> list[Command]:
        del data
        introduced = Introduced(firmware=lifescan.decode_version(self._dialect, message))
        return [introduced, *self._ask(self._dialect.ask_clock, self._clock)]

    def _clock(self, data: bytes, message: bytes) -> list[Command]:
        del data
        time = lifescan.decode_clock(self._dialect, message)
        self._off = self._meeting.may_set_clock and self._meeting.is_off(time)
        return [ClockRead(device=time), *self._ask(self._dialect.ask_count, self._counted)]

    def _counted(self, data: bytes, message: bytes) -> list[Command]:
        del data
        self._count = lifescan.decode_count(self._dialect, message)
        if self._count == 0:
            return self._finish(None)
        if self._count > MOST_RECORDS:
            return [Finish(outcome=Outcome.REFUSED, why="the meter counts more than it can hold")]
        return self._ask(self._dialect.ask(0), self._begins)

    def _begins(self, data: bytes, message: bytes) -> list[Command]:
        lifescan.decode_record(self._dialect, message)
        self._first = data, message
        return self._ask(self._dialect.ask(self._count - 1), self._ends)

    def _ends(self, data: bytes, message: bytes) -> list[Command]:
        lifescan.decode_record(self._dialect, message)
        first, first_message = self._first
        count = self._count.to_bytes(2, "little")
        self._new_mark = b"".join((self._who.encode(), count, first_message, message))
        if self._new_mark == self._meeting.mark:
            return self._finish(self._new_mark)
        last = [] if self._count == 1 else [Record(source=self._source, data=data)]
        return [Record(source=self._source, data=first), *last, *self._next()]

    def _middle(self, data: bytes, message: bytes) -> list[Command]:
        lifescan.decode_record(self._dialect, message)
        return [Record(source=self._source, data=data), *self._next()]

    def _next(self) -> list[Command]:
        self._number += 1
        if self._number < self._count - 1:
            return self._ask(self._dialect.ask(self._number), self._middle)
        if self._missed:
            return [Finish(outcome=Outcome.PARTIAL, why="a record could not be read")]
        return self._finish(self._new_mark)

    def _finish(self, mark: bytes | None) -> list[Command]:
        self._done = Finish(outcome=Outcome.COMPLETE, mark=mark)
        if not self._off:
            return [self._done]
        self._question, self._take, self._acknowledged = b"", self._set, False
        return [SetClock(uuid=SERIAL, encode=self._setting)]

    def _setting(self, time: DeviceTime) -> bytes:
        return lifescan.encode(self._dialect.set(time), self._counters)

    def _set(self, data: bytes, message: bytes) -> list[Command]:
        del data
        lifescan.decode_done(self._dialect, message)
        return self._ask(self._dialect.ask_clock, self._read_back)

    def _read_back(self, data: bytes, message: bytes) -> list[Command]:
        del data
        read = ClockRead(device=lifescan.decode_clock(self._dialect, message))
        return [read] if self._done is None else [read, self._done]

    def _ask(self, question: bytes, take: _Take, *, reset: bool = False) -> list[Command]:
        self._question, self._take, self._tries = question, take, 0
        return self._again(reset=reset)

    def _again(self, *, reset: bool = False) -> list[Command]:
        self._acknowledged = False
        self._resetting = reset and self._dialect.linked
        if self._resetting:
            self._counters = 0
            return [_write(b"", Link.DISCONNECT)]
        return [_write(self._question, self._counters)]


def _write(message: bytes, link: int) -> Write:
    return Write(uuid=SERIAL, data=lifescan.encode(message, link))


def ultraeasy_session(meeting: Meeting) -> OneTouchSession:
    """Return the session of an UltraEasy."""
    return OneTouchSession(
        meeting, ULTRA_EASY, model="OneTouch UltraEasy", source=ULTRA_EASY_SOURCE
    )


def verioiq_session(meeting: Meeting) -> OneTouchSession:
    """Return the session of a Verio IQ."""
    return OneTouchSession(meeting, VERIO_IQ, model="OneTouch Verio IQ", source=VERIO_IQ_SOURCE)
