"""Reads an invitation's QR code (ISO/IEC 18004) with the hub's own camera."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import cv2

from sync.invitation import Invitation, read
from vitals.errors import HubError
from vitals.rppg.frame import TimedFrame

LIMIT_S = 60.0


class Camera(Protocol):
    """Whatever gives pictures: a camera, or a recorded clip."""

    def read(self) -> TimedFrame | None:
        """Return the next picture, None at the end."""


def invitation(camera: Camera, *, clock: Callable[[], float] = time.monotonic) -> Invitation:
    """Return the first invitation that the camera sees.

    Raises
    ------
    HubError
        ENR-26 when none was seen in a minute, or the camera fell silent; ENR-01 when what was seen
        is another kind of code.
    """
    detector = cv2.QRCodeDetector()
    until_s = clock() + LIMIT_S
    while clock() < until_s:
        frame = camera.read()
        if frame is None:
            break
        try:
            text, _, _ = detector.detectAndDecode(frame.bgr)
        except cv2.error:  # a shape that is nearly a code: OpenCV gives up on it
            continue
        if text:
            return read(text)
    raise HubError(
        "The camera saw no invitation.",
        fix="Hold the code still, filling half the picture, in good light; or type the line below "
        "it: hearth enroll.",
        code="ENR-26",
    )
