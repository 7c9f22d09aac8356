"""A broken service is started again, with growing pauses, and in the end given up loudly."""

from __future__ import annotations

import asyncio
import logging

import pytest

from agent.supervise import supervise


class Clockwork:
    """A clock and a sleep that take no time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Flaky:
    """A service that breaks a given number of times, each time after running for a while."""

    def __init__(self, time: Clockwork, failures: int, lasts_s: float = 0.0) -> None:
        self.time = time
        self.failures = failures
        self.lasts_s = lasts_s

    async def run(self) -> None:
        self.time.now += self.lasts_s
        if self.failures:
            self.failures -= 1
            raise RuntimeError("canary-7Q2 mmHg 128/80")


async def test_a_service_that_breaks_is_started_again_after_growing_pauses() -> None:
    time = Clockwork()
    await supervise("x", Flaky(time, 3).run, delays_s=(1, 2, 4), clock=time.clock, sleep=time.sleep)
    assert time.pauses == [1, 2, 4]


async def test_when_the_pauses_are_used_up_the_error_goes_to_the_caller() -> None:
    time = Clockwork()
    with pytest.raises(RuntimeError):
        await supervise(
            "x", Flaky(time, 3).run, delays_s=(1, 2), clock=time.clock, sleep=time.sleep
        )
    assert time.pauses == [1, 2]


async def test_a_service_that_ran_long_enough_has_its_pauses_counted_anew() -> None:
    time = Clockwork()
    service = Flaky(time, 5, lasts_s=301)
    await supervise(
        "x", service.run, delays_s=(1, 2), settled_s=300, clock=time.clock, sleep=time.sleep
    )
    assert time.pauses == [1, 1, 1, 1, 1]


async def test_cancellation_passes_straight_through() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(supervise("x", forever))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_log_names_the_place_of_a_crash_and_never_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    time = Clockwork()
    with caplog.at_level(logging.DEBUG):
        await supervise("radio", Flaky(time, 1).run, clock=time.clock, sleep=time.sleep)
    assert "radio stopped (RuntimeError at " in caplog.text
    assert "canary-7Q2" not in caplog.text
