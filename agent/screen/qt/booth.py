"""A visit's media and Qt: effects become the call's doings, its news and pictures become signals.

The call has a thread and a loop of its own (`agent.visit.media.call`). Its parts are loaded when
somebody calls, so that a screen nobody calls does without them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from agent.screen.media import Accept, Adjust, Connect, Disconnect, Media, Mention, Prepare
from agent.screen.messages import Dial
from agent.screen.views.incall import MINE, THEIRS
from agent.visit.media import news

if TYPE_CHECKING:  # half a second and 60 MB: only who is called pays
    from agent.visit.media.call import Call
    from agent.visit.media.pixels import Canvas, Shown
    from agent.visit.media.sound import Sound
    from agent.visit.media.watch import OpenCamera

log = logging.getLogger(__name__)

_NO_SIZE = QSize(0, 0)


class Booth(QObject):
    """One visit at a time. Its signals arrive on the thread that made it."""

    told = Signal(object)
    pictured = Signal(str, QImage)
    _came = Signal(str)

    def __init__(
        self,
        open_camera: OpenCamera,
        parent: QObject,
        *,
        sound: Callable[[], Sound | None] | None = None,
        relay: bool = False,
    ) -> None:
        """Keep how to open the camera and the sound; nothing is loaded or opened."""
        super().__init__(parent)
        self._open_camera, self._sound, self._relay = open_camera, sound, relay
        self._call: Call | None = None
        self._loading: threading.Thread | None = None
        self._sizes: dict[str, QSize] = {}
        self._waiting: dict[str, Shown] = {}
        self._canvases: dict[str, Canvas] = {}
        self._lock = threading.Lock()
        self._loudness = 0
        self._came.connect(self._paint)

    def do(self, media: Media) -> None:
        """Do what a view asks for."""
        match media:
            case Prepare():
                self._load()
            case Connect(dial=dial, vitals=vitals):
                self._connect(dial, vitals=vitals)
            case Accept(remote=remote) if self._call is not None:
                self._call.answer(remote.call, remote.sdp)
            case Adjust() if self._call is not None:
                self._adjust(self._call, media)
            case Mention(reading=reading) if self._call is not None:
                self._call.mention(
                    news.Measured(
                        number=reading.seq,
                        what=reading.doing.value,
                        value=reading.value,
                        unit=reading.unit,
                        at=reading.at,
                        sent=reading.sent,
                    )
                )
            case Disconnect():
                self.close()
            case _:
                log.debug("nothing is asked of a call that is over")

    def close(self) -> None:
        """End the visit: camera and microphone are off when this returns."""
        call, self._call = self._call, None
        self._loudness = 0
        if call is not None:
            call.hang_up()

    def resize(self, sizes: dict[str, QSize]) -> None:
        """Take how large, in pixels, each picture is shown now."""
        self._sizes = sizes

    def _load(self) -> None:
        if self._loading is None:
            self._loading = threading.Thread(target=_load_call, name="load", daemon=True)
            self._loading.start()

    def _connect(self, dial: Dial, *, vitals: bool) -> None:
        if self._call is None:
            self._call = self._made()
        self._call.dial(dial.call, _servers(dial), vitals=vitals)

    def _made(self) -> Call:
        from agent.visit.media.call import Call, Means  # noqa: PLC0415 - as above
        from agent.visit.media.sound import this_machine  # noqa: PLC0415 - as above

        return Call(
            Means(
                open_camera=self._open_camera,
                sound=self._sound or this_machine,
                told=self._news,
                theirs=lambda frame: self._show(THEIRS, frame),
                mine=lambda frame: self._show(MINE, frame),
                relay=self._relay,
            )
        )

    def _adjust(self, call: Call, wish: Adjust) -> None:
        call.mute(muted=wish.muted)
        call.show(shown=wish.camera)
        call.louder(wish.loudness - self._loudness)
        self._loudness = wish.loudness

    def _news(self, told: news.News) -> None:
        """Hand news to the screen's thread; called from the call's."""
        self.told.emit(told)

    def _show(self, name: str, frame: Shown) -> None:
        """Keep the newest picture for the screen's thread; called from the call's threads."""
        with self._lock:
            late = name in self._waiting
            self._waiting[name] = frame
        if not late:
            self._came.emit(name)

    def _paint(self, name: str) -> None:
        with self._lock:
            frame = self._waiting.pop(name, None)
        if frame is None or self._call is None:
            return
        size = self._sizes.get(name, _NO_SIZE)
        bitmap = self._canvas(name).covering(frame, size.width(), size.height())
        self.pictured.emit(
            name,
            # In the canvas's own memory: painted before the next is made, on this same thread.
            QImage(
                bitmap.octets, bitmap.wide, bitmap.high, 4 * bitmap.wide, QImage.Format.Format_RGB32
            ),
        )

    def _canvas(self, name: str) -> Canvas:
        from agent.visit.media.pixels import Canvas  # noqa: PLC0415 - as above

        if name not in self._canvases:
            self._canvases[name] = Canvas()
        return self._canvases[name]


def _servers(dial: Dial) -> list[news.IceServer]:
    return [
        news.IceServer(urls=tuple(one.urls), username=one.username, credential=one.credential)
        for one in dial.ice
    ]


def _load_call() -> None:
    import agent.visit.media.call  # noqa: PLC0415 - as above
    import agent.visit.media.echo  # noqa: F401, PLC0415 - as above
