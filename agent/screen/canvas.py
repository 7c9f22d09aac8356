"""A sheet to lay shapes on: text that fits, buttons, badges. The parts every page is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent.screen.fit import LEADING, fitted, height
from agent.screen.page import Button, Tone
from agent.screen.shapes import (
    Align,
    Arc,
    Box,
    Icon,
    Image,
    Measure,
    Rect,
    Shape,
    Target,
    Text,
    Trace,
)
from agent.screen.theme import BODY, GAP, RADIUS, SMALL, TINY, Colour

FILL = {
    Tone.PLAIN: Colour.QUIET,
    Tone.ACTION: Colour.ACTION,
    Tone.DUE: Colour.DUE_WASH,
    Tone.DONE: Colour.DONE_WASH,
    Tone.STOP: Colour.STOP,
}
ON = {
    Tone.PLAIN: Colour.INK,
    Tone.ACTION: Colour.ON_ACTION,
    Tone.DUE: Colour.DUE,
    Tone.DONE: Colour.DONE,
    Tone.STOP: Colour.ON_STOP,
}
MARK = {
    Tone.PLAIN: Colour.SOFT,
    Tone.ACTION: Colour.ACTION,
    Tone.DUE: Colour.DUE,
    Tone.DONE: Colour.DONE,
    Tone.STOP: Colour.STOP,
}


@dataclass(slots=True)
class Canvas:
    """Collects shapes and targets of one page."""

    measure: Measure
    shapes: list[Shape] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def add(self, shape: Arc | Icon | Image | Trace | Box) -> None:
        """Lay one shape down."""
        self.shapes.append(shape)

    def box(self, rect: Rect, fill: Colour, *, radius: float = RADIUS) -> None:
        """Lay a filled box down."""
        self.shapes.append(Box(rect=rect, fill=fill, radius=radius))

    def border(self, rect: Rect, colour: Colour, w: float = 1.5, *, radius: float = RADIUS) -> None:
        """Draw round a place."""
        self.shapes.append(
            Box(rect=rect, fill=None, radius=radius, border=colour, border_w=w),
        )

    def text(  # noqa: PLR0913 - a text has a place, a size and two colours
        self,
        place: Rect,
        text: str,
        size: float,
        colour: Colour = Colour.INK,
        *,
        over: Colour = Colour.PAPER,
        bold: bool = False,
        align: Align = Align.LEFT,
        middle: bool = False,
        one_line: bool = False,
    ) -> float:
        """Set text at the top of a place, or in its middle; return its height."""
        if not text.strip():
            return 0.0
        size, lines, cut = fitted(
            self.measure, text, place.w, place.h, size, bold=bold, one_line=one_line
        )
        used = height(len(lines), size)
        y = place.y + (place.h - used) / 2 if middle else place.y
        self.shapes.append(
            Text(
                rect=Rect(place.x, y, place.w, used),
                lines=tuple(lines),
                size=size,
                colour=colour,
                over=over,
                bold=bold,
                align=align,
                cut=cut,
            )
        )
        return used

    def symbol(self, place: Rect, name: str, tone: Tone) -> None:
        """Draw an icon on a disc of its tone's colour."""
        disc = place.square()
        self.box(disc, FILL[tone], radius=disc.w / 2)
        self.add(Icon(rect=disc.inset(disc.w * 0.22), name=name, colour=ON[tone]))

    def button(self, place: Rect, button: Button, *, size: float = BODY) -> None:
        """Draw a button, its icon before its label, and make it answer a finger."""
        fill, ink = FILL[button.tone], ON[button.tone]
        self.box(place, fill)
        if button.chosen:
            self.border(place, MARK[Tone.ACTION], 4)
        inner = place.inset(12, 4)
        if button.icon and button.label:
            inner = self._icon_before(inner, button, size, ink)
        elif button.icon:
            self.add(Icon(rect=inner.inset(4).square(), name=button.icon, colour=ink))
        align = Align.LEFT if button.icon else Align.MIDDLE
        self.text(inner, button.label, size, ink, over=fill, bold=True, align=align, middle=True)
        if button.badge:
            self._badge(place, button.badge)
        self.targets.append(Target(rect=place, action=button.action, label=button.label))

    def _icon_before(self, inner: Rect, button: Button, size: float, ink: Colour) -> Rect:
        side = min(size * 1.25, inner.h)
        room = inner.w - side - GAP
        fit, lines, _ = fitted(self.measure, button.label, room, inner.h, size, bold=True)
        widest = max(self.measure.width(line, fit, bold=True) for line in lines)
        lead = max((room - widest) / 2, 0)
        place = Rect(inner.x + lead, inner.y + (inner.h - side) / 2, side, side)
        self.add(Icon(rect=place, name=button.icon, colour=ink))
        return Rect(place.right + GAP, inner.y, inner.right - place.right - GAP, inner.h)

    def _badge(self, place: Rect, number: int) -> None:
        side = SMALL * LEADING
        disc = Rect(place.right - side * 0.8, place.y - side * 0.25, side, side)
        self.box(disc, Colour.DUE, radius=side / 2)
        text = str(number) if number < 10 else "9+"  # noqa: PLR2004 - two figures do not fit
        self.text(
            disc,
            text,
            TINY,
            Colour.PAPER,
            over=Colour.DUE,
            bold=True,
            align=Align.MIDDLE,
            middle=True,
        )

    def move_down(self, since: int, by: float) -> None:
        """Move the texts laid since then: to the middle, once their height is known."""
        for at in range(since, len(self.shapes)):
            shape = self.shapes[at]
            if isinstance(shape, Text):
                self.shapes[at] = replace(shape, rect=replace(shape.rect, y=shape.rect.y + by))
