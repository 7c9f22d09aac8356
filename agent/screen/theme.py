"""The visual language as figures: colours by day and night, the type scale, the measure of space.

All sizes are in units: one unit is a pixel at 800x480 and grows with the glass, so that a page
looks the same on every one. Contrasts are those of WCAG 2.2: 4.5 for text (1.4.3), 3 for shapes
(1.4.11).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

BASE_WIDTH, BASE_HEIGHT = 800, 480
FONTS = ("Open Sans", "Noto Sans", "DejaVu Sans")


class Colour(StrEnum):
    """What a colour means; what it looks like is `DAY`'s and `NIGHT`'s matter."""

    PAPER = "paper"
    CARD = "card"
    LINE = "line"
    INK = "ink"
    SOFT = "soft"
    ACTION = "action"
    ON_ACTION = "on-action"
    QUIET = "quiet"
    DUE = "due"
    DUE_WASH = "due-wash"
    DONE = "done"
    DONE_WASH = "done-wash"
    STOP = "stop"
    ON_STOP = "on-stop"
    FOCUS = "focus"


DAY: Mapping[Colour, str] = {
    Colour.PAPER: "#FAF6EF",
    Colour.CARD: "#FFFFFF",
    Colour.LINE: "#D9D2C6",
    Colour.INK: "#1C2528",
    Colour.SOFT: "#4C585C",
    Colour.ACTION: "#0B5C5E",
    Colour.ON_ACTION: "#FFFFFF",
    Colour.QUIET: "#E9E3D8",
    Colour.DUE: "#A5400B",
    Colour.DUE_WASH: "#FCEBDD",
    Colour.DONE: "#1D6537",
    Colour.DONE_WASH: "#E1F0E4",
    Colour.STOP: "#9A2A2A",
    Colour.ON_STOP: "#FFFFFF",
    Colour.FOCUS: "#1F4FD1",
}
NIGHT: Mapping[Colour, str] = {
    Colour.PAPER: "#101416",
    Colour.CARD: "#1B2225",
    Colour.LINE: "#37434A",
    Colour.INK: "#EFE6D8",
    Colour.SOFT: "#B7B1A6",
    Colour.ACTION: "#7CC7C2",
    Colour.ON_ACTION: "#0A1A1B",
    Colour.QUIET: "#29343A",
    Colour.DUE: "#F2A86B",
    Colour.DUE_WASH: "#3A2818",
    Colour.DONE: "#8CD3A2",
    Colour.DONE_WASH: "#173023",
    Colour.STOP: "#F0A3A0",
    Colour.ON_STOP: "#2B0D0D",
    Colour.FOCUS: "#8FB4FF",
}

# The type scale: each step is about a fourth (4:3) above the one before.
TINY, SMALL, BODY, LARGE, TITLE, NUMBER, GIANT = 17.0, 20.0, 24.0, 30.0, 38.0, 54.0, 92.0
SMALLEST = 16.0
GAP, EDGE, RADIUS = 10.0, 18.0, 16.0
TARGET = 64.0
"""The least height of what a finger presses, in units; WCAG 2.2 (2.5.8) asks for 24."""


def luminance(colour: str) -> float:
    """Return the relative luminance of "#RRGGBB", 0 to 1 (WCAG 2.2, "relative luminance")."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - the standard's
