"""How a guided blood pressure was taken, put beside its numbers: the proof of the measurement.

A reading goes to the disk, and on its way, the moment the cuff sends it; how it was taken is known
only when the guide ends, minutes later. It is then stored again with that as its context: the same
reading under the same identity, which the server gets as an amendment.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace

from agent.screen.messages import Protocol
from sync.outbox import Outbox
from sync.record import Measured
from vitals.reading import Guide, Kind

MOST = 8
"""How many pressures are remembered for their proof; the oldest is forgotten first."""

_LIMIT_S = 20.0


class Proofs:
    """Remembers the last pressures until their guide ends. Thread-safe."""

    def __init__(self, outbox: Outbox) -> None:
        """Begin with none: one that still waits in the store is found there."""
        self._outbox = outbox
        self._records: OrderedDict[int, Measured] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, record: Measured, seq: int) -> None:
        """Remember a reading that may be part of a guided set."""
        if record.reading.kind is not Kind.BLOOD_PRESSURE:
            return
        with self._lock:
            self._records[seq] = record
            while len(self._records) > MOST:
                self._records.popitem(last=False)

    def attach(self, proof: Protocol, patient: str) -> dict[int, int]:
        """Store the readings of a set again, each with how it was taken. May block.

        Returns
        -------
        dict of int to int
            The new number of each reading that was stored again. One that is neither remembered
            nor in the store any more is left as it is: its proof still goes up as a message.

        Raises
        ------
        HubError
            What `Outbox.put` fails with.
        """
        moved: dict[int, int] = {}
        for number, seq in enumerate(proof.readings, start=1):
            record = self._record(seq)
            if record is None or record.patient != patient:
                continue
            guide = Guide(
                rest_s=proof.rested_s,
                number=number,
                since_previous_s=proof.between_s if number > 1 else None,
            )
            context = replace(record.reading.context, guide=guide)
            whole = replace(record, reading=replace(record.reading, context=context))
            stored = self._outbox.put(whole).result(_LIMIT_S)
            if not stored.duplicate:
                moved[seq] = stored.seq
                self.keep(whole, stored.seq)
        return moved

    def _record(self, seq: int) -> Measured | None:
        with self._lock:
            if (kept := self._records.get(seq)) is not None:
                return kept
        row = self._outbox.entry(seq)
        record = None if row is None else row.record
        pressure = isinstance(record, Measured) and record.reading.kind is Kind.BLOOD_PRESSURE
        return record if isinstance(record, Measured) and pressure else None
