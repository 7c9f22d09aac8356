"""Codes for paper and terminal."""

from __future__ import annotations

from pathlib import Path

import segno

from vitals.errors import HubError

_QUIET = 4  # modules of margin (ISO/IEC 18004, 9.1)
_BLOCKS = {(0, 0): " ", (1, 0): "\N{UPPER HALF BLOCK}", (0, 1): "\N{LOWER HALF BLOCK}"}
_FULL = "\N{FULL BLOCK}"
_BLACK_ON_WHITE, _AS_BEFORE = "\x1b[30;107m", "\x1b[0m"
_SCALE = 8


def qr(text: str, *, coloured: bool) -> str:
    """Return a QR code in half blocks; error correction M: 15 % may be glare or a thumb.

    Parameters
    ----------
    coloured : bool
        Say that dark is black and light is white, for a terminal that has it otherwise.
    """
    code = segno.make_qr(text, error="m")
    rows = [list(row) for row in code.matrix_iter(border=_QUIET)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    lines = [
        "".join(_BLOCKS.get(pair, _FULL) for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]
    if coloured:
        lines = [f"{_BLACK_ON_WHITE}{line}{_AS_BEFORE}" for line in lines]
    return "\n".join(lines)


def draw(text: str, path: Path) -> None:
    """Draw a QR code into a file, PNG or SVG by its name; raises HubError FLEET-02."""
    try:
        segno.make_qr(text, error="m").save(str(path), scale=_SCALE, border=_QUIET)
    except (OSError, ValueError) as error:
        raise HubError(
            f"The code cannot be drawn into {path} ({type(error).__name__}).",
            fix="Name a file that ends in .png or .svg, in a folder that you may write to.",
            code="FLEET-02",
        ) from None
