"""Whose turn it is: one connect at a time, less time while others wait, and a fair queue."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.links.turns import MAX_QUEUE, STILL_THERE_S, Queue, Turns


async def connects(turns: Turns, began: list[str], name: str, *, vanishes: bool = False) -> None:
    async with turns.take():
        began.append(name)
        if vanishes:
            await asyncio.Event().wait()


async def test_one_connection_is_made_at_a_time() -> None:
    turns, began, may_end = Turns(), list[str](), asyncio.Event()

    async def first() -> None:
        async with turns.take():
            began.append("first")
            await may_end.wait()

    one = asyncio.create_task(first())
    two = asyncio.create_task(connects(turns, began, "second"))
    await asyncio.sleep(0.05)
    assert began == ["first"]
    may_end.set()
    await asyncio.gather(one, two)
    assert began == ["first", "second"]


async def test_a_meter_that_vanished_holds_up_others_only_for_the_shared_time() -> None:
    turns, began = Turns(alone_s=3600, shared_s=0.05), list[str]()
    gone = asyncio.create_task(connects(turns, began, "gone", vanishes=True))
    async with asyncio.timeout(60):
        while not began:  # noqa: ASYNC110 - a list tells nobody when it grows
            await asyncio.sleep(0.01)
        await connects(turns, began, "here")
    with pytest.raises(TimeoutError):
        await gone
    assert began == ["gone", "here"]


async def test_several_that_vanished_are_passed_over_one_after_another() -> None:
    turns, began = Turns(alone_s=3600, shared_s=0.05), list[str]()
    gone = [
        asyncio.create_task(connects(turns, began, f"gone {n}", vanishes=True)) for n in range(3)
    ]
    async with asyncio.timeout(60):
        await asyncio.sleep(0)
        await connects(turns, began, "here")
        ended = await asyncio.gather(*gone, return_exceptions=True)
    assert [type(error) for error in ended] == [TimeoutError] * 3
    assert began[-1] == "here"


async def test_a_meter_alone_has_all_the_time_there_is() -> None:
    turns, began = Turns(alone_s=0.05, shared_s=0.01), list[str]()
    with pytest.raises(TimeoutError):
        await connects(turns, began, "slow", vanishes=True)
    await connects(turns, began, "next")
    assert began == ["slow", "next"]


async def test_one_who_stops_waiting_leaves_the_turn_to_the_next() -> None:
    turns, began, may_end = Turns(), list[str](), asyncio.Event()

    async def holds() -> None:
        async with turns.take():
            await may_end.wait()

    holder = asyncio.create_task(holds())
    await asyncio.sleep(0)
    impatient = asyncio.create_task(connects(turns, began, "impatient"))
    patient = asyncio.create_task(connects(turns, began, "patient"))
    await asyncio.sleep(0)
    impatient.cancel()
    may_end.set()
    await asyncio.gather(holder, patient, impatient, return_exceptions=True)
    assert began == ["patient"]


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_who_found_no_place_goes_before_who_comes_back() -> None:
    queue = Queue(clock=Clock())
    assert not queue.admits("cuff", free=0)
    assert not queue.admits("strap", free=1)
    assert queue.admits("cuff", free=1)
    assert queue.admits("strap", free=1)


def test_a_place_in_the_line_is_lost_by_falling_silent() -> None:
    clock = Clock()
    queue = Queue(clock=clock)
    assert not queue.admits("asleep", free=0)
    clock.now_s = STILL_THERE_S + 1
    assert queue.admits("awake", free=1)


def test_the_line_has_an_end() -> None:
    queue = Queue(clock=Clock())
    for number in range(MAX_QUEUE):
        assert not queue.admits(f"meter {number}", free=0)
    assert not queue.admits("one too many", free=0)
    assert not queue.admits("one too many", free=MAX_QUEUE)
    assert queue.admits("meter 0", free=1)
    assert queue.admits("one too many", free=MAX_QUEUE)


@given(
    greedy=st.integers(1, 30),
    places=st.integers(1, 4),
    lasts=st.integers(1, 5),
    order=st.randoms(use_true_random=False),
)
def test_nobody_starves_whoever_else_calls(
    greedy: int, places: int, lasts: int, order: Random
) -> None:
    """Meters that call again as soon as they were read cannot keep one more away."""
    clock = Clock()
    queue, open_until = Queue(clock=clock), dict[str, int]()
    for second in range((greedy // places + 2) * (lasts + 1) + 2):
        clock.now_s = float(second)
        open_until = {name: end for name, end in open_until.items() if end > second}
        callers = [f"greedy {n}" for n in range(greedy)] + ["cuff"]
        order.shuffle(callers)
        for name in callers:
            if name not in open_until and queue.admits(name, places - len(open_until)):
                if name == "cuff":
                    return
                open_until[name] = second + lasts
    raise AssertionError("the cuff was never read")
