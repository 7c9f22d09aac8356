"""The stable window: one sample that stands for ten seconds, and never a number made up."""

from __future__ import annotations

from statistics import median_low

from hypothesis import given
from hypothesis import strategies as st

from drivers.sessions.stable import Sample, StableWindow

SIZE = 10  # ten seconds at one sample a second


def sample(percent: int, bpm: int, number: int = 0) -> Sample:
    return Sample(saturation_percent=percent, pulse_bpm=bpm, octets=bytes((percent, bpm, number)))


def kept(samples: list[Sample], rate_hz: float = 1.0) -> list[tuple[int, bytes]]:
    """Return what a window gives, each with the number of samples taken by then."""
    window = StableWindow(rate_hz)
    given_ = ((at, window.take(one)) for at, one in enumerate(samples, 1))
    return [(at, octets) for at, octets in given_ if octets is not None]


def test_nine_seconds_are_not_ten() -> None:
    assert kept([sample(97, 60)] * 9) == []
    assert kept([sample(97, 60)] * 10) == [(10, bytes((97, 60, 0)))]


def test_as_many_samples_as_ten_seconds_hold_are_waited_for() -> None:
    [(at, _)] = kept([sample(97, 60)] * 700, rate_hz=60.0)
    assert at == 600


def test_a_wearer_gives_a_reading_every_five_minutes() -> None:
    assert [at for at, _ in kept([sample(97, 60)] * 700)] == [10, 310, 610]


def test_a_break_starts_the_ten_seconds_anew() -> None:
    window = StableWindow(1.0)
    for _ in range(9):
        assert window.take(sample(97, 60)) is None
    window.broke()
    assert not window.given
    for _ in range(9):
        assert window.take(sample(97, 60)) is None
    assert window.take(sample(97, 60)) is not None
    assert window.given


def test_a_saturation_that_falls_is_not_called_stable() -> None:
    falling = [sample(99 - second, 60) for second in range(30)]
    assert kept(falling) == []


def test_a_pulse_that_wanders_is_not_called_stable() -> None:
    assert kept([sample(97, 60 + 15 * (second % 2)) for second in range(60)]) == []


@given(st.lists(st.builds(sample, st.integers(90, 99), st.integers(50, 80), st.integers(0, 255)),
                max_size=60))  # fmt: skip
def test_what_is_kept_was_sent_in_the_last_ten_seconds_and_is_their_median(
    samples: list[Sample],
) -> None:
    for at, octets in kept(samples):
        last = samples[at - SIZE : at]
        assert octets in {one.octets for one in last}
        assert octets[0] == median_low(one.saturation_percent for one in last)
        near = [one for one in last if abs(one.saturation_percent - octets[0]) <= 2]
        assert len(near) == SIZE  # 95 of a hundred: at this rate every one of ten


@given(
    st.integers(95, 99), st.integers(55, 65), st.lists(st.integers(-1, 1), min_size=10, max_size=40)
)
def test_numbers_that_hardly_move_always_give_a_reading(
    percent: int, bpm: int, moves: list[int]
) -> None:
    assert kept([sample(percent + move, bpm + 2 * move) for move in moves])
