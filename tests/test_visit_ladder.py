"""Size and rate of the picture: down within a second, up within ten, whatever came before."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.visit.media.ladder import FIRST, RUNGS, TICK_S, Ladder, Line, Rung, step

SETTLED_S, UP_S, DOWN_S = 3.0, 10.0, 1.0
LINES = st.builds(
    Line,
    passed_s=st.floats(0.01, 2.0),
    sent=st.integers(0, 300),
    again=st.integers(0, 300),
    lost=st.none() | st.floats(0, 1),
    remb_bps=st.none() | st.integers(0, 5_000_000),
    rtt_s=st.none() | st.floats(0, 5),
    heard=st.booleans(),
)
PASTS = st.lists(LINES, max_size=12)
FEW = settings(max_examples=40, deadline=None)


def after(lines: list[Line], start: Ladder | None = None) -> Ladder:
    ladder = start or Ladder()
    for line in lines:
        ladder = step(ladder, line)
    return ladder


def clean(seconds: float, remb_bps: int = 2_000_000) -> list[Line]:
    line = Line(passed_s=TICK_S, sent=20, lost=0.0, remb_bps=remb_bps, rtt_s=0.05, heard=True)
    return [line] * round(seconds / TICK_S)


@FEW
@given(PASTS)
def test_it_is_always_on_a_rung_and_the_lowest_is_eighty_kilobits(past: list[Line]) -> None:
    assert 80_000 <= after(past).rung.bitrate <= RUNGS[-1].bitrate


@FEW
@given(PASTS)
def test_whatever_came_before_ten_clean_seconds_lead_to_the_top(past: list[Line]) -> None:
    assert after(clean(UP_S), after(past)).rung == RUNGS[-1]


@FEW
@given(PASTS, st.integers(90_000, 900_000))
def test_an_estimate_that_falls_is_obeyed_within_a_second(past: list[Line], remb_bps: int) -> None:
    """The sum of what is sent then is below what the receiver can take, if any rung is."""
    ladder = after(clean(SETTLED_S), after(past))
    told = Line(passed_s=TICK_S, sent=20, remb_bps=remb_bps, heard=True)
    ladder = after([told] * round(DOWN_S / TICK_S), ladder)
    assert ladder.rung == RUNGS[0] or ladder.rung.bitrate <= remb_bps


@FEW
@given(PASTS, st.floats(0.2, 1.0))
def test_much_that_is_lost_leads_down_within_a_second(past: list[Line], lost: float) -> None:
    ladder = after(clean(SETTLED_S), after(past))
    worse = Line(passed_s=TICK_S, sent=20, again=round(20 * lost), lost=lost, heard=True)
    assert after([worse] * round(DOWN_S / TICK_S), ladder).at < max(ladder.at, 1)


def test_a_way_that_grows_long_leads_down() -> None:
    ladder = after(clean(5.0))
    late = Line(passed_s=TICK_S, sent=20, rtt_s=0.5, heard=True)
    assert step(ladder, late).at == ladder.at  # a machine that is busy is late once
    assert after([late, late], ladder).at < ladder.at


def test_a_way_that_is_long_and_stays_so_is_no_reason_to_send_little() -> None:
    far = Line(passed_s=TICK_S, sent=20, lost=0.0, rtt_s=0.4, heard=True)
    assert after([far] * 50, after(clean(5.0))).rung == RUNGS[-1]


def test_one_packet_in_twenty_that_is_lost_by_chance_changes_nothing() -> None:
    line = Line(passed_s=TICK_S, sent=20, again=1, lost=0.05, rtt_s=0.05, heard=True)
    assert after([line] * 100, Ladder(at=len(RUNGS) - 1)).rung == RUNGS[-1]


def test_a_receiver_that_falls_silent_is_sent_less_and_less() -> None:
    line = Line(passed_s=TICK_S, sent=20)
    assert after([line] * 75).rung == RUNGS[0]


def test_a_still_picture_that_needs_little_is_no_full_line() -> None:
    """An estimate follows what comes in; one that is low and rises says nothing of a fault."""
    rising = [
        Line(passed_s=TICK_S, sent=5, remb_bps=100_000 + 1000 * at, rtt_s=0.05, heard=True)
        for at in range(50)
    ]
    assert after(rising).at >= FIRST


def test_a_rung_that_was_too_much_is_left_alone_for_a_while() -> None:
    ladder = Ladder(at=3)
    while ladder.at <= 3:
        ladder = step(ladder, Line(passed_s=TICK_S, sent=10, heard=True))
    full = [Line(passed_s=TICK_S, sent=10, remb_bps=r, heard=True) for r in (400_000, 300_000)]
    ladder = after(full, ladder)
    assert ladder.at == 3
    ladder = after(clean(4.0), ladder)
    assert ladder.at == 3
    assert after(clean(6.0), ladder).rung == RUNGS[-1]


@given(st.integers(2, 4000), st.integers(2, 4000), st.sampled_from(RUNGS))
def test_a_picture_keeps_its_shape_and_even_sides(width: int, height: int, rung: Rung) -> None:
    wide, high = rung.size(width, height)
    assert wide % 2 == high % 2 == 0
    assert 2 <= wide <= max(rung.width, 2)
    assert abs(high - height * min(rung.width, width) / width) <= 2
