"""One camera for several who look: vitals and a visit share its pictures, and the newest one wins.

A thread reads the camera; each who looks has a slot for one picture, so a slow one misses pictures
and holds nobody up. A camera that is pulled out is opened again when it is back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from vitals.errors import HearthError, LinkError
from vitals.rppg.frame import Camera, Locks, TimedFrame

log = logging.getLogger(__name__)

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # before the camera is opened again; then always the last
_STOP_S = 10.0  # a camera's own longest wait is 2 s, and opening it takes no more than four


class Slot:
    """Where one who looks finds the newest picture, read from a thread of its own."""

    def __init__(self) -> None:
        """Start empty."""
        self._changed = threading.Condition()
        self._newest: TimedFrame | None = None
        self.missed = 0

    def put(self, frame: TimedFrame) -> None:
        """Leave a picture; the one before is gone if nobody took it."""
        with self._changed:
            self.missed += self._newest is not None
            self._newest = frame
            self._changed.notify()

    def take(self, wait_s: float) -> TimedFrame:
        """Return the newest picture that was not taken yet.

        Raises
        ------
        LinkError
            VIT-06: none came in so many seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._newest is not None, wait_s):
                raise LinkError("The camera has sent no picture for a while.", code="VIT-06")
            frame, self._newest = self._newest, None
        if frame is None:
            raise LinkError("Another thread took the picture from this slot.", code="VIT-06")
        return frame


class SharedCamera:
    """A camera that is kept open and read while this is entered, whoever looks.

    Parameters
    ----------
    open_camera : callable
        Returns an open camera, or raises HubError or LinkError.
    pauses_s : tuple of float, seconds
        Before each next attempt to open it.

    Attributes
    ----------
    fault : HearthError or None
        Why there are no pictures now, for the screen; None while they come.
    opened : int
        How often the camera was opened, so that who measures starts anew after a gap.
    locks : Locks
        What the camera holds still now.
    """

    def __init__(
        self, open_camera: Callable[[], Camera], pauses_s: tuple[float, ...] = PAUSES_S
    ) -> None:
        """Prepare; nothing is opened before this is entered."""
        self._open = open_camera
        self._pauses_s = pauses_s
        self._slots: tuple[Slot, ...] = ()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self.fault: HearthError | None = None
        self.opened = 0
        self.locks = Locks()

    def __enter__(self) -> Self:
        """Start reading."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop reading, and give the camera back as it was found."""
        self._stopping.set()
        self._thread.join(_STOP_S)

    def slot(self) -> Slot:
        """Return a new slot, which gets every picture from now on."""
        slot = Slot()
        self._slots = (*self._slots, slot)
        return slot

    def leave(self, slot: Slot) -> None:
        """Stop leaving pictures in a slot."""
        self._slots = tuple(one for one in self._slots if one is not slot)

    def _run(self) -> None:
        failed = 0
        while not self._stopping.is_set():
            try:
                failed = 0 if self._read_until_it_ends() else failed + 1
                self.fault = LinkError("The camera was unplugged or fell silent.", code="VIT-06")
            except HearthError as error:
                failed += 1
                self.fault = error
            if self._stopping.is_set():
                return
            pause_s = self._pauses_s[min(failed, len(self._pauses_s) - 1)]
            log.warning("camera: %s, opening it again in %s s", self.fault.code, pause_s)
            self._stopping.wait(pause_s)

    def _read_until_it_ends(self) -> bool:
        """Open the camera and hand out its pictures; tell whether any came."""
        camera = self._open()
        came = False
        try:
            self.opened += 1
            self.locks = camera.locks
            while not self._stopping.is_set() and (frame := camera.read()) is not None:
                came, self.fault = True, None
                for slot in self._slots:
                    slot.put(frame)
        finally:
            camera.close()
        return came
