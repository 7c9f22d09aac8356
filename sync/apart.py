"""Readings at which the server fails every time: each goes alone, and never before the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sync.record import Entry


class Apart:
    """Which rows were set apart, and until when. They still wait; nothing is given up."""

    def __init__(self) -> None:
        """Start with none."""
        self._until_s: dict[int, float] = {}

    def __contains__(self, seq: int) -> bool:
        """Tell whether this row is set apart."""
        return seq in self._until_s

    def __bool__(self) -> bool:
        """Tell whether any row is set apart."""
        return bool(self._until_s)

    def add(self, seqs: Iterable[int], until_s: float) -> None:
        """Set rows apart, and let them rest until then."""
        self._until_s.update(dict.fromkeys(seqs, until_s))

    def drop(self, seqs: Iterable[int]) -> None:
        """Forget rows that are done with."""
        for seq in seqs:
            self._until_s.pop(seq, None)

    def choose(self, pending: Sequence[Entry], now_s: float) -> Sequence[Entry]:
        """Return what may go now: all the others together, else one rested row alone."""
        waiting = {entry.seq for entry in pending}
        self.drop([seq for seq in self._until_s if seq not in waiting])
        others = [entry for entry in pending if entry.seq not in self]
        rested = [entry for entry in pending if self._until_s.get(entry.seq, now_s) <= now_s]
        return others or rested[:1]

    def next_s(self, otherwise_s: float) -> float:
        """Return when the next row is rested, at the latest `otherwise_s`."""
        return min([otherwise_s, *self._until_s.values()])
