"""Read a TaiDoc or FORA meter: connect, model, clock, count, then records from the newest on.

The same over Bluetooth (`uuid` is then the characteristic) and by cable. A value's answer does not
say which record it belongs to. But a meter answers in order, and times and values are asked for in
turn: an answer to the command just asked that comes late is of the same record, any other is not
waited for.
"""

from __future__ import annotations

from drivers.codecs import taidoc
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
    Subscribe,
    Write,
    refusal,
)

SOURCE = "taidoc-record"
ANSWER_S = 1.0  # glucometerutils waits half of it
TRIES = 4
MOST_RECORDS = 2000  # the largest memory a TaiDoc manual names is 1,000

_RECORD = frozenset({taidoc.RECORD_TIME, taidoc.RECORD_VALUE})


class TaiDocSession:
    """One visit. `mark` is the newest record of the last one: where it comes up, all is known."""

    def __init__(self, meeting: Meeting, *, uuid: str = SERIAL) -> None:
        """Keep what is known; nothing has been asked yet."""
        self._meeting = meeting
        self._off = False
        self._done: Finish | None = None
        self._uuid = uuid
        self._framer = taidoc.Framer()
        self._asked = taidoc.CONNECT
        self._tries = 0
        self._count = 0
        self._number = 0
        self._time = b""
        self._newest: bytes | None = None

    @property
    def wait_s(self) -> float:
        """Return how long the meter may take for an answer."""
        return ANSWER_S

    def begin(self) -> list[Command]:
        """Listen, and ask whether a meter is there."""
        listen: list[Command] = [] if self._uuid == SERIAL else [Subscribe(uuid=self._uuid)]
        return [*listen, *self._ask(taidoc.CONNECT)]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take a notification, or a piece of a stream; act on every frame that it completes."""
        del uuid
        commands: list[Command] = []
        for frame in self._framer.feed(data):
            commands += self._answered(frame)
            if commands and isinstance(commands[-1], Finish):
                break
        return commands

    def failed(self, att_error: int) -> list[Command]:
        """End with what the error means."""
        return [refusal(att_error)]

    def silent(self) -> list[Command]:
        """Ask again, a few times."""
        if self._done is not None:
            return [self._done]  # only the clock was left; it is looked at next time
        self._tries += 1
        if self._tries == TRIES:
            return [Finish(outcome=Outcome.PARTIAL, why="the meter gives no whole answer")]
        return [self._request()]

    def gone(self) -> list[Command]:
        """End: what was read is stored, the rest comes next time."""
        return [Finish(outcome=Outcome.PARTIAL, why="the meter left within a procedure")]

    def _answered(self, frame: bytes) -> list[Command]:
        answer = taidoc.decode(frame)
        if self._asked == taidoc.CONNECT and answer.command in taidoc.CONNECTED:
            return self._ask(taidoc.MODEL)
        if answer.command != self._asked:
            return []  # late, or unasked
        if self._asked in _RECORD:
            return self._recorded(frame)
        return self._told(answer)

    def _told(self, answer: taidoc.Answer) -> list[Command]:
        if self._asked == taidoc.MODEL:
            return [Introduced(model=taidoc.decode_model(answer)), *self._ask(taidoc.CLOCK)]
        if self._asked == taidoc.COUNT:
            return self._counted(taidoc.decode_count(answer))
        time = taidoc.decode_time(answer)
        if self._asked == taidoc.SET_CLOCK:
            return self._ask(taidoc.CLOCK)
        if self._done is not None:
            return [ClockRead(device=time), self._done]
        self._off = self._meeting.may_set_clock and self._meeting.is_off(time)
        return [ClockRead(device=time), *self._ask(taidoc.COUNT)]

    def _counted(self, count: int) -> list[Command]:
        if count > MOST_RECORDS:
            return [Finish(outcome=Outcome.REFUSED, why="the meter counts more than it can hold")]
        self._count = count
        return self._next()

    def _recorded(self, frame: bytes) -> list[Command]:
        if self._asked == taidoc.RECORD_TIME:
            self._time = frame
            return self._ask(taidoc.RECORD_VALUE)
        record = self._time + frame
        self._newest = self._newest or record
        if record == self._meeting.mark:
            return self._finish()
        self._number += 1
        return [Record(source=SOURCE, data=record), *self._next()]

    def _next(self) -> list[Command]:
        if self._number == self._count:
            return self._finish()
        return self._ask(taidoc.RECORD_TIME)

    def _finish(self) -> list[Command]:
        self._done = Finish(outcome=Outcome.COMPLETE, mark=self._newest)
        if not self._off:
            return [self._done]
        self._asked = taidoc.SET_CLOCK
        return [SetClock(uuid=self._uuid, encode=taidoc.set_clock)]

    def _ask(self, command: int) -> list[Command]:
        self._asked, self._tries = command, 0
        return [self._request()]

    def _request(self) -> Write:
        number = self._number if self._asked in _RECORD else 0
        return Write(uuid=self._uuid, data=taidoc.ask(self._asked, number))
