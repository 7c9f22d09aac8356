"""What happens to rows inside one transaction. Runs only on the writer's thread.

Memory follows the file: whatever a job changes in memory leaves a way back in `_undo`, taken when
the transaction does not become durable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from sync import pack
from sync.outbox_epochs import Epochs
from sync.outbox_file import RESERVE_PAGES, StoreFile, allow, write_both
from sync.outbox_memory import Parts, Seen, context_of, identity
from sync.outbox_rows import (
    Head,
    Refusal,
    Row,
    State,
    evidence_row,
    open_head,
    parked_row,
    seal_head,
    vouched,
)
from sync.outbox_table import Table
from sync.record import Measured, Record
from vitals.reading import HubTime

_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a record: its number, whether it was there already, which row it replaces."""

    seq: int
    duplicate: bool = False
    supersedes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A record ready for the writer. `plain` is None while a part of it has no number yet."""

    record: Record
    name: bytes
    plain: bytes | None


class Ledger:
    """The rows of one open store, and what must be known of them to write the next."""

    def __init__(
        self, file: StoreFile, *, pages: int, max_evidence: int, now: Callable[[], HubTime]
    ) -> None:
        """Load from the file what is needed to write. Nothing is written yet."""
        self._file, self._db, self.keys = file, file.connection, file.keyring
        self._pages, self._max_evidence, self._now = pages, max_evidence, now
        self.holds: dict[int, int] = {}
        self.parts = Parts(self._db, self.keys)
        self._seen = Seen(self._db)
        self.table = Table(self._db, self.keys)
        self._undo: list[Callable[[], object]] = []
        self._after: list[Callable[[], object]] = []
        self._allowed = 0
        self._at = now()
        self._epochs = Epochs(self._db, self.keys)
        sealed = self._db.execute("SELECT sealed FROM head").fetchone()
        head = open_head(self.keys, sealed[0] if sealed else None)
        self._written = head
        self.head = self._before = head or self._new_head()
        moved = self._follow()
        self.repair = moved if head else "the head was changed or lost, and is made anew"

    # The transaction, as `sync.outbox_writer` drives it.

    def begin(self) -> None:
        """Begin a transaction."""
        self._before, self._at = self.head, self._now()
        self._epochs.at(self._at)
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make it durable, the head together with the rows it speaks of."""
        # A repeated reading changes only a count; that is not worth a write of its own.
        written, head = self._written, self.head
        if written is None or head[:-1] != written[:-1]:
            self._write_head(head)
            written = head
        self._db.execute("COMMIT")
        self._written = written
        self.parts.keep()
        for act in self._after:
            act()
        self._undo.clear()
        self._after.clear()
        self._seen.trim()

    def rollback(self) -> None:
        """Take back everything since `begin`, in the file and in memory."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self.parts.drop()
        for act in reversed(self._undo):
            act()
        self.head = self._before
        self._undo.clear()
        self._after.clear()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    # The jobs. `prepare` alone runs on the caller's thread, while the writer waits for the disk.

    def prepare(self, record: Record) -> Prepared:
        """Write a record down as far as that needs no transaction."""
        numbers = self.parts.numbers
        ready = all(part in numbers for part in pack.shared(record))
        return Prepared(
            record=record,
            name=identity(self.keys, record),
            plain=pack.pack(record, numbers) if ready else None,
        )

    def put(self, prepared: Prepared, hold_s: float) -> Stored:
        """Store one record, unless it is there already."""
        self._allow(self._pages - RESERVE_PAGES)
        known = self._seen.find(prepared.name)
        if known is None:
            return Stored(seq=self._insert(prepared, hold_s))
        if context_of(prepared.name) in (0, known.context):
            self.head = self.head._replace(duplicates=self.head.duplicates + 1)
            return Stored(seq=known.seq, duplicate=True)
        return self._supersede(prepared, known.seq, hold_s)

    def acknowledge(self, seqs: Iterable[int]) -> int:
        """Write off rows that the server has; return how many. Unknown numbers are done already."""
        self._allow(self._pages)
        done = self.retire(seqs)
        self.head = self.head._replace(acknowledged=self.head.acknowledged + done)
        return done

    def park(self, seq: int, refusal: Refusal) -> bool:
        """Set a row aside with the server's reason; tell whether it was there to set aside."""
        self._allow(self._pages)
        row = self.table.row(seq)
        if row is None or self.keys.open(seq=seq, epoch=row.epoch, sealed=row.sealed) is None:
            return False
        if vouched(self.keys, row) is not State.PARKED:
            self.head = self.head._replace(parked=self.head.parked + 1)
        self.table.set_state(parked_row(self.keys, row, refusal))
        self._drop_hold(seq)
        return True

    def retry(self, seqs: Iterable[int] | None) -> int:
        """Let parked rows wait for the server again, all of them for None; return how many."""
        self._allow(self._pages)
        if seqs is None:
            seqs = self.table.in_state(State.PARKED)
        freed = 0
        for seq in seqs:
            row = self.table.row(seq)
            if row is not None and vouched(self.keys, row) is State.PARKED:
                self.table.set_state(row._replace(state=State.PENDING, mark=None))
                freed += 1
        self.head = self.head._replace(parked=max(0, self.head.parked - freed))
        return freed

    def remember(self, name: bytes, sealed: bytes) -> None:
        """Keep a small sealed value under a hashed name."""
        self._allow(self._pages)
        self._db.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (name, sealed))

    def remember_all(self, sealed: Mapping[bytes, bytes]) -> None:
        """Keep small sealed values: one job, so all of them or none."""
        for name, octets in sealed.items():
            self.remember(name, octets)

    def rewrap(self, new_kek: bytes) -> None:
        """Change the hub key: all keys wrapped anew, no record touched, new ones get new keys."""
        self._allow(self._pages)
        self._epochs.renew()
        for number, octets in self.keys.rewrap(new_kek).items():
            write_both(self._db, "key", number, octets)

    # How they are done.

    def _write_head(self, head: Head) -> None:
        sealed = seal_head(self.keys, head)
        changed = self._db.execute("UPDATE head SET sealed = ? WHERE id = 1", (sealed,))
        if changed.rowcount == 0:  # somebody deleted it
            self._db.execute("INSERT INTO head VALUES (1, ?)", (sealed,))

    def _insert(self, prepared: Prepared, hold_s: float) -> int:
        record, name, plain = prepared.record, prepared.name, prepared.plain
        if plain is None:
            plain = pack.pack(record, self.parts.number(record))
        seq, epoch = (
            self.head.seq + 1,
            self._epochs.current(self.head.epoch, undo=self._undo.append, after=self._after.append),
        )
        while True:
            sealed = self.keys.seal(
                seq=seq, epoch=epoch, schema=pack.SCHEMA, before=self.head.mac, plain=plain
            )
            row = Row(seq, epoch, State.PENDING, sealed.octets, None)
            if not isinstance(record, Measured):
                row = evidence_row(self.keys, row)
            if self.table.insert(row, name):
                break
            seq += 1  # somebody put a row of theirs there; `verify` names it
        if hold_s > 0:
            self._hold(seq, hold_s)
        self.head = self.head._replace(seq=seq, mac=sealed.after, epoch=epoch)
        self._seen.add(name, seq, self._undo.append)
        if row.state == State.EVIDENCE:
            self.cap_evidence()
        return seq

    def _supersede(self, prepared: Prepared, seq: int, hold_s: float) -> Stored:
        record, old = prepared.record, self.waiting(seq)
        if isinstance(record, Measured):
            known = old is not None and old.id == record.id
            # When the old version is not waiting here any more, the server has it or may have it.
            if record.amends or old is None or not known or old.amends:
                prepared = replace(prepared, record=replace(record, amends=True), plain=None)
            if known:
                done = self.retire([seq])
                self.head = self.head._replace(superseded=self.head.superseded + done)
        return Stored(seq=self._insert(prepared, hold_s), supersedes=seq)

    def waiting(self, seq: int) -> Measured | None:
        """Return the reading of a row, None when it holds none or does not open."""
        row = self.table.row(seq)
        opened = row and self.keys.open(seq=seq, epoch=row.epoch, sealed=row.sealed)
        if not opened:
            return None
        record = pack.unpack(opened.schema, opened.plain, self.parts.by_number)
        return record if isinstance(record, Measured) else None

    def retire(self, seqs: Iterable[int]) -> int:
        """Write rows off, whatever their state; return how many there were."""
        retired = self.table.retire(seqs, newest=self.head.seq)
        states = [state for _seq, state in retired]
        self.head = self.head._replace(
            parked=max(0, self.head.parked - states.count(State.PARKED)),
            evidence=max(0, self.head.evidence - states.count(State.EVIDENCE)),
        )
        for seq, _state in retired:
            self._drop_hold(seq)
        return len(retired)

    def cap_evidence(self) -> None:
        """Drop the oldest evidence beyond the bound; what does not open is no evidence to drop."""
        self.head = self.head._replace(evidence=self.head.evidence + 1)
        if self.head.evidence <= self._max_evidence:
            return
        dropped = 0
        for seq in self.table.in_state(State.EVIDENCE):
            if self.head.evidence <= self._max_evidence:
                break
            dropped += self.retire([seq])
        self.head = self.head._replace(evidence_dropped=self.head.evidence_dropped + dropped)

    def _hold(self, seq: int, hold_s: float) -> None:
        self.holds[seq] = self._at.boottime_ns + round(hold_s * _NS_PER_S)
        self._undo.append(lambda: self.holds.pop(seq, None))

    def _drop_hold(self, seq: int) -> None:
        self._after.append(lambda: self.holds.pop(seq, None))

    def _allow(self, pages: int) -> None:
        """Let the file grow to so many pages: fewer for a new record than for writing one off."""
        if pages != self._allowed:
            allow(self._db, pages)
            self._allowed = pages

    def _new_head(self) -> Head:
        """Count anew what can be counted, after the head was lost."""
        return Head(
            epoch=max(self.keys.epochs, default=0),
            parked=len(self.table.in_state(State.PARKED)),
            evidence=len(self.table.in_state(State.EVIDENCE)),
        )

    def _follow(self) -> str:
        """Go on after the last genuine row, wherever the head says the end is."""
        said = self.head.seq
        seq, mac = self.table.end_after(said, self.head.mac)
        self.head = self.head._replace(seq=seq, mac=mac)
        return f"the head was put back by {seq - said} rows" if seq > said else ""
