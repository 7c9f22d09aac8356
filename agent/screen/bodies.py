"""The bodies of pages: today's board, lists, ready answers, somebody's words, the number pad."""

from __future__ import annotations

from agent.screen.canvas import MARK, ON, Canvas
from agent.screen.fit import LEADING, wrapped
from agent.screen.page import Board, Button, Card, Grid, Letters, Pad, Prose, Row, Rows, Tone
from agent.screen.shapes import Align, Icon, Measure, Rect, Target, Trace
from agent.screen.theme import (
    BODY,
    EDGE,
    GAP,
    LARGE,
    NUMBER,
    SMALL,
    TARGET,
    Colour,
)

_ROW_H = 85.0
_PROSE = LARGE * 0.93
_KEYS_A_LINE = 9
_END = 60  # letters of what was typed last: as many as have room


def board(canvas: Canvas, place: Rect, body: Board) -> None:
    """Lay today out: rows at the left, cards at the right, each at most as many as have room."""
    left, right = place.left_part(place.w * 0.52, EDGE)
    if not body.cards:
        left = place
    rows(canvas, left, Rows(rows=body.rows))
    if body.cards:
        spots = right.lines(2, GAP)
        for spot, one in zip(spots, body.cards, strict=False):
            card(canvas, spot, one)


def rows(canvas: Canvas, place: Rect, body: Rows) -> None:
    """Lay a list out, all of it: whoever makes a page gives it no more rows than have room."""
    count = max(len(body.rows), 1)
    row_h = min((place.h - GAP * (count - 1)) / count, _ROW_H)
    for at, one in enumerate(body.rows):
        _row(canvas, Rect(place.x, place.y + at * (row_h + GAP), place.w, row_h), one)


def _row(canvas: Canvas, place: Rect, row: Row) -> None:
    due = row.tone is Tone.DUE
    fill = Colour.DUE_WASH if due else Colour.CARD
    canvas.box(place, fill)
    canvas.border(place, MARK[Tone.DUE] if due else Colour.LINE, 2 if due else 1.2)
    icon, words = place.inset(12, 6).left_part(min(place.h - 16, 52), 12)
    if due:
        canvas.add(Icon(rect=icon.square().inset(3), name=row.icon, colour=Colour.DUE))
    else:
        canvas.symbol(icon, row.icon, row.tone)
    if row.action:
        words, arrow = words.left_part(words.w - 26, 4)
        canvas.add(Icon(rect=arrow.square(), name="next", colour=ON[row.tone]))
        canvas.targets.append(Target(rect=place, action=row.action, label=row.title))
    if not row.note:
        canvas.text(words, row.title, BODY, over=fill, bold=True, middle=True)
        return
    title, note = words.top_part(words.h * 0.57)
    canvas.text(title, row.title, BODY, over=fill, bold=True, middle=True)
    colour = MARK[row.tone] if row.tone is not Tone.PLAIN else Colour.SOFT
    canvas.text(note, row.note, SMALL, colour, over=fill, middle=True, one_line=True)


def card(canvas: Canvas, place: Rect, one: Card) -> None:
    """Lay one reading out: its number is the largest thing on it."""
    canvas.box(place, Colour.CARD)
    canvas.border(place, Colour.LINE, 1.2)
    inner = place.inset(16, 10)
    head, rest = inner.top_part(SMALL * LEADING, 0)
    foot, middle = rest.bottom_part(SMALL * LEADING, 0)
    label, when = head.left_part(head.w * 0.6, GAP)
    canvas.text(label, one.label, SMALL, Colour.SOFT, over=Colour.CARD, bold=True, one_line=True)
    canvas.text(
        when,
        one.note,
        SMALL,
        Colour.SOFT,
        over=Colour.CARD,
        align=Align.RIGHT,
        one_line=True,
    )
    _number(canvas, middle, one)
    if one.state:
        icon, words = foot.left_part(foot.h, 6)
        colour = MARK[one.tone]
        canvas.add(Icon(rect=icon, name=one.state_icon, colour=colour))
        canvas.text(words, one.state, SMALL, colour, over=Colour.CARD, middle=True, one_line=True)


def _number(canvas: Canvas, place: Rect, one: Card) -> None:
    size = min(NUMBER, place.h / LEADING)
    wide = canvas.measure.width(one.value, size, bold=True)
    number, rest = place.left_part(min(wide + 2, place.w * 0.66), 8)
    canvas.text(number, one.value, size, over=Colour.CARD, bold=True, middle=True, one_line=True)
    unit_w = min(canvas.measure.width(one.unit, SMALL, bold=False) + 1, rest.w)
    unit, trend = rest.left_part(unit_w, GAP)
    canvas.text(
        Rect(unit.x, unit.y + size * 0.16, unit.w, unit.h),
        one.unit,
        SMALL,
        Colour.SOFT,
        over=Colour.CARD,
        middle=True,
        one_line=True,
    )
    if len(one.trend) > 2 and trend.w > 60:  # noqa: PLR2004 - two points are no trend
        room = min(trend.w, 110)
        area = Rect(trend.right - room, trend.y, room, trend.h).inset(6, trend.h * 0.24)
        canvas.add(Trace(points=_points(one.trend, area), colour=Colour.ACTION, w=3))


