"""Fetch a glucose sensor's records since the last visit (CGM Service 1.0.2).

Records count minutes since the session began, so a visit first reads when that was (2AAA). The
same start as last time: records from the last one on are asked for. Another start: a new sensor,
and everything is. Hearth never starts, stops or calibrates a session.
"""

from __future__ import annotations

from drivers.codecs import cgm, racp
from drivers.codecs.racp import Opcode, Operator, ResponseCode
from drivers.readings.cgm import SOURCE, START_OCTETS
from drivers.sessions.session import (
    Command,
    Finish,
    Meeting,
    Outcome,
    Read,
    Record,
    Subscribe,
    Write,
    refusal,
)
from vitals.errors import DecodeError

MEASUREMENT = "2aa7"
SESSION_START = "2aaa"
CONTROL_POINT = "2a52"
IDLE_S = 30.0
GRACE_S = 0.5

_OFFSET_OCTETS = 2


class CgmSession:
    """One visit; the mark is the session's start and the last record's minutes."""

    def __init__(self, meeting: Meeting) -> None:
        """Keep what is known; nothing has been asked yet."""
        self._mark = meeting.mark
        self._start = b""
        self._last = -1
        self._done = False
        self._everything = False

    @property
    def wait_s(self) -> float:
        """Return how long to wait: the procedure's limit, or the grace time after its end."""
        return GRACE_S if self._done else IDLE_S

    def begin(self) -> list[Command]:
        """Listen, and ask when the session began."""
        listen = (MEASUREMENT, CONTROL_POINT)
        return [*(Subscribe(uuid=uuid) for uuid in listen), Read(uuid=SESSION_START)]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Keep records, each with the session's start; act on answers."""
        if uuid == SESSION_START:
            return self._began(data)
        if uuid == MEASUREMENT:
            return self._records(data)
        return self._answered(data) if uuid == CONTROL_POINT else []

    def failed(self, att_error: int) -> list[Command]:
        """End."""
        return [refusal(att_error)]

    def silent(self) -> list[Command]:
        """End: well after the grace time, else broken off."""
        if self._done:
            return [self._complete()]
        return [Finish(outcome=Outcome.PARTIAL, why="the sensor fell silent within a procedure")]

    def gone(self) -> list[Command]:
        """End: leaving is fine once the procedure ended."""
        if self._done:
            return [self._complete()]
        return [Finish(outcome=Outcome.PARTIAL, why="the sensor left within a procedure")]

    def _began(self, data: bytes) -> list[Command]:
        try:
            cgm.decode_session_start(data)
        except DecodeError:
            return [Finish(outcome=Outcome.REFUSED, why="the sensor's session start is unreadable")]
        self._start = data[:START_OCTETS]
        if self._mark is not None and self._mark[:START_OCTETS] == self._start:
            self._last = int.from_bytes(self._mark[START_OCTETS:], "little")
            return [_report(Operator.SINCE, self._last)]
        self._everything = True
        return [_report(Operator.ALL)]

    def _records(self, data: bytes) -> list[Command]:
        try:
            records = cgm.decode_measurement(data)
        except DecodeError:
            return [Record(source=SOURCE, data=self._start + data)]  # kept as evidence
        good = [one.time_offset_min for one in records if one.check.crc_ok is not False]
        self._last = max([self._last, *good])
        return [Record(source=SOURCE, data=self._start + one.octets) for one in records]

    def _answered(self, data: bytes) -> list[Command]:
        try:
            message = racp.decode(data)
        except DecodeError:
            return [Finish(outcome=Outcome.REFUSED, why="the sensor's answer breaks the rules")]
        if not isinstance(message, racp.Response) or message.request_code != Opcode.REPORT:
            return []
        if message.succeeded:
            self._done = True
            return []
        if not self._everything:
            self._everything = True
            return [_report(Operator.ALL)]
        busy = message.response_code == ResponseCode.SERVER_BUSY
        outcome = Outcome.BUSY if busy else Outcome.REFUSED
        return [Finish(outcome=outcome, why=f"the sensor answered code {message.response_code}")]

    def _complete(self) -> Finish:
        if self._last < 0:
            return Finish(outcome=Outcome.COMPLETE)
        mark = self._start + self._last.to_bytes(_OFFSET_OCTETS, "little")
        return Finish(outcome=Outcome.COMPLETE, mark=mark)


def _report(operator: Operator, *bounds: int) -> Write:
    request = racp.Request(opcode=Opcode.REPORT, operator=operator, bounds=bounds)
    return Write(uuid=CONTROL_POINT, data=racp.encode(request))
