"""What the proof of visits counts, held to the standard it counts by."""

from __future__ import annotations

import os

from tests.proofs.visit_ends import frozen
from tests.proofs.visit_line import Faults, Way


def even(count: int, gap_ms: float, start_ms: float = 0.0) -> list[float]:
    return [start_ms + at * gap_ms for at in range(count)]


def test_an_even_picture_is_never_frozen() -> None:
    assert frozen(even(300, 33), 299 * 33 + 30) == (0, 0.0)


def test_a_gap_longer_than_three_and_than_150_ms_more_is_a_freeze() -> None:
    """W3C, webrtc-stats, freezeCount: max(3 * mean, mean + 150 ms)."""
    at_ten_a_second = even(30, 100)
    ends_ms = at_ten_a_second[-1]
    assert frozen([*at_ten_a_second, ends_ms + 290], ends_ms + 300) == (0, 0.0)
    assert frozen([*at_ten_a_second, ends_ms + 310], ends_ms + 320) == (1, 0.31)


def test_a_picture_that_never_comes_back_is_frozen_to_the_end() -> None:
    count, total_s = frozen(even(30, 33), 29 * 33 + 24_900)
    assert (count, total_s) == (1, 24.9)


def test_a_line_without_a_fault_loses_nothing_and_one_that_is_down_everything() -> None:
    """Pipes stand for the two devices."""
    for faults, wanted in ((Faults(), b"packet"), (Faults(down=True), b""), (Faults(loss=1), b"")):
        source, feed = os.pipe2(os.O_NONBLOCK)
        drain, sink = os.pipe2(os.O_NONBLOCK)
        os.write(feed, b"packet")
        Way(source, sink, lambda faults=faults: faults, 0).read()  # type: ignore[misc] # bound
        os.close(sink)
        assert os.read(drain, 100) == wanted
        for end in (source, feed, drain):
            os.close(end)
