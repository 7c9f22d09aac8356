"""What contactless vitals cost on this machine, in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from agent.memory import peak_rss_mb
from vitals.errors import HubError
from vitals.rppg.frame import TimedFrame
from vitals.rppg.measure import Live, Status
from vitals.rppg.sample import HIGH, WIDE, sitter

_LONGEST_S = 600.0


def run(seconds: float) -> dict[str, Any]:
    """Measure in a fresh process, so that its memory is that of nothing else.

    Raises
    ------
    HubError
        BENCH-02: the process failed or took too long.
    """
    words = [sys.executable, "-P", "-m", "agent.bench.vitals", str(seconds)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, fixed words
            words, capture_output=True, check=True, timeout=_LONGEST_S
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise HubError(
            "The measurement of contactless vitals did not end as it should.",
            fix="Try fewer --seconds; if it fails again, report it with `hearth bench vitals`.",
            code="BENCH-02",
        ) from error
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def in_words(found: Mapping[str, Any]) -> list[str]:
    """Say what was measured in one line."""
    first = found["seconds_to_first_reading"]
    answer = "no reading" if first is None else f"first reading after {first:g} s"
    speed = f"{found['ms_per_frame']:g} ms of one core a picture of {found['picture']}"
    return [f"{speed}, {found['peak_rss_mb']:g} MB at most, {answer}"]


def measured(seconds: float) -> dict[str, Any]:
    """Look at a made-up sitter for so long; count the processor's time, pictures' making apart."""
    live = Live()
    answers: list[float] = []

    def remember(status: Status) -> None:
        if status.settled:
            answers.append(status.seconds)

    before_s = time.process_time()
    making = _Making(seconds)
    result = live.run(making, progress=remember)
    spent_s = time.process_time() - before_s - making.spent_s
    return {
        "picture": f"{WIDE}x{HIGH}",
        "frames": making.count,
        "ms_per_frame": round(1000 * spent_s / max(1, making.count), 3),
        "peak_rss_mb": peak_rss_mb(),
        "seconds_to_first_reading": round(answers[0], 1) if answers else None,
        "pulse_rate_bpm": result.pulse_rate_bpm and round(result.pulse_rate_bpm, 1),
        "valid_share": round(live.rows.valid_share, 3),
    }


class _Making:
    """The sitter's pictures, and what it cost to make them, which no camera would."""

    def __init__(self, seconds: float) -> None:
        self._pictures = sitter(seconds)
        self.count = 0
        self.spent_s = 0.0

    def __iter__(self) -> Iterator[TimedFrame]:
        while True:
            before_s = time.process_time()
            picture = next(self._pictures, None)
            self.spent_s += time.process_time() - before_s
            if picture is None:
                return
            self.count += 1
            yield picture


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(float(sys.argv[1]))))
