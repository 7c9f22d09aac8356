"""Fetch the records of a meter that numbers them backwards (TaiDoc DM30b).

Record 0 is the newest, so every number shifts with every measurement and no number tells where the
last visit ended. "First record" (01 05) therefore gives the newest. What is remembered is how many
records there were and which stood first; if both are as they were nothing is new, else everything
is read. That holds even for a meter of the family that numbers forwards: then the first record is
the oldest, and it stays while their number grows, or goes when the memory is full. Source:
NightscoutFoundation/xDrip `BluetoothGlucoseMeter`, on Diamond Mobile Mini DM30b firmware 1.2.4.
"""

from __future__ import annotations

from drivers.codecs import racp
from drivers.codecs.racp import Opcode, Operator, ResponseCode
from drivers.sessions.racp import CONTROL_POINT, MEASUREMENT, RacpSession, mark_of
from drivers.sessions.session import Command, Write

_COUNT_OCTETS = 2


class ReversedSession(RacpSession):
    """One visit; the mark is how many records there were and which one stood first."""

    def __init__(self, mark: bytes | None, *, idle_s: float = 30.0) -> None:
        """Keep what is known; nothing has been asked yet."""
        super().__init__(mark, has_context=False, idle_s=idle_s)
        self._count: int | None = None
        self._front: bytes | None = None

    @property
    def reached(self) -> bytes | None:
        """Return what to remember; None where the meter does not count, and all is read again."""
        if self._count is None or self._front is None:
            return None
        return self._count.to_bytes(_COUNT_OCTETS, "little") + self._front

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Note which record stands first; act on an answer."""
        if uuid == MEASUREMENT and self._asked.operator is Operator.OLDEST:
            self._front = mark_of(data)
        return super().frame(uuid, data)

    def _first(self) -> Write:
        self._asked = racp.Request(opcode=Opcode.COUNT, operator=Operator.ALL)
        return Write(uuid=CONTROL_POINT, data=racp.encode(self._asked))

    def _told(self, message: racp.Message) -> list[Command]:
        if self._asked.opcode is not Opcode.COUNT:
            return super()._told(message)
        if isinstance(message, racp.RecordCount):
            self._count = message.count
            return [self._ask(Operator.OLDEST)]
        if isinstance(message, racp.Response) and message.request_code == Opcode.COUNT:
            return [self._ask(Operator.OLDEST)]  # it cannot count: everything is read every time
        return super()._told(message)

    def _reported(self, message: racp.Response) -> list[Command]:
        here = self._asked.operator is Operator.OLDEST
        if not here or message.response_code != ResponseCode.SUCCESS:
            return super()._reported(message)
        if self.reached is None or self.reached != self._mark:
            return [self._ask(Operator.ALL)]
        self._done = True
        return []
