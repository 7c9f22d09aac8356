"""What a person decides about a reading that was set aside: whose it is, or that it is nobody's."""

from __future__ import annotations

from sync.outbox_ledger import Ledger, Stored
from sync.outbox_rows import State, evidence_row, vouched
from sync.record import measured


def give(ledger: Ledger, seq: int, patient: str) -> Stored | None:
    """Give a reading that was set aside to a patient; it goes up like any other.

    The reading gets that patient's identity, so it is on the server once however often it is given.
    None when there is no such reading set aside.
    """
    row, record = ledger.table.row(seq), ledger.waiting(seq)
    if row is None or record is None or vouched(ledger.keys, row) is not State.PARKED:
        return None
    stored = ledger.put(ledger.prepare(measured(record.reading, patient)), 0)
    if stored.seq == seq:  # it was this patient's after all
        ledger.retry([seq])
    else:
        ledger.retire([seq])
    return stored


def discard(ledger: Ledger, seq: int) -> bool:
    """Make a reading that was set aside evidence: kept sealed, never sent. False: none such."""
    row = ledger.table.row(seq)
    if row is None or vouched(ledger.keys, row) is not State.PARKED:
        return False
    ledger.table.set_state(evidence_row(ledger.keys, row._replace(mark=None)))
    ledger.head = ledger.head._replace(parked=max(0, ledger.head.parked - 1))
    ledger.cap_evidence()
    return True
