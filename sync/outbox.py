"""The outbox: every record sealed on disk, in order, until the care team's server has it.

Writing goes through one thread and returns futures; a future that ended means the bytes are on the
medium. Reading goes over a connection of its own and never waits for a writer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from sync.ballast import Ballast
from sync.outbox_decide import discard, give
from sync.outbox_file import (
    PAGE_OCTETS,
    DamagedError,
    open_file,
    open_reader,
)
from sync.outbox_ledger import Ledger, Stored
from sync.outbox_reader import Counts, Listed, Reader
from sync.outbox_rows import Refusal, State
from sync.outbox_salvage import put_aside, salvage
from sync.outbox_verify import REPAIRS, Fault, memory_label
from sync.outbox_view import FILE_NAME, OutboxView, damaged, open_view
from sync.outbox_writer import Writer
from sync.record import Entry, Record
from sync.seal import Keyring
from vitals.errors import HubError
from vitals.reading import HubTime

__all__ = [
    "FILE_NAME",
    "Counts",
    "Fault",
    "Listed",
    "Outbox",
    "OutboxView",
    "State",
    "Stored",
    "open_view",
]

_GROUP = 512
_SALVAGED_AT_ONCE = 256


class Outbox(OutboxView):
    """The hub's own outbox. Thread-safe; one process at a time."""

    def __init__(  # noqa: PLR0913 - `open` is the one caller
        self,
        path: Path,
        keyring: Keyring,
        reader: Reader,
        *,
        ledger: Ledger,
        group: int,
        now: Callable[[], HubTime],
    ) -> None:
        """Start the writer. `open` makes an outbox."""
        super().__init__(path, keyring, reader)
        self._ledger, self._now = ledger, now
        self._ballast = Ballast(path.with_name(f"{path.name}.ballast"))
        self._writer = Writer(ledger, group=group, relief=self._ballast.let_go)
        self.warnings: tuple[HubError, ...] = ()

    @classmethod
    def open(  # noqa: PLR0913 - each is a setting of its own
        cls,
        path: Path,
        *,
        key: bytes,
        tenant: str,
        hub_id: str,
        max_bytes: int,
        max_evidence: int,
        now: Callable[[], HubTime],
        group: int = _GROUP,
    ) -> Outbox:
        """Open the outbox, or make a new one.

        A damaged file is put aside under a name that `warnings` tells, never deleted; what still
        opens is carried over into a new store.

        Parameters
        ----------
        path : Path
            The store's file; a `.lock` is kept beside it.
        key : bytes
            The 32-octet hub key.
        tenant, hub_id : str
            Whose store it is: sealed into every record, so that no other hub's file passes.
        max_bytes : int
            The most the file may take. Beyond it `put` fails with STORE-02; writing off works on.
        max_evidence : int
            The most unreadable frames kept; the oldest goes first.
        now : Callable[[], HubTime]
            Tells the time, for holds and for the daily data key.
        group : int
            The most writes that share one transaction.

        Raises
        ------
        HubError
            STORE-03 not to be opened, STORE-06 in use, STORE-08 a later layout, SEAL-01 another
            key, SEAL-02 another hub.
        """
        aside: Path | None = None
        try:
            file = open_file(path, key=key, tenant=tenant, hub_id=hub_id, max_bytes=max_bytes)
        except DamagedError:
            aside = put_aside(path)
            file = open_file(path, key=key, tenant=tenant, hub_id=hub_id, max_bytes=max_bytes)
        ledger = Ledger(file, pages=max_bytes // PAGE_OCTETS, max_evidence=max_evidence, now=now)
        reader = Reader(open_reader(path), file.keyring, ledger.parts.by_number)
        outbox = cls(path, file.keyring, reader, ledger=ledger, group=group, now=now)
        if ledger.repair:
            outbox._note_repair(ledger.repair)
        if aside is not None:
            records = salvage(aside, key=key, tenant=tenant, hub_id=hub_id)
            outbox._carry_over(aside, records)
        outbox.ping()  # makes the ballast
        return outbox

    def put(self, record: Record, *, hold_s: float = 0) -> Future[Stored]:
        """Store one record; the future ends when it is on disk.

        The same reading again is a duplicate and is not stored twice, even after the server has
        it. The same reading with a context that is new replaces the one that waits; if that one is
        with the server already, the new one is stored as an amendment.

        Parameters
        ----------
        record : Record
            A reading, or a frame kept as evidence (never pending).
        hold_s : float
            Seconds for which `pending` does not offer it, unless released; a restart ends it too.
        """
        try:
            prepared = self._ledger.prepare(record)
        except HubError as error:
            return _failed(error)
        return self._writer.submit(lambda: self._ledger.put(prepared, hold_s))

    def put_all(self, records: Sequence[Record]) -> Future[list[Stored]]:
        """Store records in one transaction: all of them, or none and the reason."""
        put = self._ledger.put
        try:
            prepared = [self._ledger.prepare(record) for record in records]
        except HubError as error:
            return _failed(error)
        return self._writer.submit(lambda: [put(each, 0) for each in prepared])

    def release(self, seqs: Iterable[int]) -> None:
        """End the hold on these rows."""
        for seq in seqs:
            self._ledger.holds.pop(seq, None)

    def pending(self, limit: int, *, after: int = 0) -> list[Entry]:
        """Return the oldest readings above a number that wait for the server, at most `limit`.

        Rows that do not open are left out (`verify` names them), and never block the others.
        """
        now_ns = self._now().boottime_ns
        for seq, until_ns in list(self._ledger.holds.items()):
            if until_ns <= now_ns:
                self._ledger.holds.pop(seq, None)
        return self._reader.pending(limit, self._ledger.holds.__contains__, after=after)

    def beyond(self, seq: int, limit: int) -> tuple[list[Entry], list[int]]:
        """Return the oldest readings above a number that wait, and which rows were passed over.

        Passed over are the ones on hold: whoever looks at every row once comes back for those.
        """
        skipped: list[int] = []

        def held(number: int) -> bool:
            if number not in self._ledger.holds:
                return False
            skipped.append(number)
            return True

        return self._reader.pending(limit, held, after=seq), skipped

    def is_on_hold(self, seq: int) -> bool:
        """Tell whether `pending` does not offer this row yet."""
        until_ns = self._ledger.holds.get(seq)
        return until_ns is not None and until_ns > self._now().boottime_ns

    @property
    def generation(self) -> str:
        """Return which file this is, in hex: random for every file ever made."""
        return self._keyring.generation.hex()

    def last(self) -> int:
        """Return the highest number that any record here was given."""
        return self._ledger.head.seq

    def acknowledge(self, seqs: Iterable[int]) -> Future[int]:
        """Write off readings that the server has; the future tells how many were still here."""
        rows = tuple(seqs)
        return self._writer.submit(lambda: self._ledger.acknowledge(rows))

    def park(self, seq: int, *, reason: str, code: str) -> Future[bool]:
        """Set a reading aside that the server refuses; its reason is sealed beside it."""
        refusal = Refusal(code=code, reason=reason)
        return self._writer.submit(lambda: self._ledger.park(seq, refusal))

    def give(self, seq: int, patient: str) -> Future[Stored | None]:
        """Give a reading that was set aside to a patient; None when there is none such."""
        return self._writer.submit(lambda: give(self._ledger, seq, patient))

    def discard(self, seq: int) -> Future[bool]:
        """Keep a reading that was set aside as evidence, never to be sent."""
        return self._writer.submit(lambda: discard(self._ledger, seq))

    def retry(self, seqs: Iterable[int] | None = None) -> Future[int]:
        """Offer parked readings again, all of them for None; the future tells how many."""
        rows = None if seqs is None else tuple(seqs)
        return self._writer.submit(lambda: self._ledger.retry(rows))

    def remember(self, name: str, data: bytes) -> Future[None]:
        """Keep a small value, sealed under a hashed name."""
        hashed = self._keyring.hash(b"memory/" + name.encode())
        sealed = self._keyring.seal_small(memory_label(hashed), data)
        return self._writer.submit(lambda: self._ledger.remember(hashed, sealed))

    def remember_all(self, values: Mapping[str, bytes]) -> Future[None]:
        """Keep small values together: after a power cut all of them are there, or none."""
        names = {name: self._keyring.hash(b"memory/" + name.encode()) for name in values}
        sealed = {
            hashed: self._keyring.seal_small(memory_label(hashed), values[name])
            for name, hashed in names.items()
        }
        return self._writer.submit(lambda: self._ledger.remember_all(sealed))

    def rewrap(self, new_key: bytes) -> Future[None]:
        """Change the hub key. The old one opens nothing once the future has ended."""
        return self._writer.submit(lambda: self._ledger.rewrap(new_key))

    def ping(self) -> Future[None]:
        """Ask whether the writer lives: the future ends when it has had its turn."""
        return self._writer.submit(self._ballast.keep)

    @property
    def is_short_of_room(self) -> bool:
        """Tell whether the disk is so full that the store's reserve is in use."""
        return self._ballast.is_used

    def counts(self) -> Counts:
        """Count the rows; those held back are counted apart from those that wait."""
        return self._reader.counts(held=len(self._ledger.holds))

    def close(self) -> None:
        """Finish what is queued, then close the store."""
        # The reader first: whoever closes last writes the log back into the file.
        super().close()
        self._writer.close()

    def _note_repair(self, what: str) -> None:
        self.remember(_REPAIRS_NAME, what.encode()).result()
        error = HubError(
            f"The store was changed by somebody else: {what}.",
            fix="Run: hearth readings verify. Readings that still open are sent all the same.",
            code="STORE-07",
        )
        self.warnings += (error,)

    def _carry_over(self, aside: Path, records: Iterator[Record]) -> None:
        saved = 0
        batch: list[Record] = []
        for record in records:
            batch.append(record)
            if len(batch) == _SALVAGED_AT_ONCE:
                saved += len(self.put_all(batch).result())
                batch = []
        saved += len(self.put_all(batch).result())
        self.warnings += (damaged(aside, saved=saved),)


_REPAIRS_NAME = REPAIRS.decode().removeprefix("memory/")


def _failed(error: HubError) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future
