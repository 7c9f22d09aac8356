"""What keeps the other side from hearing itself: WebRTC's own echo canceller, in this process.

Chosen by measurement (`python -m tests.bench.echo`): under double talk it leaves less of the echo
and more of the patient than PulseAudio's module-echo-cancel, needs no sound server, and costs a few
per cent of a core. `Echo` is the seam: anything with these three methods can take its place.
"""

from __future__ import annotations

from typing import Protocol

from livekit import rtc

RATE_HZ = 48_000
PART = 480
"""Samples that the canceller takes at once: 10 ms."""


class Echo(Protocol):
    """Takes out of the microphone's sound what came from the loudspeaker."""

    def played(self, block: bytes) -> None:
        """Note what the loudspeaker is about to play: whole parts of `PART` samples of 16 bits."""

    def cleaned(self, block: bytes, delay_ms: int) -> bytes:
        """Return the microphone's sound without it.

        `delay_ms` is how long it takes, roughly, from the one to the other.
        """


class WebRtcEcho:
    """WebRTC's audio processing (AEC3, noise suppression, high pass), as livekit carries it."""

    def __init__(self, *, suppress_noise: bool = True) -> None:
        """Make it, mono at 48 kHz."""
        self._processing = rtc.AudioProcessingModule(
            echo_cancellation=True,
            noise_suppression=suppress_noise,
            high_pass_filter=True,
            auto_gain_control=False,
        )
        self._delay_ms = -1

    def played(self, block: bytes) -> None:
        """Note what is played."""
        for part in _parts(block):
            self._processing.process_reverse_stream(part)

    def cleaned(self, block: bytes, delay_ms: int) -> bytes:
        """Return it without what was played."""
        out = bytearray()
        if delay_ms != self._delay_ms:
            self._delay_ms = delay_ms
            self._processing.set_stream_delay_ms(delay_ms)
        for part in _parts(block):
            self._processing.process_stream(part)
            out += bytes(part.data)
        return bytes(out)


def _parts(block: bytes) -> list[rtc.AudioFrame]:
    size = 2 * PART
    return [
        rtc.AudioFrame(block[at : at + size], RATE_HZ, 1, PART)
        for at in range(0, len(block) - size + 1, size)
    ]
