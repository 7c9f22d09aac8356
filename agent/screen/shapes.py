"""What is painted: a flat list of shapes with places, in units. Pure, and plain to test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from agent.screen.theme import Colour


@dataclass(frozen=True, slots=True)
class Rect:
    """A place, in units."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """Return the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Return the lower edge."""
        return self.y + self.h

    def inset(self, dx: float, dy: float | None = None) -> Rect:
        """Return a smaller place in the middle of this one."""
        dy = dx if dy is None else dy
        return Rect(self.x + dx, self.y + dy, max(self.w - 2 * dx, 0), max(self.h - 2 * dy, 0))

    def left_part(self, w: float, gap: float = 0) -> tuple[Rect, Rect]:
        """Cut `w` off the left; return it and what is left after a gap."""
        rest = max(self.w - w - gap, 0)
        return replace(self, w=w), Rect(self.x + w + gap, self.y, rest, self.h)

    def top_part(self, h: float, gap: float = 0) -> tuple[Rect, Rect]:
        """Cut `h` off the top; return it and what is left after a gap."""
        rest = max(self.h - h - gap, 0)
        return replace(self, h=h), Rect(self.x, self.y + h + gap, self.w, rest)

    def bottom_part(self, h: float, gap: float = 0) -> tuple[Rect, Rect]:
        """Cut `h` off the bottom; return it and what is left above a gap."""
        rest = max(self.h - h - gap, 0)
        return Rect(self.x, self.bottom - h, self.w, h), replace(self, h=rest)

    def columns(self, count: int, gap: float) -> list[Rect]:
        """Cut into equal columns."""
        w = (self.w - gap * (count - 1)) / count
        return [Rect(self.x + at * (w + gap), self.y, w, self.h) for at in range(count)]

    def lines(self, count: int, gap: float) -> list[Rect]:
        """Cut into equal lines."""
        h = (self.h - gap * (count - 1)) / count
        return [Rect(self.x, self.y + at * (h + gap), self.w, h) for at in range(count)]

    def square(self) -> Rect:
        """Return the largest square in the middle."""
        side = min(self.w, self.h)
        return Rect(self.x + (self.w - side) / 2, self.y + (self.h - side) / 2, side, side)

    def holds(self, x: float, y: float) -> bool:
        """Tell whether a point is in it."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def within(self, other: Rect, slack: float = 0.5) -> bool:
        """Tell whether all of this lies in another, but for rounding."""
        return (
            self.x >= other.x - slack
            and self.y >= other.y - slack
            and self.right <= other.right + slack
            and self.bottom <= other.bottom + slack
        )


class Align(Enum):
    """Where a line of text begins."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rounded box, or its border only."""

    rect: Rect
    fill: Colour | None
    radius: float
    border: Colour | None = None
    border_w: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Lines of one size, laid out already. `over` is the colour behind, for whoever checks it."""

    rect: Rect
    lines: tuple[str, ...]
    size: float
    colour: Colour
    over: Colour
    bold: bool = False
    align: Align = Align.LEFT
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Icon:
    """A drawing from `agent.screen.icons`."""

    rect: Rect
    name: str
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A small line through points, each in its own place, the last one dotted."""

    points: tuple[tuple[float, float], ...]
    colour: Colour
    w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A ring of which a part is filled, clockwise from the top."""

    rect: Rect
    done: float
    colour: Colour
    track: Colour
    w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that only the edge has, with an outline drawn over it."""

    rect: Rect
    name: str
    outline: str
    colour: Colour


Shape = Box | Text | Icon | Trace | Arc | Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place that answers a finger."""

    rect: Rect
    action: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A page on its glass."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    targets: tuple[Target, ...]

    def at(self, x: float, y: float) -> Target | None:
        """Return what was pressed, or nothing."""
        return next((one for one in self.targets if one.rect.holds(x, y)), None)


class Measure(Protocol):
    """How wide a line is in the font it will be painted in, in units."""

    def width(self, text: str, size: float, *, bold: bool) -> float:
        """Return the advance of the whole line."""
