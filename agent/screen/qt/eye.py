"""The camera's edge: a thread that looks while a page wants it to, and never otherwise.

Permission is the model's matter: nothing here opens a camera by itself.
"""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QObject, Qt, Signal
from PySide6.QtGui import QImage

from agent.screen.messages import Estimated
from agent.screen.picture import doubt
from agent.screen.sight import Blind, Progress, Snapped
from agent.screen.views.photo import LIVE, TAKEN
from agent.screen.views.pulse import LONGEST_S
from vitals.errors import HearthError

if TYPE_CHECKING:  # OpenCV and numpy take half a second and 40 MB: only who is looked at pays
    from vitals.rppg.frame import Camera, TimedFrame
    from vitals.rppg.measure import Live, Status

log = logging.getLogger(__name__)

MOST_JPEG_OCTETS = 500_000
_EVERY = 2  # one picture in two is shown: 15 a second are enough to hold still by
_PART = (320, 240)
_LIMIT_S = 10.0
_QUALITIES = (90, 80, 70, 60, 50, 40, 30)

Open = Callable[[], "Camera"]


class Eye(QObject):
    """Looks through one camera. Its signals arrive on the thread that made it."""

    pictured = Signal(str, QImage)
    saw = Signal(object)

    def __init__(self, open_camera: Open, address: Callable[[], str], parent: QObject) -> None:
        """Keep how to open the camera, and how it is called in an estimate."""
        super().__init__(parent)
        self._open_camera, self._address = open_camera, address
        self._stop, self._keep = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def look(self, what: str) -> None:
        """Do what a page wants: "on", "keep" a picture, "measure", "off"."""
        if what == "keep":
            self._keep.set()
            return
        self.close()
        if what == "off":
            return
        self._stop = threading.Event()
        self._keep.clear()
        self._thread = threading.Thread(
            target=self._run, args=(self._stop, what == "measure"), name="eye", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Look away; the camera is put back as it was found."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_LIMIT_S)
            self._thread = None

    def _run(self, stop: threading.Event, measure: bool) -> None:  # noqa: FBT001 - a thread's
        try:
            camera = self._open_camera()
        except HearthError as error:
            log.warning("the camera cannot be used code=%s", error.code)
            self.saw.emit(Blind())
            return
        try:
            if measure:
                self._measure(camera, stop)
            else:
                self._watch(camera, stop)
        finally:
            camera.close()

    def _watch(self, camera: Camera, stop: threading.Event) -> None:
        count = 0
        while not stop.is_set():
            frame = camera.read()
            if frame is None:
                self.saw.emit(Blind())
                return
            count += 1
            if self._keep.is_set():
                self._keep.clear()
                image = _image(frame)
                self.pictured.emit(TAKEN, image)
                self.saw.emit(snapped(image))
                return
            if count % _EVERY == 0:
                self.pictured.emit(LIVE, _image(frame))

    def _measure(self, camera: Camera, stop: threading.Event) -> None:
        from vitals.rppg.measure import Live  # noqa: PLC0415 - see TYPE_CHECKING above

        live, count = Live(), 0
        first_s: float | None = None
        while not stop.is_set():
            frame = camera.read()
            first_s = frame.at_s if frame is not None and first_s is None else first_s
            if frame is None or first_s is None or frame.at_s - first_s >= LONGEST_S:
                break
            count += 1
            if count % _EVERY == 0:
                self.pictured.emit(LIVE, _image(frame).mirrored(True, False))  # noqa: FBT003 - Qt's
            if (status := live.feed(frame)) is not None:
                self.saw.emit(_progress(status))
                if status.settled:
                    break
        if not stop.is_set():
            self.saw.emit(self._over(live, camera))

    def _over(self, live: Live, camera: Camera) -> Progress:
        from agent.clock import HubClock  # noqa: PLC0415 - as above
        from vitals.rppg.reading import Circumstances, reading  # noqa: PLC0415 - as above

        result = live.conclude().result
        seen = Circumstances(
            address=self._address(),
            frames_per_s=live.rows.frames_per_s,
            valid_share=live.rows.valid_share,
            locks=camera.locks,
        )
        made = reading(result, seen, HubClock()())
        return Progress(
            seconds=live.rows.seconds,
            pulse_bpm=result.pulse_rate_bpm,
            breaths_bpm=result.respiratory_rate_bpm,
            over=True,
            estimate=Estimated(
                address=made.meter.address,
                version=made.meter.driver_version,
                values={q.value: (str(v.number), v.unit.value) for q, v in made.values.items()},
                about=made.frames[0].data.decode(),
            ),
        )


def _progress(status: Status) -> Progress:
    return Progress(
        seconds=status.seconds, guidance=status.guidance.code if status.guidance else ""
    )


def _image(frame: TimedFrame) -> QImage:
    high, wide = frame.bgr.shape[:2]
    octets = frame.bgr.tobytes()
    return QImage(octets, wide, high, 3 * wide, QImage.Format.Format_BGR888).copy()


def snapped(image: QImage) -> Snapped:
    """Turn a picture into what is sent: JPEG of at most 500 kB, and what may be doubted of it."""
    octets = b""
    for quality in _QUALITIES:
        octets = _jpeg(image, quality)
        if len(octets) <= MOST_JPEG_OCTETS:
            break
    else:
        half = image.scaledToWidth(image.width() // 2, Qt.TransformationMode.SmoothTransformation)
        return snapped(half)
    return Snapped(jpeg=base64.b64encode(octets).decode(), doubt=_doubt(image))


def _jpeg(image: QImage, quality: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG", quality)  # type: ignore[call-overload]  # the stub wants bytes
    return bytes(buffer.data().data())


def _doubt(image: QImage) -> str:
    wide, high = min(_PART[0], image.width()), min(_PART[1], image.height())
    left, top = (image.width() - wide) // 2, (image.height() - high) // 2
    grey = image.copy(left, top, wide, high).convertToFormat(QImage.Format.Format_Grayscale8)
    step, octets = grey.bytesPerLine(), bytes(grey.constBits())
    rows = (octets[at * step : at * step + wide] for at in range(high))
    return doubt(b"".join(rows), wide, high)
