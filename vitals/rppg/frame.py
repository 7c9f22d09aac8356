"""One picture and when it was taken, and what anything that delivers pictures promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimedFrame:
    """A picture (h, w, 3), **blue, green, red** as OpenCV has it, and when it was taken.

    `at_s` are seconds of one clock from any start; only differences mean something.
    """

    at_s: float
    bgr: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """What the camera keeps still while it measures.

    True: held. False: the driver has no such control, or did not obey. None: nobody could ask,
    as with a file.
    """

    exposure: bool | None = None
    white_balance: bool | None = None
    gain: bool | None = None


class Camera(Protocol):
    """Pictures one after the other, from a USB camera or a file."""

    @property
    def name(self) -> str:
        """Return which camera or kind of file this is, without anything of the patient."""

    @property
    def locks(self) -> Locks:
        """Return what is held still."""

    def read(self) -> TimedFrame | None:
        """Return the next picture; None when there is no other. Waits for a few seconds at most."""

    def close(self) -> None:
        """Put the camera back as it was found, and let it go. May be called twice."""


def frames(camera: Camera, seconds: float) -> Iterator[TimedFrame]:
    """Yield pictures until so many seconds of the camera's clock have passed, or it ends."""
    first: float | None = None
    while (frame := camera.read()) is not None:
        first = frame.at_s if first is None else first
        if frame.at_s - first > seconds:
            return
        yield frame
