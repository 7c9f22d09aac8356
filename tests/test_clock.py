"""The hub's clock: believed when somebody set it, and not when it jumps; boots are remembered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock import HubClock, boot_id, boots, boots_octets

SECOND = 1_000_000_000
HOUR, DAY = 3600 * SECOND, 24 * 3600 * SECOND
NOON_NS = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()) * SECOND


class Clocks:
    """Both clocks of a machine, turned by hand."""

    def __init__(self) -> None:
        self.boot_ns, self.wall_ns, self.set = 60 * SECOND, NOON_NS, True
        self.hub = HubClock(
            lambda: self.set, wall_ns=lambda: self.wall_ns, boottime_ns=lambda: self.boot_ns
        )

    def after(self, ns: int, *, jump_ns: int = 0) -> None:
        self.boot_ns += ns
        self.wall_ns += ns + jump_ns


def test_an_instant_is_the_wall_clocks_own() -> None:
    clocks = Clocks()
    now = clocks.hub()
    assert (now.at, now.boottime_ns) == (datetime(2026, 11, 23, 12, tzinfo=UTC), 60 * SECOND)
    assert now.synchronised


@pytest.mark.parametrize("jump_ns", [DAY, -DAY, 20 * SECOND])
def test_a_clock_that_jumps_is_not_believed_and_when_it_comes_back_it_is(jump_ns: int) -> None:
    clocks = Clocks()
    clocks.hub()
    offset = dict(clocks.hub.boot_offsets)
    clocks.after(60 * SECOND, jump_ns=jump_ns)
    assert not clocks.hub().synchronised
    clocks.after(60 * SECOND, jump_ns=-jump_ns)
    assert clocks.hub().synchronised
    assert clocks.hub.boot_offsets == offset


def test_a_clock_that_stays_where_it_jumped_is_believed_after_an_hour() -> None:
    clocks = Clocks()
    clocks.hub()
    (before,) = clocks.hub.boot_offsets.values()
    clocks.after(60 * SECOND, jump_ns=DAY)
    assert not clocks.hub().synchronised
    clocks.after(HOUR)
    assert clocks.hub().synchronised
    (after,) = clocks.hub.boot_offsets.values()
    assert after - before == DAY


def test_a_drift_within_a_few_seconds_is_no_jump() -> None:
    clocks = Clocks()
    clocks.hub()
    clocks.after(DAY, jump_ns=4 * SECOND)
    assert clocks.hub().synchronised


def test_a_clock_nobody_set_teaches_nothing() -> None:
    clocks = Clocks()
    clocks.set = False
    learned: list[bytes] = []
    clocks.hub.resume(None, learned.append)
    assert not clocks.hub().synchronised
    assert clocks.hub.boot_offsets == {}
    assert learned == []


def test_what_was_learned_is_told_once() -> None:
    clocks = Clocks()
    learned: list[bytes] = []
    clocks.hub.resume(None, learned.append)
    clocks.hub()
    clocks.after(SECOND)
    clocks.hub()
    assert [boots(octets) for octets in learned] == [{boot_id(): NOON_NS - 60 * SECOND}]


def test_what_was_learned_before_there_was_a_store_is_told_as_soon_as_there_is_one() -> None:
    clocks = Clocks()
    clocks.hub()
    learned: list[bytes] = []
    clocks.hub.resume(boots_octets({"an earlier boot": 5}), learned.append)
    [octets] = learned
    assert list(boots(octets)) == ["an earlier boot", boot_id()]
    assert clocks.hub.boot_offsets["an earlier boot"] == 5


def test_what_an_earlier_process_of_this_boot_knew_is_not_overruled_by_a_jump() -> None:
    clocks = Clocks()
    remembered = boots_octets({boot_id(): NOON_NS - 60 * SECOND})
    clocks.after(60 * SECOND, jump_ns=DAY)
    clocks.hub()
    learned: list[bytes] = []
    clocks.hub.resume(remembered, learned.append)
    assert not clocks.hub().synchronised
    assert learned == []


def test_this_boot_is_never_the_one_that_is_forgotten() -> None:
    clocks = Clocks()
    clocks.hub()
    learned: list[bytes] = []
    clocks.hub.resume(boots_octets({f"boot-{n}": n for n in range(64)}), learned.append)
    known = boots(learned[0])
    assert len(known) == 64
    assert "boot-0" not in known
    assert boot_id() in known


def test_the_last_64_boots_are_remembered() -> None:
    offsets = {f"boot-{n}": n for n in range(100)}
    assert boots(boots_octets(offsets)) == {f"boot-{n}": n for n in range(36, 100)}


@given(octets=st.none() | st.binary(max_size=60))
def test_a_memory_that_makes_no_sense_is_no_memory(octets: bytes | None) -> None:
    assert all(isinstance(one, int) for one in boots(octets).values())
