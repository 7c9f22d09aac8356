"""A call into bleak that would not end when it is cancelled, and what ends it all the same."""

from __future__ import annotations

import asyncio

import pytest

from drivers.links.limits import ending

GRACE_S = 0.05


class Connecting:
    """As bleak connects (3.1): cancelled, it asks for a disconnect and waits for the answer."""

    def __init__(self) -> None:
        self.ended = False

    async def connect(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            try:
                await asyncio.Event().wait()
            finally:
                self.ended = True


async def test_what_tidies_up_for_ever_has_ended_soon_after_its_limit() -> None:
    one = Connecting()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(GRACE_S):
            await ending(one.connect(), GRACE_S)
    assert one.ended


async def test_awaited_as_it_is_it_would_still_wait() -> None:
    one = Connecting()

    async def limited() -> None:
        async with asyncio.timeout(GRACE_S):
            await one.connect()

    task = asyncio.create_task(limited())
    await asyncio.wait({task}, timeout=20 * GRACE_S)
    assert not one.ended
    task.cancel()
    await asyncio.wait({task}, timeout=20.0)
    assert one.ended


async def test_what_ends_by_itself_answers_and_what_fails_fails_as_it_did() -> None:
    async def answers() -> int:
        return 7

    async def fails() -> int:
        raise ConnectionError

    assert await ending(answers(), GRACE_S) == 7
    with pytest.raises(ConnectionError):
        await ending(fails(), GRACE_S)


async def test_who_is_cancelled_twice_does_not_wait_for_the_grace() -> None:
    one = Connecting()
    task = asyncio.create_task(ending(one.connect(), 3600.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(GRACE_S)
    assert not one.ended
    task.cancel()
    await asyncio.wait({task}, timeout=20.0)
    assert task.cancelled()
    await asyncio.sleep(0)
    assert one.ended
