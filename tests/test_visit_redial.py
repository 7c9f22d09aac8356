"""A call that fell silent: left alone, dialled again, given up. Nothing here waits."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.visit.media.redial import FIRST_LIMIT_S, GIVE_UP_S, REDIAL_S, Calling, Do, tick

TICK_S = 0.2


def silent(calling: Calling, seconds: float, *, failed: bool = False) -> tuple[Calling, list[Do]]:
    done = []
    for _ in range(round(seconds / TICK_S)):
        calling, do = tick(calling, TICK_S, heard=False, failed=failed)
        done.append(do)
    return calling, done


STANDING, _ = tick(Calling(), TICK_S, heard=True, failed=False)


def test_five_seconds_of_silence_are_told_and_waited_out() -> None:
    calling, done = silent(STANDING, 5)
    assert calling.lost
    assert set(done) == {Do.NOTHING}
    assert not tick(calling, TICK_S, heard=True, failed=False)[0].lost


def test_after_eight_seconds_it_is_dialled_again_and_again() -> None:
    _, done = silent(STANDING, 40)
    dialled = [round(at * TICK_S, 1) for at, do in enumerate(done, 1) if do is Do.DIAL]
    assert dialled[0] == REDIAL_S
    pauses = [after - before for before, after in pairwise(dialled)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 3 < pauses[-1] <= 10


def test_a_connection_that_failed_is_dialled_again_at_once() -> None:
    _, done = silent(STANDING, TICK_S, failed=True)
    assert done == [Do.DIAL]


def test_when_the_old_connection_comes_back_the_new_one_is_dropped() -> None:
    calling, _ = silent(STANDING, 10)
    assert tick(calling, TICK_S, heard=True, failed=False)[1] is Do.DROP


def test_a_silence_that_does_not_end_is_given_up_in_the_end() -> None:
    assert Do.GIVE_UP in silent(STANDING, GIVE_UP_S + 1)[1]
    assert Do.GIVE_UP in silent(Calling(), FIRST_LIMIT_S + 1)[1]


@given(st.lists(st.tuples(st.floats(0.01, 20), st.booleans(), st.booleans()), max_size=30))
def test_nobody_is_dialled_more_often_than_every_two_seconds(
    past: list[tuple[float, bool, bool]],
) -> None:
    """But after a sign of the other side: then the first silence counts anew."""
    calling, since_s = Calling(), 0.0
    for passed_s, heard, failed in past:
        tried = calling.tries
        calling, do = tick(calling, passed_s, heard=heard, failed=failed)
        since_s += passed_s
        if do is Do.DIAL:
            assert tried == 0 or since_s >= 2.0
            since_s = 0.0
