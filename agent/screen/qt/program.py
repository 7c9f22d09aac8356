"""The program `hearth screen`: the window, the socket and the voice, joined."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication

from agent.clock import machine_now
from agent.screen.media import MEDIA
from agent.screen.messages import FromHub, Home
from agent.screen.model import Model
from agent.screen.qt.booth import Booth
from agent.screen.qt.eye import Eye
from agent.screen.qt.link import HubLink
from agent.screen.qt.window import Window
from agent.screen.start import FILE, Start, decoded, encoded, start_of
from agent.screen.views.view import Effect, Look, Tell
from agent.screen.voice import Voice
from vitals.errors import HubError

if TYPE_CHECKING:
    from vitals.rppg.frame import Camera, TimedFrame

OpenCamera = Callable[["Callable[[TimedFrame], None] | None"], "Camera"]

log = logging.getLogger(__name__)

_FRAME_BUFFER = Path("/dev/fb0")


def run(  # noqa: PLR0913 - one a word of the command line
    socket: Path,
    *,
    size: tuple[int, int] | None,
    silent: bool,
    language: str,
    camera: int,
    open_camera: OpenCamera | None = None,
) -> int:
    """Show the screen until it is told to stop; return the exit status.

    `size` is that of a window; None: the whole glass. `open_camera` takes the place of
    /dev/video`camera`.
    """
    look: OpenCamera = open_camera or (lambda early: _camera(camera, early))
    choose_platform(os.environ)
    application = QGuiApplication(sys.argv[:1])
    voice = Voice(silent=silent)
    link: HubLink | None = None

    def did(effect: Effect) -> None:
        if isinstance(effect, Tell):
            if link is not None:
                link.send(effect.message)  # the model says it again if it was not heard
        elif isinstance(effect, Look):
            eye.look(effect.what)
        elif isinstance(effect, MEDIA):
            booth.do(effect)
        else:
            voice.do(effect, window.model.seen.words.language, window.model.volume)

    def refused(error: HubError) -> None:
        log.error("the hub cannot be heard code=%s", error.code)
        window.other_version()

    start = Remembered(os.environ)
    first = Model(
        at_s=0.0,
        language=start.now.language or language,
        dark=start.now.is_dark(machine_now()),
    )
    window = Window(first, did)
    eye = Eye(lambda: look(None), lambda: _address(camera), window)
    booth = Booth(look, window)
    booth.told.connect(window.see)
    booth.pictured.connect(window.show_picture)
    window.placed.connect(booth.resize)
    eye.pictured.connect(window.show_picture)
    eye.saw.connect(window.see)

    def heard(message: FromHub) -> None:
        window.hear(message)
        start.hear(message)

    link = HubLink(socket, heard=heard, connected=window.connected, refused=refused, parent=window)
    if size is None:
        window.showFullScreen()
    else:
        window.resize(QSize(*size))
        window.show()
    link.open()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: application.quit())
    status = application.exec()
    booth.close()
    link.close()
    eye.close()
    voice.close()
    return int(status)


class Remembered:
    """What the last run left for this one, in the folder that systemd keeps for this service."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read it; without such a folder nothing is kept."""
        folder = environment.get("CACHE_DIRECTORY", "")
        self._file = Path(folder) / FILE if folder else None
        self.now = Start()
        if self._file is not None:
            with contextlib.suppress(OSError):  # the first start
                self.now = decoded(self._file.read_bytes())

    def hear(self, message: FromHub) -> None:
        """Note what is another than before; a full disk costs only the next start's light."""
        found = start_of(message) if isinstance(message, Home) else self.now
        if found == self.now:
            return
        self.now = found
        if self._file is None:
            return
        try:
            self._file.write_bytes(encoded(found))
        except OSError as error:
            log.warning("start not kept error=%s", type(error).__name__)


def _camera(number: int, early: Callable[[TimedFrame], None] | None) -> Camera:
    from vitals.rppg.camera import open_camera  # noqa: PLC0415 - OpenCV takes half a second

    return open_camera(number, early)


def _address(number: int) -> str:
    from vitals.rppg.reading import usb_address  # noqa: PLC0415 - as above

    return usb_address(number)


def choose_platform(environment: MutableMapping[str, str], frame: Path = _FRAME_BUFFER) -> None:
    """Say which of Qt's ways to a display is to be used, unless the environment says it.

    Raises
    ------
    HubError
        SCR-05: there is no display.
    """
    if "QT_QPA_PLATFORM" in environment:
        return
    if environment.get("WAYLAND_DISPLAY"):
        environment["QT_QPA_PLATFORM"] = "wayland"
    elif environment.get("DISPLAY"):
        environment["QT_QPA_PLATFORM"] = "xcb"
    elif frame.exists():
        environment["QT_QPA_PLATFORM"] = "linuxfb"
    else:
        raise HubError(
            "There is no display to show the screen on.",
            fix="Plug one in and restart; or paint pictures: hearth screen --pictures FOLDER.",
            code="SCR-05",
        )


def platform_for_pictures() -> None:
    """Paint without a display; only before Qt has started."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
