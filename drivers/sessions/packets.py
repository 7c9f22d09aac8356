"""Put together a body composition that came in two packets (Body Composition Service 1.0.1, 3.2.1).

Each packet is stored as it comes; only both make a record. A packet whose other half never came
stays what it is: evidence.
"""

from __future__ import annotations

from drivers.codecs import body_composition
from drivers.codecs.body_composition import Measurement
from drivers.sessions.session import Command, Record, Session
from vitals.errors import DecodeError

MEASUREMENT = "2a9c"
SOURCE = "composition-packets"


class PacketsSession:
    """Another session, with one record more for every two packets of one measurement."""

    def __init__(self, inner: Session) -> None:
        """Keep the session that does everything else."""
        self._inner = inner
        self._first: tuple[Measurement, bytes] | None = None

    @property
    def wait_s(self) -> float:
        """Wait as long as the other session."""
        return self._inner.wait_s

    def begin(self) -> list[Command]:
        """Begin as the other session."""
        return self._inner.begin()

    def frame(self, uuid: str, data: bytes) -> list[Command]:
        """Record both packets when this is the second; the other session hears of each."""
        record = self._paired(data) if uuid == MEASUREMENT else []
        return [*record, *self._inner.frame(uuid, data)]

    def failed(self, att_error: int) -> list[Command]:
        """Take it as the other session does."""
        return self._inner.failed(att_error)

    def silent(self) -> list[Command]:
        """Take it as the other session does."""
        return self._inner.silent()

    def gone(self) -> list[Command]:
        """Take it as the other session does."""
        return self._inner.gone()

    def _paired(self, data: bytes) -> list[Command]:
        before, self._first = self._first, None
        try:
            packet = body_composition.decode_measurement(data)
        except DecodeError:
            return []  # stored, and told as evidence, like every frame
        if before is not None and body_composition.belong_together(before[0], packet):
            return [Record(source=SOURCE, data=before[1] + data)]
        if packet.is_half:
            self._first = (packet, data)
        return []
