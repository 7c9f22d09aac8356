"""Read a TaiDoc or FORA meter: connect, model, clock, count, then records from the newest on.

The same over Bluetooth (`uuid` is then the characteristic) and by cable. A value's answer does not
say which record it belongs to. But a meter answers in order, and times and values are asked for in
turn: an answer to the command just asked that comes late is of the same record, any other is not
waited for.

Some cuffs keep each person's records apart, and only the question says whose they are. Before any
is stored the newest of everyone is looked at: a cuff that gives two people the same one does not
know of people, and to go on would be to give one's blood pressure to another.
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
_RECORD_OCTETS = 2 * taidoc.OCTETS
_NO_RECORD = bytes(_RECORD_OCTETS)
_ANYONE = (0,)


def source_of(user: int) -> str:
    """Return under which name a person's records are stored; 0 where the meter knows no people."""
    return f"taidoc-user{user}-record" if user else SOURCE


class TaiDocSession:
    """One visit. `mark` is the newest record of the last one: where it comes up, all is known.

    Where the meter keeps people's records apart, `mark` is the newest of each of `users`.
    """

    def __init__(
        self, meeting: Meeting, *, uuid: str = SERIAL, users: tuple[int, ...] = _ANYONE
    ) -> None:
        """Keep what is known; nothing has been asked yet."""
        self._meeting = meeting
        self._uuid = uuid
        self._users = users
        self._turn = 0  # whose
        self._looking = len(users) > 1
        self._off = False
        self._done: Finish | None = None
        self._framer = taidoc.Framer()
        self._asked = taidoc.CONNECT
        self._tries = 0
        self._number = 0
        self._time = b""
        self._counts: dict[int, int] = {}
        self._newest: dict[int, bytes] = {}

    @property
    def wait_s(self) -> float:
        """Return how long the meter may take for an answer."""
        return ANSWER_S

    def begin(self) -> list[Command]:
        """Listen, and ask whether a meter is there; over the radio it is."""
        if self._uuid == SERIAL:
            return self._ask(taidoc.CONNECT)
        return [Subscribe(uuid=self._uuid), *self._ask(taidoc.MODEL)]

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
        """End with what the error means; once everything is read, none matters."""
        return [self._done or refusal(att_error)]

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
            return [ClockRead(device=time), *self._leave()]
        self._off = self._meeting.may_set_clock and self._meeting.is_off(time)
        return [ClockRead(device=time), *self._ask(taidoc.COUNT)]

    def _counted(self, count: int) -> list[Command]:
        if count > MOST_RECORDS:
            return [Finish(outcome=Outcome.REFUSED, why="the meter counts more than it can hold")]
        self._counts[self._turn] = count
        return self._next()

    def _recorded(self, frame: bytes) -> list[Command]:
        if self._asked == taidoc.RECORD_TIME:
            self._time = frame
            return self._ask(taidoc.RECORD_VALUE)
        record = self._time + frame
        if self._looking:
            return self._looked_at(record)
        self._newest.setdefault(self._turn, record)
        if record == self._known():
            return self._next_person()
        self._number += 1
        source = source_of(self._users[self._turn])
        return [Record(source=source, data=record), *self._next()]

    def _looked_at(self, record: bytes) -> list[Command]:
        if record in self._newest.values():
            why = "the meter gives everyone the same records"
            return [Finish(outcome=Outcome.REFUSED, why=why)]
        self._newest[self._turn] = record
        return self._next_person()

    def _known(self) -> bytes:
        mark = self._meeting.mark or b""
        start = self._turn * _RECORD_OCTETS
        return mark[start : start + _RECORD_OCTETS]

    def _next(self) -> list[Command]:
        if self._number == self._counts[self._turn]:
            return self._next_person()
        return self._ask(taidoc.RECORD_TIME)

    def _next_person(self) -> list[Command]:
        self._number = 0
        self._turn += 1
        if self._turn < len(self._users):
            return self._ask(taidoc.COUNT) if self._looking else self._next()
        if not self._looking:
            return self._finish()
        self._looking, self._turn = False, 0
        return self._next()

    def _finish(self) -> list[Command]:
        newest = [self._newest.get(turn, _NO_RECORD) for turn in range(len(self._users))]
        mark = b"".join(newest) if self._newest else None
        self._done = Finish(outcome=Outcome.COMPLETE, mark=mark)
        if not self._off:
            return self._leave()
        self._asked = taidoc.SET_CLOCK
        return [SetClock(uuid=self._uuid, encode=taidoc.set_clock)]

    def _leave(self) -> list[Command]:
        """Turn a meter's radio off when all is read, as every program of its kind does."""
        done: list[Command] = [self._done] if self._done else []
        if self._uuid == SERIAL:
            return done
        return [Write(uuid=self._uuid, data=taidoc.ask(taidoc.TURN_OFF)), *done]

    def _ask(self, command: int) -> list[Command]:
        self._asked, self._tries = command, 0
        return [self._request()]

    def _request(self) -> Write:
        of_record = self._asked in _RECORD
        of_person = of_record or self._asked == taidoc.COUNT
        number = self._number if of_record else 0
        user = self._users[self._turn] if of_person else 0
        return Write(uuid=self._uuid, data=taidoc.ask(self._asked, number, user))
