"""The figure at the left of a page: one thing to look at, seen from across the room."""

from __future__ import annotations

from agent.screen.bodies import card
from agent.screen.canvas import MARK, Canvas
from agent.screen.page import Card, Code, Figure, Glass, Ring, Symbol
from agent.screen.shapes import Align, Arc, Image, Rect
from agent.screen.theme import GAP, GIANT, Colour

_RING_W = 16.0


def figure(canvas: Canvas, place: Rect, one: Figure) -> None:
    """Lay a figure out in its place."""
    match one:
        case Symbol():
            side = min(place.w, place.h, 220)
            spot = Rect(0, 0, side, side)
            canvas.symbol(_in_the_middle(place, spot), one.icon, one.tone)
        case Ring():
            _ring(canvas, place.square().inset(_RING_W / 2), one)
        case Code():
            _code(canvas, place, one.digits)
        case Glass():
            canvas.add(
                Image(rect=place, name=one.picture, outline=one.outline, colour=MARK[one.tone])
            )
        case Card():
            card(canvas, _in_the_middle(place, Rect(0, 0, place.w, min(place.h, 190))), one)


def _in_the_middle(place: Rect, size: Rect) -> Rect:
    return Rect(place.x + (place.w - size.w) / 2, place.y + (place.h - size.h) / 2, size.w, size.h)


def _ring(canvas: Canvas, disc: Rect, ring: Ring) -> None:
    canvas.add(
        Arc(
            rect=disc,
            done=min(max(ring.done, 0.0), 1.0),
            colour=MARK[ring.tone],
            track=Colour.QUIET,
            w=_RING_W,
        )
    )
    middle = disc.inset(disc.w * 0.14, disc.h * 0.3)
    canvas.text(
        middle, ring.text, GIANT * 0.8, bold=True, align=Align.MIDDLE, middle=True, one_line=True
    )


def _code(canvas: Canvas, place: Rect, digits: str) -> None:
    """Write digits in two groups, one above the other: three are read more surely than six."""
    half = -(-len(digits) // 2)
    for spot, part in zip(place.lines(2, GAP), (digits[:half], digits[half:]), strict=True):
        canvas.box(spot, Colour.CARD)
        canvas.border(spot, Colour.LINE, 1.5)
        for cell, digit in zip(spot.inset(12, 4).columns(max(half, 1), 6), part, strict=False):
            canvas.text(
                cell,
                digit,
                GIANT,
                over=Colour.CARD,
                bold=True,
                align=Align.MIDDLE,
                middle=True,
                one_line=True,
            )
