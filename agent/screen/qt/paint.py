"""Paints a scene: the only drawing there is. Units become pixels here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
)

from agent.screen.fit import LEADING
from agent.screen.icons import SIDE, WEIGHT, path
from agent.screen.shapes import Align, Arc, Box, Icon, Image, Rect, Scene, Text, Trace
from agent.screen.theme import FONTS, Colour

_AS_IT_IS = 0.005
_FLAGS = {
    Align.LEFT: Qt.AlignmentFlag.AlignLeft,
    Align.MIDDLE: Qt.AlignmentFlag.AlignHCenter,
    Align.RIGHT: Qt.AlignmentFlag.AlignRight,
}


class Face:
    """The letters at one size of glass: measures them and sets them. A `Measure`."""

    def __init__(self, unit: float) -> None:
        """Take pixels for one unit; choose the first of the theme's fonts that is installed."""
        self.unit = unit
        known = set(QFontDatabase.families())
        self._family = next((name for name in FONTS if name in known), "sans-serif")
        self._fonts: dict[tuple[int, bool], tuple[QFont, QFontMetricsF]] = {}

    def font(self, size: float, *, bold: bool) -> tuple[QFont, QFontMetricsF]:
        """Return the font of a size in units, and its metrics in pixels."""
        key = (max(round(size * self.unit), 1), bold)
        if key not in self._fonts:
            font = QFont(self._family)
            font.setPixelSize(key[0])
            font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
            self._fonts[key] = (font, QFontMetricsF(font))
        return self._fonts[key]

    def width(self, text: str, size: float, *, bold: bool) -> float:
        """Return how wide a line is, in units."""
        return self.font(size, bold=bold)[1].horizontalAdvance(text) / self.unit


class Brush:
    """Paints scenes with one palette."""

    def __init__(self, face: Face, palette: Mapping[Colour, str]) -> None:
        """Keep the letters and what colours look like."""
        self._face, self._unit = face, face.unit
        self._colours = {name: QColor(value) for name, value in palette.items()}

    def paint(
        self,
        painter: QPainter,
        scene: Scene,
        *,
        focus: Rect | None = None,
        pressed: Rect | None = None,
        pictures: Mapping[str, QImage] | None = None,
    ) -> None:
        """Paint everything, and a frame round what has the focus or lies under a finger."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for shape in scene.shapes:
            match shape:
                case Box():
                    self._box(painter, shape)
                case Text():
                    self._text(painter, shape)
                case Icon():
                    self._icon(painter, shape)
                case Trace():
                    self._trace(painter, shape)
                case Arc():
                    self._arc(painter, shape)
                case Image():
                    self._image(painter, shape, (pictures or {}).get(shape.name))
        for rect, colour in ((focus, Colour.FOCUS), (pressed, Colour.INK)):
            if rect is not None:
                frame = Box(rect=rect.inset(-4), fill=None, radius=18, border=colour, border_w=5)
                self._box(painter, frame)

    def _rect(self, rect: Rect) -> QRectF:
        unit = self._unit
        return QRectF(rect.x * unit, rect.y * unit, rect.w * unit, rect.h * unit)

    def _pen(self, colour: Colour, w: float) -> QPen:
        pen = QPen(self._colours[colour], w * self._unit)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return pen

    def _box(self, painter: QPainter, box: Box) -> None:
        painter.setPen(
            self._pen(box.border, box.border_w) if box.border else QPen(Qt.PenStyle.NoPen)
        )
        painter.setBrush(self._colours[box.fill] if box.fill else Qt.BrushStyle.NoBrush)
        radius = box.radius * self._unit
        painter.drawRoundedRect(self._rect(box.rect), radius, radius)

    def _text(self, painter: QPainter, text: Text) -> None:
        font, _ = self._face.font(text.size, bold=text.bold)
        painter.setFont(font)
        painter.setPen(self._colours[text.colour])
        flags = _FLAGS[text.align] | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        line_h = text.size * LEADING
        for at, line in enumerate(text.lines):
            rect = Rect(text.rect.x, text.rect.y + at * line_h, text.rect.w, line_h)
            painter.drawText(self._rect(rect), int(flags) | Qt.TextFlag.TextSingleLine, line)

    def _icon(self, painter: QPainter, icon: Icon) -> None:
        painter.save()
        place = self._rect(icon.rect)
        painter.translate(place.topLeft())
        painter.scale(place.width() / SIDE, place.height() / SIDE)
        pen = self._pen(icon.colour, 1)
        pen.setWidthF(WEIGHT)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(drawn(icon.name))
        painter.restore()

    def _trace(self, painter: QPainter, trace: Trace) -> None:
        points = [QPointF(x * self._unit, y * self._unit) for x, y in trace.points]
        painter.setPen(self._pen(trace.colour, trace.w))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(points)
        painter.setBrush(self._colours[trace.colour])
        dot = trace.w * self._unit
        painter.drawEllipse(points[-1], dot, dot)

    def _arc(self, painter: QPainter, arc: Arc) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._pen(arc.track, arc.w))
        painter.drawEllipse(self._rect(arc.rect))
        if arc.done > 0:
            painter.setPen(self._pen(arc.colour, arc.w))
            painter.drawArc(self._rect(arc.rect), 90 * 16, round(-arc.done * 360 * 16))

    def _image(self, painter: QPainter, image: Image, picture: QImage | None) -> None:
        place = self._rect(image.rect)
        painter.save()
        clip = QPainterPath()
        clip.addRoundedRect(place, 16 * self._unit, 16 * self._unit)
        painter.setClipPath(clip)
        if picture is None:
            painter.fillRect(place, self._colours[Colour.QUIET])
        else:
            painter.drawImage(_covering(place, picture), picture)
        painter.setPen(self._pen(image.colour, 5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if image.outline == "face":
            high = min(place.height() * 0.84, place.width())
            painter.drawEllipse(place.center(), high * 0.36, high * 0.5)
        elif image.outline == "frame":
            side = 12 * self._unit
            inner = place.adjusted(*(2 * one for one in (side, side, -side, -side)))
            painter.drawRoundedRect(inner, side, side)
        painter.restore()


def drawn(name: str) -> QPainterPath:
    """Return an icon as a path on its square."""
    outline = QPainterPath()
    for letter, figures in path(name):
        match letter, figures:
            case "M", (x, y):
                outline.moveTo(x, y)
            case "L", (x, y):
                outline.lineTo(x, y)
            case "C", (a, b, c, d, x, y):
                outline.cubicTo(a, b, c, d, x, y)
            case "Z", ():
                outline.closeSubpath()
            case (("O" | "D"), (x, y, r)):
                # A dot is a circle so small that its own line fills it.
                radius = r * 0.4 if letter == "D" else r
                outline.addEllipse(QPointF(x, y), radius, radius)
    return outline


def _covering(place: QRectF, picture: QImage) -> QRectF:
    """Return where a picture goes so that it covers the place, its middle in the middle.

    One that fits but for a pixel is put there as it is: that takes an eighth of the time.
    """
    scale = max(place.width() / picture.width(), place.height() / picture.height())
    fits = abs(scale - 1) < _AS_IT_IS
    width = picture.width() * (1 if fits else scale)
    height = picture.height() * (1 if fits else scale)
    left, top = place.center().x() - width / 2, place.center().y() - height / 2
    return (
        QRectF(round(left), round(top), width, height) if fits else QRectF(left, top, width, height)
    )
