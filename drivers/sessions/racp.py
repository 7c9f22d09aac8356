"""Fetch stored records through the Record Access Control Point (Glucose Service 1.0.1).

The newest record is asked for first: what the patient has just measured arrives before history,
and it tells whether anything is new. Then come the records from the last stored one on. That one
comes again on purpose: when it is not the record we remember, the meter's numbers wrapped at
65536, or the meter was reset or its memory overwritten, and everything is read. Reading a record
twice is harmless, the store knows it; missing one is not. So the mark moves only when a procedure
ended well.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import glucose, racp
from drivers.codecs.racp import Opcode, Operator, ResponseCode
from drivers.sessions.session import (
    ATT_PROCEDURE_IN_PROGRESS,
    Command,
    Finish,
    Outcome,
    Subscribe,
    Write,
    refusal,
)
from vitals.errors import DecodeError

CONTROL_POINT = "2a52"
MEASUREMENT = "2a18"
CONTEXT = "2a34"
GRACE_S = 0.5  # records may still be on their way when the answer arrives (seen with Roche meters)

_MARK = slice(1, 10)  # sequence number and base time of Glucose Measurement 2A18
_ENDINGS: Mapping[int, Outcome] = {
    ResponseCode.SERVER_BUSY: Outcome.BUSY,
    ResponseCode.NOT_COMPLETED: Outcome.PARTIAL,
}
_ASK_DIFFERENTLY = frozenset(
    {
        ResponseCode.INVALID_OPERATOR,
        ResponseCode.OPERATOR_UNSUPPORTED,
        ResponseCode.INVALID_OPERAND,
        ResponseCode.OPERAND_UNSUPPORTED,
    }
)


class RacpSession:
    """One visit to a glucose meter.

    Parameters
    ----------
    mark : bytes, optional
        `mark_of` the newest record already stored, None for a meter never read before.
    has_context : bool
        Whether the meter has the context characteristic at all.
    idle_s : float
        How long the meter may be silent within a procedure, in seconds.
    """

    def __init__(
        self, mark: bytes | None, *, has_context: bool = True, idle_s: float = 30.0
    ) -> None:
        """Keep what is known; nothing has been asked yet."""
        self._mark = mark
        self._has_context = has_context
        self._idle_s = idle_s
        self._asked = _report(Operator.NEWEST)
        self._newest: bytes | None = None
        self._mark_seen = False
        self._aborting = False
        self._done = False

    @property
    def wait_s(self) -> float:
        """Return how long to wait: the procedure's limit, or the grace time after its end."""
        return GRACE_S if self._done else self._idle_s

    @property
    def reached(self) -> bytes | None:
        """Return what to remember of a visit that ended well."""
        return self._newest

    def begin(self) -> list[Command]:
        """Subscribe to records before the control point, and ask only then."""
        listen = [MEASUREMENT, *([CONTEXT] if self._has_context else []), CONTROL_POINT]
        return [*(Subscribe(uuid=uuid) for uuid in listen), self._first()]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Note which record came; act on an answer."""
        if uuid == MEASUREMENT:
            mark = mark_of(data)
            self._mark_seen = self._mark_seen or mark == self._mark
            if self._asked.operator is Operator.NEWEST:
                self._newest = mark
        elif uuid == CONTROL_POINT:
            return self._answered(data)
        return []

    def failed(self, att_error: int) -> list[Command]:
        """Clear a procedure left over from a broken session, once; end on anything else."""
        if att_error in ATT_PROCEDURE_IN_PROGRESS and not self._aborting:
            self._aborting = True
            abort = racp.Request(opcode=Opcode.ABORT, operator=Operator.NULL)
            return [Write(uuid=CONTROL_POINT, data=racp.encode(abort))]
        return [refusal(att_error)]

    def silent(self) -> list[Command]:
        """End: well after the grace time, else broken off."""
        if self._done:
            return [Finish(outcome=Outcome.COMPLETE, mark=self.reached)]
        return [self._broken_off("the meter fell silent within a procedure")]

    def gone(self) -> list[Command]:
        """End: leaving is fine once the last procedure ended."""
        if self._done:
            return [Finish(outcome=Outcome.COMPLETE, mark=self.reached)]
        return [self._broken_off("the meter left within a procedure")]

    def _broken_off(self, why: str) -> Finish:
        return Finish(outcome=Outcome.PARTIAL, why=why)

    def _first(self) -> Write:
        return self._ask(Operator.NEWEST)

    def _ask(self, operator: Operator, *bounds: int) -> Write:
        self._asked = _report(operator, *bounds)
        return Write(uuid=CONTROL_POINT, data=racp.encode(self._asked))

    def _answered(self, data: bytes) -> list[Command]:
        try:
            message = racp.decode(data)
        except DecodeError:
            return [Finish(outcome=Outcome.REFUSED, why="the meter's answer breaks the rules")]
        return [] if self._done else self._told(message)

    def _told(self, message: racp.Message) -> list[Command]:
        if not isinstance(message, racp.Response):
            return []
        if message.request_code == Opcode.ABORT and self._aborting:
            return [Write(uuid=CONTROL_POINT, data=racp.encode(self._asked))]
        return self._reported(message) if message.request_code == Opcode.REPORT else []

    def _reported(self, message: racp.Response) -> list[Command]:
        code, operator = message.response_code, self._asked.operator
        if code in _ASK_DIFFERENTLY and operator is not Operator.ALL:
            return [self._ask(Operator.ALL)]
        if not message.succeeded:
            outcome = _ENDINGS.get(code, Outcome.REFUSED)
            return [Finish(outcome=outcome, why=f"the meter answered code {code}")]
        if operator is Operator.NEWEST and code == ResponseCode.SUCCESS:
            return self._after_newest()
        if operator is Operator.SINCE and not self._mark_seen:
            return [self._ask(Operator.ALL)]
        self._done = True
        return []

    def _after_newest(self) -> list[Command]:
        if (
            self._newest is None
            or self._mark is None
            or number_of(self._newest) < number_of(self._mark)
        ):
            return [self._ask(Operator.ALL)]
        if self._newest == self._mark:
            self._done = True
            return []
        self._mark_seen = False
        return [self._ask(Operator.SINCE, number_of(self._mark))]


def mark_of(record: bytes) -> bytes | None:
    """Return what names a record within its meter: sequence number and base time, as sent.

    None when the frame cannot be read: it is kept as evidence, and nothing can be counted from it.
    """
    try:
        glucose.decode_measurement(record)
    except DecodeError:
        return None
    return record[_MARK]


def number_of(mark: bytes) -> int:
    """Return the sequence number in a mark."""
    return int.from_bytes(mark[:2], "little")


def _report(operator: Operator, *bounds: int) -> racp.Request:
    return racp.Request(opcode=Opcode.REPORT, operator=operator, bounds=bounds)
