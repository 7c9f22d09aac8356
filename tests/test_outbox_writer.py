"""The writing thread refuses, fails and ends without leaving anybody waiting."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from sync.outbox_writer import MAX_WAITING, Writer
from vitals.errors import HubError

LIMIT_S = 90


class _Gate:
    """A transaction that waits at its door, so that a queue can fill up behind it."""

    def __init__(self) -> None:
        self.door = threading.Event()

    def begin(self) -> None:
        self.door.wait(LIMIT_S)

    def commit(self) -> None:
        """Nothing to make durable."""

    def rollback(self) -> None:
        """Nothing to take back."""

    def close(self) -> None:
        """Nothing to let go of."""


def test_at_the_queues_bound_a_write_fails_at_once_and_the_rest_goes_on() -> None:
    gate = _Gate()
    writer = Writer(gate, group=1)
    futures = [writer.submit(lambda: None) for _ in range(MAX_WAITING + 100)]
    refused = [future for future in futures if future.done()]
    assert 90 <= len(refused) <= 100
    error = refused[0].exception()
    assert isinstance(error, HubError)
    assert error.code == "STORE-04"
    gate.door.set()
    assert all(future.result(LIMIT_S) is None for future in futures if future not in refused)
    writer.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_writer_dies_nobody_waits_for_ever() -> None:
    gate = _Gate()
    writer = Writer(gate, group=1)
    dying = writer.submit(lambda: 1 // 0)
    waiting = writer.submit(lambda: None)
    gate.door.set()
    for future in (dying, waiting):
        error = future.exception(LIMIT_S)
        assert isinstance(error, HubError)
        assert error.code == "STORE-10"
    writer.close()
    assert writer.submit(lambda: None).exception(LIMIT_S) is not None


def test_a_write_that_was_cancelled_in_time_never_happens() -> None:
    gate = _Gate()
    writer = Writer(gate, group=1)
    ran: list[int] = []
    first, second = (writer.submit(partial(ran.append, number)) for number in (1, 2))
    assert second.cancel()
    gate.door.set()
    first.result(LIMIT_S)
    writer.close()
    assert ran == [1]
