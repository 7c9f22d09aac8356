"""Draws how often the gate is right beside how often it says it is, as an SVG of a few lines."""

from __future__ import annotations

from collections.abc import Sequence

_SIZE, _EDGE = 320, 56
_STYLE = "font:12px sans-serif;fill:#222"


def svg(bins: Sequence[tuple[float, float, int]], threshold: float, title: str) -> str:
    """Return a reliability diagram.

    Parameters
    ----------
    bins : (predicted probability, share that was right, number of clips) for each bin
    threshold : float
        Drawn as a line: left of it nothing is answered.
    title : str
        One line over the diagram.

    Notes
    -----
    A perfect gate lies on the diagonal. Circles grow with the number of clips, whiskers are 95 %
    Wilson intervals (Wilson, J. Am. Stat. Assoc. 22(158):209, 1927).
    """
    parts = [*_frame(title), _line((0, 0), (1, 1), "#999", dash=True)]
    parts.append(_line((threshold, 0), (threshold, 1), "#b33", dash=True))
    parts.append(_text(threshold, -0.04, f"{threshold:.2f}", "middle", "#b33"))
    for predicted, right, count in bins:
        low, high = wilson(right, count)
        parts.append(_line((predicted, low), (predicted, high), "#245"))
        radius = min(11.0, 2.0 + count**0.5 / 4)
        parts.append(
            f'<circle cx="{_x(predicted):.1f}" cy="{_y(right):.1f}" r="{radius:.1f}" '
            f'fill="#269" fill-opacity="0.7"><title>{count} clips</title></circle>'
        )
    whole = _SIZE + 2 * _EDGE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{whole}">',
            '<rect width="100%" height="100%" fill="#fff"/>',
            *parts,
            "</svg>\n",
        ]
    )


def wilson(share: float, count: int) -> tuple[float, float]:
    """Return the interval that holds the true share 95 times of 100."""
    z2 = 1.96**2 / count
    middle = (share + z2 / 2) / (1 + z2)
    half = (z2 * share * (1 - share) + z2 * z2 / 4) ** 0.5 / (1 + z2)
    return max(0.0, middle - half), min(1.0, middle + half)


def _frame(title: str) -> list[str]:
    grid = [0.0, 0.25, 0.5, 0.75, 1.0]
    lines = [_line((at, 0), (at, 1), "#ddd") for at in grid]
    lines += [_line((0, at), (1, at), "#ddd") for at in grid]
    lines += [_text(-0.03, at - 0.012, f"{at:g}", "end") for at in grid]
    lines += [_text(at, -0.09, f"{at:g}", "middle") for at in grid]
    down = f'transform="rotate(-90 14 {_y(0.5):.0f})"'
    sideways = f'<text x="14" y="{_y(0.5):.0f}" text-anchor="middle" style="{_STYLE}" {down}>'
    return [
        *lines,
        _text(0.5, 1.05, title, "middle"),
        _text(0.5, -0.14, "predicted probability of an error under the limit", "middle"),
        f"{sideways}share that was right</text>",
    ]


def _x(share: float) -> float:
    return _EDGE + share * _SIZE


def _y(share: float) -> float:
    return _EDGE + (1 - share) * _SIZE


def _line(
    start: tuple[float, float], end: tuple[float, float], colour: str, *, dash: bool = False
) -> str:
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line x1="{_x(x1):.1f}" y1="{_y(y1):.1f}" x2="{_x(x2):.1f}" y2="{_y(y2):.1f}" '
        f'stroke="{colour}" stroke-dasharray="{"4 3" if dash else "none"}"/>'
    )


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#222") -> str:
    return (
        f'<text x="{_x(x):.1f}" y="{_y(y):.1f}" text-anchor="{anchor}" '
        f'style="{_STYLE};fill:{colour}">{words}</text>'
    )
