"""Read a OneTouch meter over Bluetooth: its clock, then every test since the last one read.

Tests are numbered through the meter's life, so the mark is the number of the last one read, and a
visit that breaks off goes on there. An answer does not say which test it belongs to: a question
is therefore never asked twice in a visit, or a late answer would be taken for the next one's.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.codecs import lifescan_ble
from drivers.codecs.lifescan_ble import Answer, Status
from drivers.sessions.session import (
    ClockRead,
    Command,
    Finish,
    Meeting,
    Outcome,
    Record,
    SetClock,
    Subscribe,
    Write,
    refusal,
)
from vitals.errors import DecodeError

SOURCE = "onetouch-ble-record"
TO_METER = "af9df7a2-e595-11e3-96b4-0002a5d5c51b"
FROM_METER = "af9df7a3-e595-11e3-96b4-0002a5d5c51b"
ANSWER_S = 10.0  # it answers in milliseconds or not at all (otble.c)
MOST_RECORDS = 1000  # twice what the meters keep

_MARK_OCTETS = 4
_ACKNOWLEDGED = Write(uuid=TO_METER, data=lifescan_ble.ACKNOWLEDGE)


class OneTouchBleSession:
    """One visit."""

    def __init__(self, meeting: Meeting) -> None:
        """Keep what is known; nothing has been asked yet."""
        self._meeting = meeting
        self._take: Callable[[bytes, Answer], list[Command]] = self._clock
        self._off = False
        self._count = 0
        self._number = 0
        self._newest = 0
        self._mark = meeting.mark
        self._done: Finish | None = None

    @property
    def wait_s(self) -> float:
        """Return how long the meter may take for an answer."""
        return ANSWER_S

    def begin(self) -> list[Command]:
        """Listen, and ask for the clock; the maker's own app begins so too."""
        question = lifescan_ble.ask(lifescan_ble.ASK_CLOCK)
        return [Subscribe(uuid=FROM_METER), *self._ask(question, self._clock)]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take an answer; acknowledgements and broken packets are passed over."""
        del uuid
        try:
            answer = lifescan_ble.decode(data)
        except DecodeError:
            return []
        if answer.status_code == Status.NOT_ALLOWED:
            return [Finish(outcome=Outcome.NEEDS_PAIRING, why="the meter allows a paired hub only")]
        try:
            return [_ACKNOWLEDGED, *self._take(data, answer)]
        except DecodeError:
            return [_ACKNOWLEDGED, self._finish("the meter gives another answer than was asked")]

    def failed(self, att_error: int) -> list[Command]:
        """End with what the error means."""
        return [self._done or refusal(att_error)]

    def silent(self) -> list[Command]:
        """End: the rest comes next time."""
        return [self._finish("the meter gives no answer")]

    def gone(self) -> list[Command]:
        """End: the meter switched itself off; the rest comes next time."""
        return [self._finish("the meter left within a procedure")]

    def _clock(self, data: bytes, answer: Answer) -> list[Command]:
        del data
        time = lifescan_ble.decode_clock(answer)
        self._off = self._meeting.may_set_clock and self._meeting.is_off(time)
        question = lifescan_ble.ask(lifescan_ble.ASK_COUNT)
        return [ClockRead(device=time), *self._ask(question, self._counted)]

    def _counted(self, data: bytes, answer: Answer) -> list[Command]:
        del data
        self._count = lifescan_ble.decode_count(answer)
        if self._count > MOST_RECORDS:
            return [Finish(outcome=Outcome.REFUSED, why="the meter counts more than it can hold")]
        return self._ask(lifescan_ble.ask(lifescan_ble.ASK_NEWEST), self._numbered)

    def _numbered(self, data: bytes, answer: Answer) -> list[Command]:
        del data
        self._newest = lifescan_ble.decode_newest(answer)
        if self._newest >= lifescan_ble.MOST_NUMBERS:
            return [Finish(outcome=Outcome.REFUSED, why="the meter's numbers are beyond asking")]
        # One too many is asked for: firmwares differ in whether they count tests from 0 or 1, and
        # a number without a record is only passed over.
        oldest = max(0, self._newest - self._count)
        known = int.from_bytes(self._mark, "little") if self._mark else -1
        self._number = max(oldest, known + 1) if known <= self._newest else oldest
        return self._next()

    def _recorded(self, data: bytes, answer: Answer) -> list[Command]:
        stored: list[Command] = []
        if answer.status_code == Status.DONE:
            stored = [Record(source=SOURCE, data=data)]
        elif answer.status_code != Status.NO_SUCH_RECORD:
            return [self._finish("the meter does not give a record it counts")]
        self._mark = self._number.to_bytes(_MARK_OCTETS, "little")
        self._number += 1
        return [*stored, *self._next()]

    def _next(self) -> list[Command]:
        if self._count and self._number <= self._newest:
            return self._ask(lifescan_ble.ask_record(self._number), self._recorded)
        self._done = Finish(outcome=Outcome.COMPLETE, mark=self._mark)
        if not self._off:
            return [self._done]
        self._take = self._set
        return [SetClock(uuid=TO_METER, encode=lifescan_ble.set_clock)]

    def _set(self, data: bytes, answer: Answer) -> list[Command]:
        del data, answer  # whether it was set is seen by reading it
        return self._ask(lifescan_ble.ask(lifescan_ble.ASK_CLOCK), self._read_back)

    def _read_back(self, data: bytes, answer: Answer) -> list[Command]:
        del data
        return [ClockRead(device=lifescan_ble.decode_clock(answer)), self._finish("")]

    def _ask(
        self, question: bytes, take: Callable[[bytes, Answer], list[Command]]
    ) -> list[Command]:
        self._take = take
        return [Write(uuid=TO_METER, data=question)]

    def _finish(self, why: str) -> Finish:
        return self._done or Finish(outcome=Outcome.PARTIAL, why=why, mark=self._mark)
