"""The hub's two keys for visits: made once, kept sealed in its store."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from agent.visit.text import to_text
from sync import hpke, p256

_NAME = "visit/keys"
_LIMIT_S = 20.0


class Memory(Protocol):
    """What the store remembers, sealed: the outbox."""

    def recall(self, name: str) -> bytes | None:
        """Return what was remembered under this name."""

    def remember(self, name: str, data: bytes) -> Future[None]:
        """Keep something; the future ends when it is on the medium."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitKeys:
    """One that signs what the hub says, and one that opens letters to it."""

    signing: p256.Key
    reader: hpke.Reader

    def public(self) -> dict[str, str]:
        """Return both public halves, as an invitation names them."""
        return {
            "hub_key": to_text(self.signing.public),
            "seal": to_text(self.reader.public),
        }


def keys_of(memory: Memory) -> VisitKeys:
    """Return the hub's keys; they are on disk before anybody is told their public halves."""
    octets = memory.recall(_NAME)
    if octets:
        half = p256.PRIVATE_OCTETS
        return VisitKeys(signing=p256.Key(octets[:half]), reader=hpke.Reader(octets[half:]))
    keys = VisitKeys(signing=p256.Key(), reader=hpke.Reader())
    memory.remember(_NAME, keys.signing.private() + keys.reader.private()).result(_LIMIT_S)
    return keys
