"""Take one measurement of a Nonin fingertip oximeter: the first it vouches for itself.

Then it is told that the measurement is complete, and it ends the link and shows so.
"""

from __future__ import annotations

from drivers.codecs import nonin
from drivers.sessions.session import (
    Command,
    Finish,
    Meeting,
    Outcome,
    Record,
    Subscribe,
    Write,
    refusal,
)
from vitals.errors import DecodeError

SOURCE = "nonin-sample"
MEASUREMENT = "0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b"
CONTROL_POINT = "1447af80-0d60-11e2-88b6-0002a5d5c51b"
SILENT_S = 10.0
MOST_PACKETS = 180  # three minutes: a finger that is too cold now is not warmer then


class NoninSession:
    """One visit."""

    def __init__(self, meeting: Meeting) -> None:
        """Start with nothing seen."""
        del meeting
        self._packets = 0
        self._done: Finish | None = None

    @property
    def wait_s(self) -> float:
        """Return how long an oximeter that sends every second may be silent."""
        return SILENT_S

    def begin(self) -> list[Command]:
        """Listen; it sends unasked."""
        return [Subscribe(uuid=MEASUREMENT)]

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Take a packet; keep the first that the oximeter vouches for."""
        del uuid
        try:
            sent = nonin.decode(data)
        except DecodeError:
            return []
        self._packets += 1
        if sent.accepted:
            self._done = Finish(outcome=Outcome.COMPLETE)
            complete = Write(uuid=CONTROL_POINT, data=nonin.COMPLETE)
            return [Record(source=SOURCE, data=data), complete, self._done]
        if self._packets == MOST_PACKETS:
            return [self._finish("no measurement passed the oximeter's own check")]
        return []

    def failed(self, att_error: int) -> list[Command]:
        """End with what the error means; once the measurement is kept, none matters."""
        return [self._done or refusal(att_error)]

    def silent(self) -> list[Command]:
        """End: the oximeter is off."""
        return [self._finish("the oximeter is silent")]

    def gone(self) -> list[Command]:
        """End: the finger was taken out too early."""
        return [self._finish("the finger was taken out before the measurement was good")]

    def _finish(self, why: str) -> Finish:
        return self._done or Finish(outcome=Outcome.PARTIAL, why=why)
