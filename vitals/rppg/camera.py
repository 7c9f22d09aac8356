"""The edge to cameras and video files, through OpenCV: pictures with their true times.

A USB camera gives the time at which its buffer was filled (V4L2 `buffer.timestamp`, which OpenCV
hands on as CAP_PROP_POS_MSEC: modules/videoio/src/cap_v4l.cpp), a file what its container says.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import cv2

from vitals.errors import HubError, LinkError
from vitals.rppg.frame import Locks, Picture, TimedFrame

WIDE, HIGH, RATE_HZ = 640, 480, 30
_FORMATS = ("YUYV", "MJPG")  # without compression first: JPEG rounds a faint pulse away
_SETTLING = 30  # frames in which automatic exposure finds its place
_AFTER_LOCK = 8
_MANUAL, _NO_CONTROL = 1, -1  # V4L2_EXPOSURE_MANUAL; OpenCV's answer for what a driver lacks
_BRIGHTNESS_KEPT = 1.25
_WAIT_S = 2


class Device(Protocol):
    """What this file asks of `cv2.VideoCapture`."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Tell whether it can deliver."""

    def read(self) -> tuple[bool, Picture]:
        """Return whether a picture came, and the picture."""

    def get(self, propId: int, /) -> float:  # noqa: N803 - OpenCV's name
        """Return a property, or -1."""

    def set(self, propId: int, value: float, /) -> bool:  # noqa: N803 - OpenCV's name
        """Change a property; False where the driver refuses."""

    def release(self) -> None:
        """Let it go."""


class VideoFile:
    """A recorded clip, upright as its container says, at most 640 pixels on its longer side.

    Raises
    ------
    HubError
        VIT-01 no such file, VIT-02 not a video that OpenCV can read.
    """

    name = "file"
    locks = Locks()

    def __init__(self, path: Path) -> None:
        """Open a file and take its first picture, so that what is no video is told here."""
        if not path.is_file():
            raise HubError(
                "There is no such video file.", fix="Check the path of the file.", code="VIT-01"
            )
        _quiet()
        options = (cv2.CAP_PROP_N_THREADS, 1)  # each further thread keeps a picture of its own
        self._device: Device = _typed(cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, options))
        self._last_s = float("-inf")
        self._first = self._next() if self._device.isOpened() else None
        if self._first is None:
            self.close()
            raise HubError(
                "This file cannot be read as a video.",
                fix="Give a video file, such as .mp4, .mkv or .avi; a damaged one must be copied"
                " again.",
                code="VIT-02",
            )

    def read(self) -> TimedFrame | None:
        """Return the next picture; None at the end, or where the rest of the file is damaged."""
        first, self._first = self._first, None
        return first or self._next()

    def close(self) -> None:
        """Let the file go."""
        self._device.release()

    def _next(self) -> TimedFrame | None:
        """Return the next picture that was taken after the one before it."""
        while True:
            picture = _picture(self._device)
            if picture is None:
                return None
            at_s = self._device.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if at_s > self._last_s:
                self._last_s = at_s
                return TimedFrame(at_s=at_s, bgr=_shrunk(picture))


