"""Fetch stored records from a meter that breaks off within its history, a piece at a time.

Where radio is poor a meter with hundreds of records may never get through them in one visit. After
a visit that broke off, the next asks for a range of numbers at a time (`01 04`), and each range
that the meter ended well moves the mark: what was read once is not asked for again. The order in
which a meter sends within a range does not matter. A visit in pieces that gets nowhere is followed
by one without, so a meter that does not know ranges loses nothing. Glucose Service 1.0.1.
"""

from __future__ import annotations

from drivers.codecs import racp
from drivers.codecs.racp import MAX_SEQUENCE, Operator, ResponseCode
from drivers.sessions.racp import MEASUREMENT, RacpSession, mark_of, number_of
from drivers.sessions.session import Command, Finish, Outcome, Write

PIECE = 32  # records: a few seconds, with their contexts

_BROKE_OFF = b"\xff"  # stands before the mark of a visit that broke off
_MARK_OCTETS = 9


class ResumingSession(RacpSession):
    """One visit; as `RacpSession` until a visit broke off, in pieces after one that did.

    Parameters
    ----------
    mark : bytes, optional
        What the last visit left: a mark, or one that broke off. Empty is none.
    has_context, idle_s
        As for `RacpSession`.
    piece : int
        How many numbers are asked for at once.
    """

    def __init__(
        self,
        mark: bytes | None,
        *,
        has_context: bool = True,
        idle_s: float = 30.0,
        piece: int = PIECE,
    ) -> None:
        """Keep what is known; nothing has been asked yet."""
        self._in_pieces = bool(mark) and len(mark or b"") != _MARK_OCTETS
        plain = mark[1:] if mark and self._in_pieces else mark
        super().__init__(plain or None, has_context=has_context, idle_s=idle_s)
        self._piece = piece
        self._start: bytes | None = None  # a record the piece must hold, or the meter was reset
        self._oldest: bytes | None = None
        self._highest: bytes | None = None
        self._progress: bytes | None = None
        self._came = False
        self._high = 0

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Note which record came; act on an answer."""
        if uuid == MEASUREMENT and (mark := mark_of(data)) is not None:
            self._came = self._asked.operator is not Operator.NEWEST
            if self._asked.operator is Operator.OLDEST:
                self._oldest = mark
            elif self._highest is None or number_of(mark) > number_of(self._highest):
                self._highest = mark
            self._start = None if mark == self._start else self._start
        return super().frame(uuid, data)

    def _broken_off(self, why: str) -> Finish:
        mark = None
        if self._progress is not None:
            mark = _BROKE_OFF + self._progress
        elif self._in_pieces:
            mark = self._mark or b""
        elif self._came:
            mark = _BROKE_OFF + (self._mark or b"")
        return Finish(outcome=Outcome.PARTIAL, why=why, mark=mark)

    def _after_newest(self) -> list[Command]:
        if not self._in_pieces or self._newest is None or self._newest == self._mark:
            return super()._after_newest()
        if self._mark is None or number_of(self._newest) <= number_of(self._mark):
            return [self._ask(Operator.OLDEST)]
        self._start = self._mark
        return [self._ask_from(number_of(self._mark))]

    def _reported(self, message: racp.Response) -> list[Command]:
        operator = self._asked.operator
        if operator is Operator.OLDEST and message.response_code == ResponseCode.SUCCESS:
            return self._after_oldest()
        if operator is Operator.RANGE and message.succeeded:
            return self._after_piece()
        return super()._reported(message)

    def _after_oldest(self) -> list[Command]:
        if self._oldest is None or self._newest is None:
            return [self._ask(Operator.ALL)]
        if number_of(self._oldest) > number_of(self._newest):
            return [self._ask(Operator.ALL)]  # the numbers wrapped at 65536
        return [self._ask_from(number_of(self._oldest))]

    def _after_piece(self) -> list[Command]:
        if self._start is not None:
            self._start = None
            return [self._ask(Operator.OLDEST)]
        self._progress = self._highest or self._progress
        if self._newest is None or self._high >= number_of(self._newest):
            self._done = True
            return []
        return [self._ask_from(self._high + 1)]

    def _ask_from(self, low: int) -> Write:
        self._highest, self._high = None, min(low + self._piece - 1, MAX_SEQUENCE)
        return self._ask(Operator.RANGE, low, self._high)
