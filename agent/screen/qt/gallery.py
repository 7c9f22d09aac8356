"""Pictures of every view: both sizes, every language, day and night."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication, QImage, QPainter

from agent.screen.layout import lay_out, unit_of
from agent.screen.model import Model
from agent.screen.qt.paint import Brush, Face
from agent.screen.qt.program import platform_for_pictures
from agent.screen.samples import samples
from agent.screen.shapes import Scene
from agent.screen.theme import DAY, NIGHT
from agent.screen.words import LANGUAGES

SIZES = ((800, 480), (1920, 1080))


def without_display() -> QGuiApplication:
    """Return the one Qt application of this process, painting into memory if it is new."""
    platform_for_pictures()
    found = QGuiApplication.instance()
    return found if isinstance(found, QGuiApplication) else QGuiApplication(["hearth"])


def scene_of(model: Model, size: tuple[int, int]) -> tuple[Scene, Face]:
    """Lay a model's page out on a glass of so many pixels."""
    unit = unit_of(*size)
    face = Face(unit)
    in_units = (size[0] / unit, size[1] / unit)
    return lay_out(model.page, model.header, in_units, face), face


def painted(model: Model, size: tuple[int, int]) -> QImage:
    """Paint one page."""
    scene, face = scene_of(model, size)
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    Brush(face, NIGHT if model.is_night else DAY).paint(painter, scene)
    painter.end()
    return image


def paint_all(folder: Path) -> int:
    """Paint every page into a folder; return how many there are."""
    application = without_display()
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for language in LANGUAGES:
        for night in (False, True):
            for name, model in samples(language, night=night):
                for size in SIZES:
                    light = "night" if night else "day"
                    file = f"{name}-{language}-{light}-{size[0]}x{size[1]}.png"
                    painted(model, size).save(str(folder / file))
                    count += 1
    application.processEvents()
    return count
