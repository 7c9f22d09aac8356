"""A memory of one patient's own: a hub that is given to another begins with an empty one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Memory(Protocol):
    """Whatever recalls what the store remembers: the outbox, or a view of it."""

    def recall(self, name: str) -> bytes | None:
        """Return what was remembered under this name."""


class Own:
    """Recalls under names with the patient in them; the store keeps only keyed hashes of names."""

    def __init__(self, memory: Memory, patient: str) -> None:
        """Keep whose it is."""
        self._memory, self._patient = memory, patient

    def recall(self, name: str) -> bytes | None:
        """Return what was remembered under this name for this patient."""
        return self._memory.recall(self.name(name))

    def name(self, name: str) -> str:
        """Return the full name."""
        return f"{name}@{self._patient}"

    def named(self, values: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return values under their full names."""
        return {self.name(name): octets for name, octets in values.items()}
