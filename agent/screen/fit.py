"""Sets text: breaks lines, and makes the letters smaller before anything is cut off."""

from __future__ import annotations

from collections.abc import Iterator

from agent.screen.shapes import Measure
from agent.screen.theme import SMALLEST

LEADING = 1.28
_STEP = 0.94
_DOTS = "…"


def height(lines: int, size: float) -> float:
    """Return how high so many lines are."""
    return lines * size * LEADING


def wrapped(measure: Measure, text: str, width: float, size: float, *, bold: bool) -> list[str]:
    """Break text into lines no wider than `width`; a word that is wider is broken itself."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in _pieces(measure, paragraph, width, size, bold=bold):
            longer = f"{line} {word}" if line else word
            if line and measure.width(longer, size, bold=bold) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def _pieces(
    measure: Measure, paragraph: str, width: float, size: float, *, bold: bool
) -> Iterator[str]:
    for word in paragraph.split():
        piece = word
        while piece:
            keep = _most(measure, piece, width, size, bold=bold)
            yield piece[:keep]
            piece = piece[keep:]


def _most(measure: Measure, word: str, width: float, size: float, *, bold: bool) -> int:
    """Return how many of a word's letters have room, one at least.

    Measuring is slow and takes as long as the text is: so never much more of it than has room, or
    a message without a blank would stop the screen for a minute.
    """
    fits, more = 1, 2
    while more <= len(word) and measure.width(word[:more], size, bold=bold) <= width:
        fits, more = more, 2 * more
    if fits == len(word):
        return fits
    over = min(more, len(word) + 1)
    while over - fits > 1:
        middle = (fits + over) // 2
        if measure.width(word[:middle], size, bold=bold) <= width:
            fits = middle
        else:
            over = middle
    return fits


def fitted(  # noqa: PLR0913 - a place is four figures
    measure: Measure,
    text: str,
    width: float,
    room: float,
    size: float,
    *,
    bold: bool = False,
    one_line: bool = False,
) -> tuple[float, list[str], bool]:
    """Find the largest letters, `size` at most, at which all of the text has room.

    Returns
    -------
    size : float
        In units, never below `SMALLEST`.
    lines : list of str
        What is written on each line.
    cut : bool
        True when even the smallest letters left something out; the last line then ends in dots.
    """
    while True:
        lines = wrapped(measure, text, width, size, bold=bold)
        whole = max((measure.width(word, size, bold=bold) for word in text.split()), default=0)
        most = 1 if one_line else max(int(room / (size * LEADING) + 0.01), 1)
        if len(lines) <= most and whole <= width:
            return size, lines, False
        if size <= SMALLEST:
            break
        size = max(size * _STEP, SMALLEST)
    if len(lines) <= most:  # a single word was broken, and all of it is there
        return size, lines, False
    kept = lines[:most]
    last = kept[-1]
    while last and measure.width(last + _DOTS, size, bold=bold) > width:
        last = last[:-1]
    return size, [*kept[:-1], last + _DOTS], True
