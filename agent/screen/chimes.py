"""The screen's sounds, worked out: soft bells as WAV octets. Pure."""

from __future__ import annotations

import array
import io
import math
import sys
import wave
from collections.abc import Mapping
from functools import cache

RATE_HZ = 22_050
_FULL = 32767
_FADE_S = 0.28
# Each sound is a few bells: when it is struck, in seconds, and its pitch. Below 1 kHz throughout:
# hearing fades from the high end with age (ISO 7029).
_BELLS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "arrived": ((0.0, 523.25), (0.16, 659.26)),
    "reminder": ((0.0, 440.0), (0.3, 554.37), (0.6, 659.26)),
    "ring": ((0.0, 587.33), (0.2, 783.99), (0.8, 587.33), (1.0, 783.99)),
}


@cache
def wav(name: str, peak: float = 0.5) -> bytes:
    """Return one sound ("arrived", "reminder" or "ring") as a mono 16-bit WAV file.

    `peak` is the loudest sample, 0 to 1.
    """
    bells = _BELLS[name]
    count = int((bells[-1][0] + 4 * _FADE_S) * RATE_HZ)
    mixed = [0.0] * count
    for struck_s, pitch_hz in bells:
        first = int(struck_s * RATE_HZ)
        for at in range(count - first):
            t = at / RATE_HZ
            swell = min(t / 0.01, 1.0) * math.exp(-t / _FADE_S)
            turn = 2 * math.pi * pitch_hz * t
            mixed[first + at] += swell * (0.8 * math.sin(turn) + 0.2 * math.sin(2 * turn))
    scale = peak * _FULL / max(map(abs, mixed))
    samples = array.array("h", (round(one * scale) for one in mixed))
    if sys.byteorder == "big":
        samples.byteswap()
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return held.getvalue()
