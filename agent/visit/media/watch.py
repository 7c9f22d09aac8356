"""The camera in a call: one capture, for those who are called and for contactless vitals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.visit.media import note
from vitals.errors import LinkError
from vitals.rppg.frame import Camera, TimedFrame
from vitals.rppg.share import SharedCamera, Slot

if TYPE_CHECKING:  # 70 MB and a second or more: only a call that is measured in pays, and not first
    from vitals.rppg.measure import Status

OpenCamera = Callable[[Callable[[TimedFrame], None]], Camera]
"""Opens a camera; what it is given takes the pictures that come before they are steady."""
_WAIT_S = 0.5
_TRACE = 90
_STALE_S = 5.0
_LEAVE_S = 12.0
_FIRST_S = 3.0  # the call comes about first


class Lookout:
    """Reads the camera while it is open. Pictures go out as they come, untouched by any encoder.

    `take` is called from a thread of this one. Without `vitals` nobody's pulse is looked for.
    """

    def __init__(
        self, open_camera: OpenCamera, take: Callable[[TimedFrame], None], *, vitals: bool
    ) -> None:
        """Prepare; the camera stays closed until `open`."""
        self._open_camera, self._take, self._vitals = open_camera, take, vitals
        self._camera: SharedCamera | None = None
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._status: tuple[float, Status] | None = None

    def open(self) -> None:
        """Switch the camera on; nothing if it is."""
        if self._camera is not None:
            return
        self._stop = threading.Event()
        self._camera = SharedCamera(lambda: self._open_camera(self._take))
        self._camera.__enter__()
        self._threads = [self._thread(self._hand_on, self._camera.slot())]
        if self._vitals:
            self._threads.append(self._thread(self._measure, self._camera.slot()))

    def close(self) -> None:
        """Switch the camera off, and be sure of it."""
        camera, self._camera = self._camera, None
        if camera is None:
            return
        self._stop.set()
        camera.__exit__(None, None, None)
        for thread in self._threads:
            thread.join(_LEAVE_S)
        self._threads, self._status = [], None

    @property
    def fault(self) -> str:
        """Return the code of why there are no pictures, or nothing."""
        camera = self._camera
        return camera.fault.code if camera is not None and camera.fault is not None else ""

    def vitals(self) -> note.Vitals | None:
        """Return what is estimated now; None where nobody looks for it."""
        if not self._vitals or self._camera is None:
            return None
        known = self._status
        if known is None or time.monotonic() - known[0] > _STALE_S:
            return note.Vitals(refusal="frames-missing" if self.fault or known else "too-short")
        return told(known[1])

    def _thread(self, run: Callable[[SharedCamera, Slot], None], slot: Slot) -> threading.Thread:
        thread = threading.Thread(
            target=run, args=(self._camera, slot), name=run.__name__, daemon=True
        )
        thread.start()
        return thread

    def _hand_on(self, camera: SharedCamera, slot: Slot) -> None:
        del camera
        while not self._stop.is_set():
            try:
                self._take(slot.take(_WAIT_S))
            except LinkError:
                continue  # none came for a while: `fault` tells why

    def _measure(self, camera: SharedCamera, slot: Slot) -> None:
        self._stop.wait(_FIRST_S)
        from vitals.rppg.measure import Live  # noqa: PLC0415 - see TYPE_CHECKING above

        live, opened = Live(), camera.opened
        while not self._stop.is_set():
            try:
                frame = slot.take(_WAIT_S)
            except LinkError:
                continue  # as above
            if camera.opened != opened:  # unplugged and back: a gap no estimate may span
                live, opened = Live(), camera.opened
            status = live.feed(frame)
            if status is not None:
                self._status = (time.monotonic(), status)


def told(status: Status) -> note.Vitals:
    """Return what is told of an estimate: a number with its confidence, or why there is none."""
    result = status.result
    reason = result.reasons[0].code if result.reasons else ""
    wave: list[float] = []
    if result.insight is not None and result.pulse_rate_bpm is not None:
        wave = _wave([float(one) for one in result.insight.pulse[-_TRACE:]])
    return note.Vitals(
        pulse_bpm=result.pulse_rate_bpm and round(result.pulse_rate_bpm, 1),
        pulse_confidence=round(result.confidence, 3),
        breaths_bpm=result.respiratory_rate_bpm and round(result.respiratory_rate_bpm, 1),
        breaths_confidence=round(result.respiratory_confidence, 3),
        refusal=reason if result.pulse_rate_bpm is None else "",
        seconds=round(status.seconds, 1),
        pulse=wave,
    )


def _wave(pulse: list[float]) -> list[float]:
    """Return a wave between -1 and 1."""
    most = max(map(abs, pulse), default=0.0) or 1.0
    return [round(one / most, 3) for one in pulse]
