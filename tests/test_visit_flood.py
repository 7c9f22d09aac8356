"""A flood of invitations and of letters: the patient is rung once, and the first gets through."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from hypothesis import given
from hypothesis.strategies import floats, integers, lists

from agent.audit import Audit
from agent.clock import HubClock
from agent.visit.bucket import Bucket
from agent.visit.messages import Refused, Ringing
from tests.fakes.visited import visited
from tests.fakes.visitor import Visitor

# agent/visit/README.md, "Who keeps whom out".
JOINS_A_MINUTE, NOTED, QUEUE = 20, 10, 64
BUSY, TOO_OFTEN = "VISIT-07", "VISIT-10"


async def test_a_flood_of_good_invitations_rings_once_and_is_turned_away(tmp_path: Path) -> None:
    async with visited(tmp_path) as home:
        home.allow()
        glass, first = await home.glass(), Visitor(home.link())
        async with first.opened():
            await first.joined()
            await first.hear(Ringing)
            codes: list[str] = []
            while TOO_OFTEN not in codes:
                assert len(codes) <= 4 * JOINS_A_MINUTE  # a machine so slow has no flood
                page = Visitor(home.link())
                async with page.opened():
                    await page.joined()
                    codes.append((await page.hear(Refused)).code)
            assert set(codes[:-1]) <= {BUSY}

            assert home.parts.visits is not None
            for _ in range(10 * QUEUE):  # and whoever can write to the broker writes noise
                home.parts.visits.letter(os.urandom(99))
            glass.say(type="visit", id=first.visit, accepted=True)
            await glass.hear("dial")
        rings = [one for one in glass.heard if one["type"] == "ring" and not one.get("ended")]
        assert {one["id"] for one in rings} == {first.visit}
        noted = [one for one in Audit(home.parts.outbox, HubClock()).events() if one is not None]
        assert len([one for one in noted if one.what == "visit-refused"]) <= NOTED
        glass.close()


@given(
    most=integers(1, 40),
    per_s=floats(0.5, 600),
    pauses_s=lists(floats(0, 90), min_size=1, max_size=80),
)
def test_a_bucket_lets_no_more_through_than_it_holds_and_what_time_adds(
    most: int, per_s: float, pauses_s: list[float]
) -> None:
    bucket = Bucket(most, per_s)
    times_s = list(itertools.accumulate(pauses_s))
    passed = sum(bucket.take(at_s) for at_s in times_s)
    assert passed <= most + (times_s[-1] - times_s[0]) * most / per_s + 1e-6
    assert passed >= min(len(times_s), 1)
