"""A disk that is full: the patient's screen goes on, and what it was told is not forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sync.outbox import Outbox
from sync.record import measured
from tests.fakes.records import PATIENT, blood_pressure
from tests.test_screen_display import LIMIT_S, at_home
from vitals.errors import HubError
from vitals.reading import Timing


def fill(outbox: Outbox) -> list[str]:
    """Fill the store to its last page, and most pages to their end; return what fills it."""
    names = []
    for size, most in ((2**20, 0), (2**14, 0), (2**10, 0), (2**7, 400)):
        left = most
        for number in range(4000):
            name = f"{size}/{number}"
            error = outbox.remember(name, bytes(size)).exception(LIMIT_S)
            if error is None:
                names.append(name)
            else:
                assert isinstance(error, HubError)
                left -= 1
            if left < 0:
                break
    return names


async def test_on_a_full_disk_the_screen_shows_what_there_is(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        record = home.taken(blood_pressure(1))
        seq = home.outbox.put(record).result(LIMIT_S).seq
        fill(home.outbox)
        home.display.shown(record, seq, False)  # noqa: FBT003 - as ingest calls it
        for _ in range(3):
            home.display.changed()
            told = await home.told("home")
        assert [one["value"] for one in told["readings"]] == ["128/80"]


async def test_a_permission_taken_back_on_a_full_disk_stays_taken_back(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.say(type="consent", topic="camera", given=True)
        await home.told("home", consents=["camera"])
        full = fill(home.outbox)
        for seq in range(30):
            home.display.shown(home.taken(blood_pressure(seq)), seq, False)  # noqa: FBT003 - as above
        home.say(type="consent", topic="camera", given=False)
        await home.told("home", consents=[])
        for name in full:
            home.outbox.remember(name, b"").result(LIMIT_S)
        async with asyncio.timeout(LIMIT_S):
            while b'"consents":[]' not in (home.outbox.recall("screen") or b""):
                home.display.changed()
                await home.told("home")
    async with at_home(tmp_path) as again:
        assert again.first["consents"] == []


async def test_a_reading_of_a_clock_that_ran_years_ahead_hides_no_later_one(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        ahead = replace(home.clock(), at=home.clock().at + timedelta(days=900))
        record = replace(
            home.taken(blood_pressure(1)).reading, timing=Timing(received=ahead, live=True)
        )
        home.store(measured(record, PATIENT))
        home.store(home.taken(blood_pressure(9)))
        async with asyncio.timeout(LIMIT_S):
            while [one["seq"] for one in (await home.told("home"))["readings"]] != [2]:
                home.display.changed()
        (taken,) = home.display.taken().values()
        assert taken < ahead.at - timedelta(days=800)
