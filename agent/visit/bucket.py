"""How often something may happen: a bucket that fills with time (token bucket). Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """Lets through `most` at once and `most` in each `per_s` on average."""

    most: int
    per_s: float
    _left: float = -1.0
    _at_s: float = 0.0

    def take(self, now_s: float) -> bool:
        """Tell whether one more may happen now, by a clock that never jumps."""
        if self._left < 0:
            self._left, self._at_s = float(self.most), now_s
        grown = (now_s - self._at_s) * self.most / self.per_s
        self._left, self._at_s = min(self._left + grown, float(self.most)), now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
