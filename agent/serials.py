"""The serial numbers of this home's meters: a bond that the hub renewed by itself has to be earned.

Whoever is within reach can answer in a meter's name, and a bond that was lost is made anew without
a person where the meter has neither display nor buttons. So the hub remembers which serial number
each meter said (Device Information, 2A25), and after it renewed a bond takes nothing before it is
said again. A person who pairs a meter vouches for it: then it is learned anew.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

NAME = "meters/serials"
_MOST = 64


@dataclass(slots=True)
class Serials:
    """Knows serial numbers by address, in capitals. Any thread may ask.

    `kept` is what an earlier run kept, and `keep` takes what is to be kept now, at once: what a
    power cut takes is learned again at the next visit.
    """

    kept: bytes | None
    keep: Callable[[bytes], object]
    _known: dict[str, tuple[str, bool]] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Take over what was learned before."""
        self._known = _kept(self.kept)

    def wanted(self, address: str) -> str:
        """Return what a meter has to say before anything of it is taken; empty: nothing."""
        with self._lock:
            serial, proven = self._known.get(address.upper(), ("", True))
            return "" if proven else serial

    def said(self, address: str, serial: str) -> bool:
        """Note what a meter said in a visit that went well; tell whether that was news."""
        with self._lock:
            if not serial or self._known.get(address.upper()) == (serial, True):
                return False
            self._known[address.upper()] = (serial, True)
            self._save()
            return True

    def renewed(self, address: str) -> None:
        """Note that the hub made this meter's bond anew by itself."""
        with self._lock:
            serial, _ = self._known.get(address.upper(), ("", True))
            if serial:
                self._known[address.upper()] = (serial, False)
                self._save()

    def forget(self, address: str) -> None:
        """Forget a meter's: a person paired it, or took it away."""
        with self._lock:
            if self._known.pop(address.upper(), None) is not None:
                self._save()

    def _save(self) -> None:
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        self.keep(json.dumps(self._known).encode())


def _kept(octets: bytes | None) -> dict[str, tuple[str, bool]]:
    try:
        found = json.loads(octets or b"{}")
        return {str(name): (str(serial), bool(proven)) for name, (serial, proven) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}  # of another version: it is learned anew
