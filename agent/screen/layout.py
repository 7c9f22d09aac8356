"""From a page to places: one way of laying out, for every glass from 800x480 to 1920x1080."""

from __future__ import annotations

from agent.screen.bodies import board, grid, letters, pad, prose, rows
from agent.screen.canvas import Canvas
from agent.screen.figures import figure
from agent.screen.page import (
    Board,
    Button,
    Grid,
    Header,
    Letters,
    Pad,
    Page,
    Prose,
    Rows,
    Stage,
    Tone,
)
from agent.screen.shapes import Align, Icon, Measure, Rect, Scene, Target
from agent.screen.stage import stage
from agent.screen.theme import (
    BASE_HEIGHT,
    BASE_WIDTH,
    BODY,
    EDGE,
    GAP,
    LARGE,
    SMALL,
    TARGET,
    TITLE,
    Colour,
)

HEAD_H = TARGET
BUTTON_H = 76.0
_MARK = {Tone.DUE: Colour.DUE, Tone.DONE: Colour.DONE, Tone.STOP: Colour.STOP}


def unit_of(width_px: int, height_px: int) -> float:
    """Return how many pixels one unit is on a glass of this size."""
    return min(width_px / BASE_WIDTH, height_px / BASE_HEIGHT)


def lay_out(page: Page, header: Header, size: tuple[float, float], measure: Measure) -> Scene:
    """Give everything on a page its place.

    Parameters
    ----------
    page, header : Page, Header
        What to show.
    size : (width, height)
        Of the glass, in units.
    measure : Measure
        How wide text is.
    """
    canvas = Canvas(measure)
    glass = Rect(0, 0, *size)
    canvas.box(glass, Colour.PAPER, radius=0)
    main = glass.inset(EDGE, GAP)
    if not isinstance(page.body, Stage):
        head, main = main.top_part(HEAD_H, GAP)
        _header(canvas, head, header, page.back)
    if page.buttons:
        foot, main = main.bottom_part(BUTTON_H, GAP * 1.4)
        _buttons(canvas, foot, page.buttons)
    if page.figure is not None:
        place, main = main.left_part(min(main.w * 0.42, main.h * 1.25), EDGE * 1.4)
        figure(canvas, place, page.figure)
    _main(canvas, main, page)
    return Scene(
        width=size[0],
        height=size[1],
        shapes=tuple(canvas.shapes),
        # Whoever moves on by a button meets what is asked first, and the way back last.
        targets=tuple(sorted(canvas.targets, key=_turn)),
    )


def _turn(target: Target) -> tuple[int, float, float]:
    last = {"speak": 1, "back": 2}.get(target.action, 0)
    return last, round(target.rect.y), target.rect.x


def _header(canvas: Canvas, place: Rect, header: Header, back: str) -> None:
    if back:
        button, place = place.left_part(min(place.w * 0.24, 190), EDGE)
        canvas.button(button, Button(action="back", label=back, icon="back"), size=BODY)
    place, speak = place.left_part(place.w - TARGET - GAP, GAP)
    canvas.button(speak, Button(action="speak", label="", icon="sound"))
    clock_w = canvas.measure.width(header.clock, TITLE, bold=True) + GAP * 1.4
    clock, rest = place.left_part(clock_w)
    canvas.text(clock, header.clock, TITLE, bold=True, middle=True, one_line=True)
    state = rest
    if not back:  # a page further in has less room, and the time is enough
        day, state = rest.left_part(rest.w * 0.42, GAP)
        canvas.text(day, header.day, SMALL, Colour.SOFT, middle=True)
    colour = _MARK.get(header.tone, Colour.SOFT)
    icon, words = _right_aligned(canvas, state, header.state)
    canvas.add(Icon(rect=icon, name=header.state_icon, colour=colour))
    canvas.text(words, header.state, SMALL, colour, bold=True, middle=True)


def _right_aligned(canvas: Canvas, place: Rect, text: str) -> tuple[Rect, Rect]:
    wide = min(canvas.measure.width(text, SMALL, bold=True) + 1, place.w - 34)
    words = Rect(place.right - wide, place.y, wide, place.h)
    return Rect(words.x - 34, place.y + place.h / 2 - 13, 26, 26), words


def _buttons(canvas: Canvas, place: Rect, buttons: tuple[Button, ...]) -> None:
    for spot, button in zip(place.columns(len(buttons), GAP * 1.2), buttons, strict=True):
        canvas.button(spot, button, size=BODY)


def _main(canvas: Canvas, place: Rect, page: Page) -> None:
    body = page.body
    if body is None:
        _statement(canvas, place, page)
        return
    if isinstance(body, Stage):
        stage(canvas, place, page.heading, page.hint, body)
        return
    heading_h = place.h * (0.36 if isinstance(body, Grid) else 0.26)
    if page.hint:
        heading_h += LARGE
    top, rest = place.top_part(heading_h)
    used = _words(canvas, top, page, size=TITLE if page.figure is None else LARGE)
    rest = Rect(place.x, place.y + used + GAP, place.w, place.h - used - GAP)
    match body:
        case Board():
            board(canvas, rest, body)
        case Rows():
            rows(canvas, rest, body)
        case Grid():
            grid(canvas, rest, body)
        case Prose():
            prose(canvas, rest, body)
        case Pad():
            pad(canvas, rest, body)
        case Letters():
            letters(canvas, rest, body)


def _words(canvas: Canvas, place: Rect, page: Page, *, size: float) -> float:
    hint_h = place.h * 0.4 if page.hint else 0.0
    heading = Rect(place.x, place.y, place.w, place.h - hint_h)
    used = canvas.text(heading, page.heading, size, bold=True)
    if page.hint:
        room = Rect(place.x, place.y + used, place.w, place.h - used)
        used += canvas.text(room, page.hint, BODY, Colour.SOFT)
    return used


def _statement(canvas: Canvas, place: Rect, page: Page) -> None:
    """Set heading and hint in the middle of the page: there is nothing else to look at."""
    share = 0.62 if page.hint else 1.0
    mark = len(canvas.shapes)
    align = Align.LEFT if page.figure is not None else Align.MIDDLE
    heading, _ = place.top_part(place.h * share, GAP)
    used = canvas.text(heading, page.heading, TITLE * 1.15, bold=True, align=align)
    hint = Rect(place.x, place.y + used + GAP, place.w, place.h - used - GAP)
    used += canvas.text(hint, page.hint, LARGE * 0.95, Colour.SOFT, align=align) + GAP
    canvas.move_down(mark, max((place.h - used) / 2, 0))
