"""The page of a visit: the other side large, and at its right who it is and how things stand."""

from __future__ import annotations

from agent.screen.canvas import MARK, Canvas
from agent.screen.page import Sign, Stage, Tone
from agent.screen.shapes import Icon, Image, Rect
from agent.screen.theme import BODY, EDGE, GAP, LARGE, SMALL, TITLE, Colour

_SIDE_LEAST, _SIDE_SHARE = 236.0, 0.3
_SIGN_H = 40.0


def stage(canvas: Canvas, place: Rect, heading: str, hint: str, body: Stage) -> None:
    """Lay a visit out."""
    side_w = max(place.w * _SIDE_SHARE, _SIDE_LEAST)
    film, side = place.left_part(place.w - side_w - EDGE, EDGE)
    _picture(canvas, film, body.theirs, "person", "")
    signs, side = side.bottom_part(_SIGN_H * len(body.signs), GAP)
    mine, words = side.bottom_part(min(side.w * 0.75, side.h * 0.46), GAP)
    head, foot = words.top_part(words.h * 0.52, GAP / 2)
    size = TITLE if len(heading) < 12 else LARGE  # noqa: PLR2004 - a short name may be large
    used = canvas.text(head, heading, size, bold=True)
    canvas.text(
        Rect(foot.x, head.y + used + GAP / 2, foot.w, words.bottom - head.y - used - GAP / 2),
        hint,
        BODY,
        Colour.SOFT,
    )
    _picture(canvas, mine, body.mine, "camera-off", "mine")
    for spot, one in zip(signs.lines(max(len(body.signs), 1), 0), body.signs, strict=False):
        _sign(canvas, spot, one)


def _picture(canvas: Canvas, place: Rect, name: str, instead: str, outline: str) -> None:
    if name:
        canvas.add(Image(rect=place, name=name, outline=outline, colour=Colour.LINE))
        return
    canvas.box(place, Colour.QUIET)
    side = min(place.square().w * 0.5, 140)
    middle = Rect(place.x + (place.w - side) / 2, place.y + (place.h - side) / 2, side, side)
    canvas.add(Icon(rect=middle, name=instead, colour=Colour.SOFT))


def _sign(canvas: Canvas, place: Rect, one: Sign) -> None:
    colour = MARK[one.tone] if one.tone is not Tone.PLAIN else Colour.SOFT
    icon, words = place.left_part(28, GAP)
    canvas.add(Icon(rect=icon.square(), name=one.icon, colour=colour))
    canvas.text(words, one.text, SMALL, colour, bold=True, middle=True, one_line=True)
