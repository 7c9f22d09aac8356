"""From what each picture shows to a trace: a row a picture, and never more than two minutes."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from vitals.rppg.trace import Floats, Trace

NAN = math.nan
Colour = tuple[float, float, float]
Box = tuple[float, float, float, float]
NO_COLOUR: Colour = (NAN, NAN, NAN)
NO_BOX: Box = (NAN, NAN, NAN, NAN)

MAX_ROWS = 120 * 60  # two minutes of a camera of 60 pictures a second; the oldest go first


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one picture says. Colours are mean red, green, blue; NaN where there is nothing to say.

    Names and units are those of `Trace`. `begun` is true where a face is followed that was not
    followed before; `lost` where one that was followed has been given up.
    """

    regions: Mapping[str, Colour] = field(default_factory=dict)
    background: Colour = NO_COLOUR
    box: Box = NO_BOX
    faces: float = NAN
    saturated: float = NAN
    dark: float = NAN
    skin_change: float = NAN
    mouth_change: float = NAN
    shoulders: float = NAN
    begun: bool = False
    lost: bool = False


class Rows:
    """The pictures of one face so far, the last two minutes of them."""

    def __init__(self) -> None:
        """Start without any."""
        self._rows: deque[tuple[float, Seen]] = deque(maxlen=MAX_ROWS)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._rows)

    @property
    def seconds(self) -> float:
        """Return the time from the first picture to the last."""
        return self._rows[-1][0] - self._rows[0][0] if self._rows else 0.0

    @property
    def frames_per_s(self) -> float:
        """Return how many pictures came a second, on average; 0 of fewer than two."""
        return (len(self._rows) - 1) / self.seconds if self.seconds > 0 else 0.0

    @property
    def valid_share(self) -> float:
        """Return in what share of the pictures skin was seen."""
        return sum(bool(row.regions) for _, row in self._rows) / max(1, len(self._rows))

    def add(self, at_s: float, seen: Seen) -> None:
        """Keep one picture's numbers. A face that begins leaves the one before behind.

        Two faces laid flat, or one found twice, do not lie pixel on pixel: their colours differ by
        far more than a pulse, and must not stand in one trace.
        """
        if seen.begun:
            self._rows.clear()
        self._rows.append((at_s, seen))

    def trace(self) -> Trace:
        """Return all rows as a trace; a column that was never seen is None."""
        seen = [row for _, row in self._rows]
        names = {name: None for row in seen for name in row.regions}

        def column(number: Callable[[Seen], object]) -> Floats:
            return np.array([number(row) for row in seen], dtype=np.float64)

        def known(number: Callable[[Seen], object]) -> Floats | None:
            whole = column(number)
            return whole if np.isfinite(whole).any() else None

        nothing = np.full((len(seen), 3), NAN)
        return Trace(
            at_s=np.array([at_s for at_s, _ in self._rows], dtype=np.float64),
            regions={name: column(_colour(name)) for name in names} or {"skin": nothing},
            background=known(lambda row: row.background),
            box=known(lambda row: row.box),
            faces=known(lambda row: row.faces),
            saturated=known(lambda row: row.saturated),
            dark=known(lambda row: row.dark),
            skin_change=known(lambda row: row.skin_change),
            mouth_change=known(lambda row: row.mouth_change),
            shoulders=known(lambda row: row.shoulders),
        )


def _colour(name: str) -> Callable[[Seen], Colour]:
    return lambda row: row.regions.get(name, NO_COLOUR)
