"""The window: paints the model's page, hands touches and keys to it, and does what it asks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import astuple, replace
from time import monotonic

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRasterWindow,
    QRegion,
    QResizeEvent,
)

from agent.clock import process_age_s
from agent.screen import hands, model
from agent.screen.layout import lay_out, unit_of
from agent.screen.messages import FromHub
from agent.screen.model import Done, Model
from agent.screen.page import Header, Page
from agent.screen.qt.paint import Brush, Face
from agent.screen.shapes import Image, Rect, Scene
from agent.screen.sight import Sight
from agent.screen.theme import BASE_HEIGHT, BASE_WIDTH, DAY, NIGHT
from agent.screen.views.view import Effect, Say

log = logging.getLogger(__name__)

_TICK_MS = 500
_FORWARD = {Qt.Key.Key_Tab, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_N}
_BACKWARD = {Qt.Key.Key_Backtab, Qt.Key.Key_Left, Qt.Key.Key_Up}
_CHOOSE = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}

Did = Callable[[Effect], None]


class Window(QRasterWindow):
    """One page on one glass. It repaints only when what it shows is another than before.

    `placed` tells how large each picture of the page is, by name.
    """

    placed = Signal(object)

    def __init__(self, start: Model, did: Did, *, clock: Callable[[], float] = monotonic) -> None:
        """Show a model; `did` does its effects."""
        super().__init__()
        self.model, self._did, self._clock = start, did, clock
        self.hands = hands.Hands()
        self.pictures: dict[str, QImage] = {}
        self._places: dict[str, QRect] = {}
        self._face = Face(1.0)
        self._painted = False
        self._shown: tuple[Page, Header, bool] | None = None
        self._scene = Scene(width=0, height=0, shapes=(), targets=())
        self.setTitle("Hearth")
        self.resize(BASE_WIDTH, BASE_HEIGHT)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.tick)
        self._timer.start(_TICK_MS)

    def hear(self, message: FromHub) -> None:
        """Take a message of the hub."""
        self._apply(model.told(self.model, message, self._clock()))

    def connected(self, is_there: bool) -> None:  # noqa: FBT001 - a callback's one argument
        """Take the news that the hub can be heard, or cannot."""
        self._apply(model.connected(self.model, self._clock(), is_there=is_there))

    def other_version(self) -> None:
        """Take the news that the hub speaks another version."""
        self._apply(model.other_version(self.model, self._clock()))

    def see(self, sight: Sight) -> None:
        """Take what the camera tells."""
        self._apply(model.saw(self.model, sight, self._clock()))

    def tick(self) -> None:
        """Let time pass."""
        self._apply(model.ticked(self.model, self._clock()))

    def press(self, action: str) -> None:
        """Do what a target does; nothing for an empty action."""
        if action:
            self._apply(model.pressed(self.model, action, self._clock()))

    def _apply(self, done: Done) -> None:
        self.model, effects = done
        for effect in effects:
            self._did(effect)
        self._refresh()

    def _refresh(self) -> None:
        """Lay out and paint, if there is anything new to see."""
        shown = (self.model.page, self.model.header, self.model.is_night)
        if shown == self._shown:
            return
        if self._shown is None or shown[0].name != self._shown[0].name:
            self.hands = hands.new_page(self.hands, self._clock(), keep_focus=self.hands.focus >= 0)
        self._shown = shown
        self._lay_out()
        self.update()

    def _lay_out(self) -> None:
        unit = unit_of(self.width(), self.height())
        ratio = self.devicePixelRatio()
        if self._face.unit != unit * ratio:
            self._face = Face(unit * ratio)
        size = (self.width() / unit, self.height() / unit)
        self._scene = lay_out(self.model.page, self.model.header, size, self._face)
        self._places = {
            one.name: QRectF(*(unit * side for side in astuple(one.rect))).toAlignedRect()
            for one in self._scene.shapes
            if isinstance(one, Image)
        }
        self.placed.emit({name: place.size() * ratio for name, place in self._places.items()})

    @property
    def scene(self) -> Scene:
        """Return what is on the glass."""
        return self._scene

    def show_picture(self, name: str, image: QImage) -> None:
        """Show what a camera sees; nothing else is painted anew for it."""
        self.pictures[name] = image
        if name in self._places:
            self.update(self._places[name])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint what of the page is to be painted anew."""
        focus = self.hands.focus
        frame: Rect | None = (
            self._scene.targets[focus].rect if 0 <= focus < len(self._scene.targets) else None
        )
        under = self.hands.down.rect if self.hands.down else None
        painter = QPainter(self)
        painter.scale(1 / self.devicePixelRatio(), 1 / self.devicePixelRatio())
        Brush(self._face, NIGHT if self.model.is_night else DAY).paint(
            painter,
            self._within(event.region()),
            focus=frame,
            pressed=under,
            pictures=self.pictures,
        )
        painter.end()
        if not self._painted:
            log.info("first picture after_s=%.2f", process_age_s())
        self._painted = True
        log.info("painted")

    def _within(self, part: QRegion) -> Scene:
        """Return the scene, or of it the pictures where nothing else is to be painted anew."""
        names, rest = set(), part
        for name, place in self._places.items():
            if part.intersects(place):
                names.add(name)
                rest = rest.subtracted(QRegion(place))
        if not names or not rest.isEmpty():
            return self._scene
        shapes = self._scene.shapes
        kept = [one for one in shapes if isinstance(one, Image) and one.name in names]
        return replace(self._scene, shapes=tuple(kept))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lay out anew for another glass."""
        super().resizeEvent(event)
        self._lay_out()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Note where a finger (Qt turns touches into these) or a mouse came down."""
        x, y = self._units(event)
        self.hands = hands.touched(self.hands, self._scene, x, y, self._clock())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Note that it left, and press what it left."""
        x, y = self._units(event)
        self.hands, action = hands.released(self.hands, self._scene, x, y, self._clock())
        self.update()
        self.press(action)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move on, choose, or go back."""
        key = Qt.Key(event.key())
        if event.isAutoRepeat():
            return
        if key in _FORWARD or key in _BACKWARD:
            self.hands = hands.stepped(self.hands, self._scene, 1 if key in _FORWARD else -1)
            label = hands.focused(self.hands, self._scene)
            if label and self.model.speaks:
                self._did(Say(text=label))
            self.update()
        elif key in _CHOOSE:
            self.press(hands.chosen(self.hands, self._scene, self._clock()))
        elif key == Qt.Key.Key_Escape:
            self.press("back")
        elif key == Qt.Key.Key_S:
            self.press("speak")

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop the clock."""
        self._timer.stop()
        event.accept()

    def _units(self, event: QMouseEvent) -> tuple[float, float]:
        unit = unit_of(self.width(), self.height())
        return event.position().x() / unit, event.position().y() / unit
