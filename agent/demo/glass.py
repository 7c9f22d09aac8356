"""The demo's screen: the real program in a window; without a camera, somebody is drawn."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from agent.screen.qt import program
from vitals.rppg.frame import Locks, TimedFrame
from vitals.rppg.sample import RATE_HZ, sitter

_CAMERA = Path("/dev/video0")
_LOOP_S = 2.5  # three whole beats of the sitter's 72 a minute
_BEHIND_S = 0.1


class Sitter:
    """A camera before which somebody sits who is drawn."""

    name = "a drawn sitter"
    locks = Locks()

    def __init__(self) -> None:
        """Draw."""
        self._frames: Iterator[TimedFrame] = itertools.cycle(list(sitter(_LOOP_S)))
        self._next_s = time.monotonic()

    def read(self) -> TimedFrame | None:
        """Return the next picture when it is time for it."""
        self._next_s = max(self._next_s + 1 / RATE_HZ, time.monotonic() - _BEHIND_S)
        time.sleep(max(self._next_s - time.monotonic(), 0))
        return TimedFrame(at_s=time.monotonic(), bgr=next(self._frames).bgr)

    def close(self) -> None:
        """Nothing is held."""


if __name__ == "__main__":
    where, wide, high = sys.argv[1:4]
    sys.exit(
        program.run(
            Path(where),
            size=(int(wide), int(high)),
            silent=False,
            language="en",
            camera=0,
            open_camera=None if _CAMERA.exists() else lambda _: Sitter(),
        )
    )
