"""A USB camera as OpenCV's V4L2 backend shows one: properties by number, -1 for what it lacks.

After the UVC driver's controls (Linux, drivers/media/usb/uvc/uvc_ctrl.c): exposure is automatic
by 3 (aperture priority) and manual by 1, white balance automatic by 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

YUYV, MJPG = (cv2.VideoWriter.fourcc(*kind) for kind in ("YUYV", "MJPG"))
LACKS = -1.0


def automatic() -> dict[int, float]:
    """Return the controls of a usual webcam, everything automatic."""
    return {
        cv2.CAP_PROP_AUTO_EXPOSURE: 3,
        cv2.CAP_PROP_EXPOSURE: 250,
        cv2.CAP_PROP_AUTO_WB: 1,
        cv2.CAP_PROP_WB_TEMPERATURE: 4600,
        cv2.CAP_PROP_GAIN: 32,
    }


@dataclass
class Uvc:
    """A camera that keeps what is set, sends grey pictures, and can be pulled out.

    `rates` says how many pictures a second each format gives; `lies` are settings that it takes
    without obeying; `jumps` makes the picture twice as bright once exposure is manual; `stamps`
    makes the driver's times.
    """

    rates: dict[int, float] = field(default_factory=lambda: {YUYV: 30.0, MJPG: 30.0})
    controls: dict[int, float] = field(default_factory=automatic)
    lies: frozenset[int] = frozenset()
    jumps: bool = False
    stamps: Callable[[int], float] = lambda count: 5000 + count * 100 / 3
    leaves_after: int = 10**9
    count: int = 0
    released: int = 0
    format: int = 0

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return not self.released

    def read(self) -> tuple[bool, NDArray[np.uint8]]:
        if self.count >= self.leaves_after or self.released:
            return False, np.empty(0, np.uint8)
        self.count += 1
        bright = self.jumps and self.controls[cv2.CAP_PROP_AUTO_EXPOSURE] == 1
        return True, np.full((480, 640, 3), 180 if bright else 90, np.uint8)

    def get(self, prop: int, /) -> float:
        shape = {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0}
        if prop in shape:
            return shape[prop]
        if prop == cv2.CAP_PROP_FPS:
            return self.rates.get(self.format, 5.0)
        if prop == cv2.CAP_PROP_POS_MSEC:
            return self.stamps(self.count)
        return self.controls.get(prop, LACKS)

    def set(self, prop: int, value: float, /) -> bool:
        if prop == cv2.CAP_PROP_FOURCC and int(value) in self.rates:
            self.format = int(value)
            return True
        if prop in self.controls and prop not in self.lies:
            self.controls[prop] = value
            return True
        return prop in self.lies

    def release(self) -> None:
        self.released += 1
