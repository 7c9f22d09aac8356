"""What a simulated meter does wrong, as data: every fault here was reported of a real meter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class ContextOrder(Enum):
    """When a meter sends the context of a record."""

    INTERLEAVED = "interleaved"
    LATE = "late"  # after the answer that ends the procedure (Roche)
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How a meter misbehaves. Without arguments it does everything by the book.

    Records are counted from 0 in the order in which one visit sends them; a wrong clock, NaN or a
    test with control solution is in the frames that the meter is given (`drivers.virtual.frames`).
    """

    drops_after: tuple[int, ...] = ()
    """The first visit breaks off after so many records, the second after so many, and so on."""
    cut: frozenset[int] = frozenset()
    """These records come one octet short."""
    twice: frozenset[int] = frozenset()
    """These records come twice."""
    newest_first: bool = False
    """Records come in reverse (seen: Medisana BU 5xx replays its memory from the newest on)."""
    pause_s: float = 0.0
    """The meter waits this long before each record (A&D UB-1100BLE crawls)."""
    calls_for_s: float = 0.0
    """After a measurement the meter advertises for so long and then sleeps; 0 is without end."""
    busy: int = 0
    """So many requests are answered "server busy"."""
    context_order: ContextOrder = ContextOrder.INTERLEAVED


BY_THE_BOOK = Script()


def as_sent(records: Sequence[bytes], script: Script) -> list[bytes]:
    """Return what one visit puts on air of these records, in order, before any drop."""
    ordered = list(reversed(records)) if script.newest_first else list(records)
    sent = []
    for number, record in enumerate(ordered):
        frame = record[:-1] if number in script.cut else record
        sent += [frame, frame] if number in script.twice else [frame]
    return sent
