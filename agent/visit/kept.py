"""What the hub keeps of visits in its store, sealed and durable: the ledger and the one visit."""

from __future__ import annotations

import hashlib

import msgspec

from agent.visit import ledger
from agent.visit.keys import Memory
from agent.visit.ledger import Ledger
from agent.visit.live import Live, Phase

_LEDGER, _NOW, _PUBLISHED = "visit/ledger", "visit/now", "visit/published"
_LIMIT_S = 20.0


class Kept:
    """Reads it once, writes it whenever it changed; what returns is on disk."""

    def __init__(self, memory: Memory) -> None:
        """Go on where the last process stopped."""
        self._memory = memory
        self.ledger: Ledger = ledger.read(memory.recall(_LEDGER))
        self._written = memory.recall(_NOW) or b""

    def keep_ledger(self, changed: Ledger) -> None:
        """Keep the ledger. May block."""
        self._memory.remember(_LEDGER, ledger.written(changed)).result(_LIMIT_S)
        self.ledger = changed

    def visit(self) -> Live | None:
        """Return the visit that was under way when the last process ended.

        None also for one of a version that kept it otherwise: it is over.
        """
        try:
            return msgspec.json.decode(self._written, type=Live)
        except msgspec.DecodeError:
            return None

    def keep(self, live: Live | None) -> bool:
        """Keep the visit, or that there is none; tell whether anything was new. May block."""
        octets = b"" if live is None else msgspec.json.encode(_lasting(live))
        if octets == self._written:
            return False
        self._memory.remember(_NOW, octets).result(_LIMIT_S)
        self._written = octets
        return True

    def is_published(self, keys: str) -> bool:
        """Tell whether the server was told these public keys, or will be."""
        return self._memory.recall(_PUBLISHED) == hashlib.sha256(keys.encode()).digest()

    def published(self, keys: str) -> None:
        """Keep that the server will be told these. May block."""
        known = hashlib.sha256(keys.encode()).digest()
        self._memory.remember(_PUBLISHED, known).result(_LIMIT_S)


def _lasting(live: Live) -> Live:
    """Leave out what means nothing to another process, and what changes all the time."""
    shown = Phase.WAITING if live.phase in _CALLING else live.phase
    return msgspec.structs.replace(live, since_s=0.0, offer="", heard_n=-1, phase=shown)


_CALLING = frozenset({Phase.DIALING, Phase.OFFERED, Phase.JOINING, Phase.CONNECTED})