class UsbCamera:
    """A camera that holds exposure, white balance and gain from its first picture on.

    The first second is given to its automatics; then everything that the driver lets be held is
    held until `close`. Whoever cannot wait so long gets those pictures through `early`: they are
    for looking at, and not for measuring.

    Raises
    ------
    LinkError
        VIT-03: it is there and sends nothing.
    """

    def __init__(
        self,
        device: Device,
        name: str,
        clock: Callable[[], float] = time.monotonic,
        early: Callable[[TimedFrame], None] | None = None,
    ) -> None:
        """Choose the format, let the picture settle, hold it still."""
        self.name = name
        self._early = early
        self._device = device
        self._clock = clock
        self._stamped = True
        self._last_s = float("-inf")
        self._found: list[tuple[int, float]] = []
        self._choose_format()
        self._stamped = self._skip(_SETTLING)
        self.locks = self._hold()

    def read(self) -> TimedFrame | None:
        """Return the next picture; None when the camera is gone or silent for 2 s."""
        while (picture := _picture(self._device)) is not None:
            at_s = self._time()
            if at_s > self._last_s:
                self._last_s = at_s
                return TimedFrame(at_s=at_s, bgr=_shrunk(picture))
        return None

    def close(self) -> None:
        """Give exposure and white balance back to the camera, and let it go."""
        while self._found:
            self._device.set(*self._found.pop())
        self._device.release()

    def _choose_format(self) -> None:
        """Ask for 640x480 at 30 a second in each format; keep the first that gives it."""
        for format_ in _FORMATS:
            self._device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*format_))
            self._device.set(cv2.CAP_PROP_FRAME_WIDTH, WIDE)
            self._device.set(cv2.CAP_PROP_FRAME_HEIGHT, HIGH)
            self._device.set(cv2.CAP_PROP_FPS, RATE_HZ)
            wide = self._device.get(cv2.CAP_PROP_FRAME_WIDTH)
            if wide == WIDE and self._device.get(cv2.CAP_PROP_FPS) >= RATE_HZ:
                return

    def _time(self) -> float:
        """Return when the last picture was taken; where the driver is silent, when it came."""
        return self._device.get(cv2.CAP_PROP_POS_MSEC) / 1000 if self._stamped else self._clock()

    def _skip(self, count: int) -> bool:
        """Let pictures pass; tell whether the driver's time went up with each of them."""
        steady, last = True, 0.0
        for _ in range(count):
            picture = _picture(self._device)
            if picture is None:
                self._device.release()
                raise LinkError("The camera sends no pictures.", code="VIT-03")
            if self._early is not None:
                self._early(TimedFrame(at_s=self._clock(), bgr=_shrunk(picture)))
            now = self._device.get(cv2.CAP_PROP_POS_MSEC)
            steady, last = steady and now > last, now
        return steady

    def _hold(self) -> Locks:
        before = self._brightness()
        exposure = self._held(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL, cv2.CAP_PROP_EXPOSURE)
        self._skip(_AFTER_LOCK)
        if exposure and not _alike(before, self._brightness()):
            # Some cameras tell an exposure that is not the one they use.
            self._device.set(*self._found.pop())
            exposure = False
            self._skip(_SETTLING)
        return Locks(
            exposure=exposure,
            white_balance=self._held(cv2.CAP_PROP_AUTO_WB, 0, cv2.CAP_PROP_WB_TEMPERATURE),
            gain=self._kept(cv2.CAP_PROP_GAIN),
        )

    def _held(self, automatic: int, off: float, setting: int) -> bool:
        """Switch an automatic off and keep its last choice; remember how it was."""
        was, chosen = self._device.get(automatic), self._device.get(setting)
        if was == _NO_CONTROL:
            return False
        self._found.append((automatic, was))
        if not self._device.set(automatic, off) or self._device.get(automatic) != off:
            self._device.set(*self._found.pop())
            return False
        if chosen != _NO_CONTROL:
            self._device.set(setting, chosen)
        return True

    def _kept(self, setting: int) -> bool:
        value = self._device.get(setting)
        return value != _NO_CONTROL and self._device.set(setting, value)

    def _brightness(self) -> float:
        picture = _picture(self._device)
        return 0.0 if picture is None else float(cv2.mean(picture)[1])


def open_camera(number: int, early: Callable[[TimedFrame], None] | None = None) -> UsbCamera:
    """Open the camera /dev/video<number>; `early` gets its pictures before they are steady.

    Raises
    ------
    HubError
        VIT-04: it is not there, or another program has it.
    LinkError
        VIT-03: it sends nothing.
    """
    _quiet()
    device = cv2.VideoCapture(number, cv2.CAP_V4L2)
    if not device.isOpened():
        raise HubError(
            f"There is no camera {number}, or another program is using it.",
            fix="Plug the camera in, close other programs that show its picture, and see"
            " `ls /dev/video*` for its number.",
            code="VIT-04",
        )
    return UsbCamera(_typed(device), f"video{number}", early=early)


def _quiet() -> None:
    """Keep FFmpeg and OpenCV from writing to the screen, and their waits short and threads few."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(_WAIT_S))
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)


def _typed(device: cv2.VideoCapture) -> Device:
    return device  # type: ignore[return-value]  # its stubs leave the kind of picture open


def _picture(device: Device) -> Picture | None:
    try:
        came, picture = device.read()
    except cv2.error:  # a frame that claims an impossible size
        return None
    return picture if came else None


def _shrunk(picture: Picture) -> Picture:
    high, wide = picture.shape[:2]
    if max(high, wide) <= WIDE:
        return picture
    scale = WIDE / max(high, wide)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _alike(one: float, other: float) -> bool:
    low, high = sorted((one, other))
    return high <= low * _BRIGHTNESS_KEPT
