"""Meters on wires, as their sources describe them: octets in, octets out."""

from __future__ import annotations


class Bm65:
    """Answers as a Beurer BM65 does: AA by 55, A2 by a count, A3 n by nine octets."""

    def __init__(self, *records: bytes) -> None:
        self.records = records
        self._asked = b""

    def hear(self, octets: bytes) -> bytes:
        self._asked += octets
        said = b""
        while self._asked:
            if self._asked[0] == 0xA3:
                if len(self._asked) == 1:
                    break
                said += self.records[self._asked[1] - 1]
                self._asked = self._asked[2:]
                continue
            said += {0xAA: b"\x55", 0xA2: bytes((len(self.records),))}[self._asked[0]]
            self._asked = self._asked[1:]
        return said
