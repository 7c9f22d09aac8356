"""Read every record of a Beurer BM65: ping, count, then one by one.

Nothing on this line has a checksum, and an answer's length is all there is to know its end by. So
an answer is whole when the line falls quiet after exactly as many octets as were expected, and it
counts when it came twice the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.codecs import bm65
from drivers.sessions.session import (
    SERIAL,
    Command,
    Finish,
    Meeting,
    Outcome,
    Record,
    Write,
)

SOURCE = "bm65-record"
ANSWER_S = 1.0  # the limit of the published reader
QUIET_S = 0.1  # 48 octets' time at 4800 baud, and six times a USB adapter's own delay of 16 ms
TRIES = 6
MAX_OCTETS = 512  # a line that says so much to one question is no cuff's


@dataclass(frozen=True, slots=True)
class _Question:
    ask: bytes
    octets: int


_PING = _Question(bm65.PING, len(bm65.PRESENT))
_COUNT = _Question(bm65.COUNT, 1)


class Bm65Session:
    """One visit to a BM65. It is not known which end of its memory is newest: all is read."""

    def __init__(self, meeting: Meeting) -> None:
        """Ask nothing yet. A mark would not help: every record is read at every visit."""
        del meeting
        self._question = _PING
        self._heard = b""
        self._before: bytes | None = None
        self._tries = 0
        self._count = 0
        self._number = 0

    @property
    def wait_s(self) -> float:
        """Return how long to wait: for the rest of an answer, or for the quiet after it."""
        return QUIET_S if len(self._heard) >= self._question.octets else ANSWER_S

    def begin(self) -> list[Command]:
        """Ask whether a cuff is there."""
        return self._ask(_PING)

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take some octets of an answer."""
        del uuid
        self._heard += data
        if len(self._heard) > MAX_OCTETS:
            return [Finish(outcome=Outcome.REFUSED, why="the line carries something else")]
        return []

    def failed(self, att_error: int) -> list[Command]:
        """End: a serial line answers no call with an error."""
        return [Finish(outcome=Outcome.REFUSED, why=f"unexpected error 0x{att_error:02x}")]

    def silent(self) -> list[Command]:
        """Judge the answer, now that the line is quiet; ask again until it came twice the same."""
        heard, self._heard = self._heard, b""
        if len(heard) == self._question.octets and heard == self._before:
            return self._answered(heard)
        self._before = heard
        self._tries += 1
        if self._tries == TRIES:
            return [Finish(outcome=Outcome.PARTIAL, why="the cuff gives no steady answer")]
        return [Write(uuid=SERIAL, data=self._question.ask)]

    def gone(self) -> list[Command]:
        """End: what was read is stored, the rest comes next time."""
        return [Finish(outcome=Outcome.PARTIAL, why="the cable was pulled")]

    def _answered(self, heard: bytes) -> list[Command]:
        if self._question == _PING:
            if heard != bm65.PRESENT:
                return [Finish(outcome=Outcome.REFUSED, why="what answers is no BM65")]
            return self._ask(_COUNT)
        if self._question == _COUNT:
            self._count = heard[0]
            return self._next()
        return [Record(source=SOURCE, data=heard), *self._next()]

    def _next(self) -> list[Command]:
        if self._number == self._count:
            return [Finish(outcome=Outcome.COMPLETE)]
        self._number += 1
        return self._ask(_Question(bm65.ask(self._number), bm65.RECORD_OCTETS))

    def _ask(self, question: _Question) -> list[Command]:
        self._question, self._before, self._tries = question, None, 0
        return [Write(uuid=SERIAL, data=question.ask)]