def _points(values: tuple[float, ...], area: Rect) -> tuple[tuple[float, float], ...]:
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = area.w / (len(values) - 1)
    return tuple(
        (area.x + at * step, area.bottom - area.h * ((one - low) / span if high > low else 0.5))
        for at, one in enumerate(values)
    )


def grid(canvas: Canvas, place: Rect, body: Grid) -> None:
    """Lay ready answers out, row by row."""
    count = -(-len(body.buttons) // body.columns)
    line_h = min((place.h - GAP * (count - 1)) / max(count, 1), 96)
    for at, one in enumerate(body.buttons):
        line = Rect(place.x, place.y + (at // body.columns) * (line_h + GAP), place.w, line_h)
        canvas.button(line.columns(body.columns, GAP)[at % body.columns], one)


def pages(measure: Measure, text: str, width: float, room: float) -> list[list[str]]:
    """Cut somebody's words into pages of lines, every word kept."""
    lines = wrapped(measure, text, width, _PROSE, bold=False)
    most = max(int(room / (_PROSE * LEADING)), 1)
    return [lines[at : at + most] for at in range(0, len(lines), most)] or [[]]


def prose(canvas: Canvas, place: Rect, body: Prose) -> None:
    """Lay somebody's words out; arrows at the side lead to what has no room on this page."""
    if body.note:
        note, place = place.top_part(SMALL * LEADING, GAP)
        canvas.text(note, body.note, SMALL, Colour.SOFT, one_line=True)
    canvas.box(place, Colour.CARD)
    inner = place.inset(18, 12)
    cut = pages(canvas.measure, body.text, inner.w, inner.h)
    if len(cut) > 1:
        inner, side = inner.left_part(inner.w - TARGET * 1.1, GAP)
        cut = pages(canvas.measure, body.text, inner.w, inner.h)
        _arrows(canvas, side, body.page, len(cut))
    lines = cut[min(body.page, len(cut) - 1)]
    canvas.text(inner, "\n".join(lines), _PROSE, over=Colour.CARD)


def _arrows(canvas: Canvas, side: Rect, page: int, count: int) -> None:
    upper, lower = side.lines(2, GAP)
    for spot, icon, action, there in (
        (upper, "up", "page:back", page > 0),
        (lower, "down", "page:next", page < count - 1),
    ):
        if there:
            canvas.button(spot, Button(action=action, label="", icon=icon))


def pad(canvas: Canvas, place: Rect, body: Pad) -> None:
    """Lay the number pad out: what was typed at the left, twelve keys at the right."""
    left, right = place.left_part(place.w * 0.4, EDGE)
    shown = "•" * len(body.typed) if body.hidden else body.typed
    canvas.box(left, Colour.CARD)
    canvas.border(left, Colour.LINE, 1.5)
    number, unit = left.inset(14).top_part(left.h * (0.66 if body.unit else 1) - 28)
    canvas.text(
        number,
        shown or "\N{EN DASH}",
        NUMBER,
        over=Colour.CARD,
        bold=True,
        align=Align.MIDDLE,
        middle=True,
        one_line=True,
    )
    canvas.text(unit, body.unit, BODY, Colour.SOFT, over=Colour.CARD, align=Align.MIDDLE)
    keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", body.decimal, "0", "erase"]
    for line, at in zip(right.lines(4, 7), range(0, 12, 3), strict=True):
        for spot, key in zip(line.columns(3, 7), keys[at : at + 3], strict=True):
            if key == "erase":
                canvas.button(spot, Button(action="key:erase", label="", icon="erase"))
            elif key:
                canvas.button(spot, Button(action=f"key:{key}", label=key), size=LARGE)


def letters(canvas: Canvas, place: Rect, body: Letters) -> None:
    """Lay a keyboard out: what was typed and the ways on at the left, the keys at the right."""
    left, right = place.left_part(place.w * 0.3, EDGE)
    count = len(body.buttons)
    foot_h = count * TARGET + (count - 1) * GAP if count else 0
    foot, typed = left.bottom_part(foot_h, GAP) if count else (left, left)
    canvas.box(typed, Colour.CARD)
    canvas.border(typed, Colour.LINE, 1.5)
    end = body.typed[-_END:]
    canvas.text(typed.inset(12), end or "\N{EN DASH}", BODY, over=Colour.CARD, bold=True)
    for spot, button in zip(foot.lines(max(count, 1), GAP), body.buttons, strict=False):
        canvas.button(spot, button, size=SMALL)
    _keys(canvas, right, body)


def _keys(canvas: Canvas, place: Rect, body: Letters) -> None:
    """Lay the keys out line by line; the special ones share what is left of the last line."""
    cut = [body.keys[at : at + _KEYS_A_LINE] for at in range(0, len(body.keys), _KEYS_A_LINE)]
    left = _KEYS_A_LINE - len(cut[-1])
    if left < len(body.special):
        cut.append(())
        left = _KEYS_A_LINE
    lines = place.lines(len(cut), 7)
    for line, keys in zip(lines, cut, strict=True):
        for spot, key in zip(line.columns(_KEYS_A_LINE, 7), keys, strict=False):
            canvas.button(spot, key, size=LARGE)
    first, last = lines[-1].columns(_KEYS_A_LINE, 7)[-left], lines[-1]
    rest = Rect(first.x, last.y, last.right - first.x, last.h)
    for spot, key in zip(rest.columns(len(body.special), 7), body.special, strict=True):
        canvas.button(spot, key, size=BODY)
