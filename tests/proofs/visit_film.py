"""The camera of the proof: somebody who sits and whose heart beats, with the time on each picture.

The time is 20 blocks in the topmost rows, one a bit of the milliseconds, white for 1: it survives
any encoder, and a browser reads it back. The pictures lie in a file, so that they are nobody's
memory: a camera's are not the screen's either.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from typing import IO

import numpy as np

from vitals.rppg.frame import Locks, TimedFrame
from vitals.rppg.sample import HIGH, RATE_HZ, WIDE, sitter

BITS, BAR_HIGH = 20, 24
_BEAT, _SWAY = 25, 100  # pictures: one beat of 72 a minute, and four of them while the head sways
_SAMPLE_SWAY_PX, _SAMPLE_SWAY_HZ = 2.0, 0.27  # of vitals.rppg.sample, which has another length
_SHAPE = (HIGH, WIDE, 3)
_SIZE = HIGH * WIDE * 3


@dataclass
class Film:
    """Pictures at 30 a second, by this machine's own clock."""

    name = "film"
    locks = Locks()

    count: int = 0
    next_s: float = 0.0

    def read(self) -> TimedFrame | None:
        """Return the next picture when it is due."""
        self.next_s = max(self.next_s + 1 / RATE_HZ, time.monotonic() - 0.1)
        time.sleep(max(self.next_s - time.monotonic(), 0))
        picture = np.empty(_SHAPE, np.uint8)
        os.preadv(_film().fileno(), [picture.data], self.count % _SWAY * _SIZE)
        self.count += 1
        stamp, wide = int(time.time() * 1000) % 2**BITS, WIDE // BITS
        for bit in range(BITS):
            picture[:BAR_HIGH, bit * wide : (bit + 1) * wide] = 235 if stamp >> bit & 1 else 16
        return TimedFrame(at_s=time.monotonic(), bgr=picture)

    def close(self) -> None:
        """Nothing is open."""


@cache
def _film() -> IO[bytes]:
    """Draw the pictures into a file that goes with the process."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is kept
    beat = []
    for at, frame in enumerate(sitter(_BEAT / RATE_HZ)):
        turn = 2 * math.pi * _SAMPLE_SWAY_HZ * at / RATE_HZ
        beat.append(np.roll(frame.bgr, -round(_SAMPLE_SWAY_PX * math.sin(turn)), axis=1))
    for at in range(_SWAY):
        aside = round(4 * math.sin(2 * math.pi * at / _SWAY))
        file.write(np.roll(beat[at % _BEAT], aside, axis=1).tobytes())
    file.flush()
    return file


def warm() -> None:
    """Draw the film before anybody waits for it."""
    _film()
