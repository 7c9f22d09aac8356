"""Calls that bluetoothd never answers, one method at a time: each ends by its limit.

Those with two limits have their control: with one that outlasts the test, the hub stays as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent import hub
from drivers.driver import Pairing
from drivers.healing.history import Fault
from drivers.links.limits import Limits
from drivers.links.plan import Pauses
from drivers.virtual import frames
from drivers.virtual.bluez.daemon import FakeBlueZ
from drivers.virtual.bonding import Bonding
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.air import Home, at_desk, running
from tests.fakes.healed import (
    MORNING,
    cuff_measures,
    episodes,
    healing_hub,
    never,
    stored,
    until,
    with_cuff,
)
from tests.test_pairing import meter_with, order, paired
from vitals.errors import HubError

LIMIT_S, WIDE_S, NONE_S = 1.0, 30.0, 60.0
"""What ends a call that hangs, what a call that is answered may take, what outlasts a control."""
VAIN_S = 2.0
limits = pytest.mark.parametrize("limit_s", [LIMIT_S, NONE_S])


def limited(parts: hub.Parts, limit_s: float) -> None:
    """Give every call this long."""
    assert parts.radio is not None
    assert parts.pairing is not None
    parts.radio.limits = Limits(call_s=limit_s, start_s=limit_s)
    parts.radio.turns.alone_s = limit_s
    parts.radio.pauses = lambda: Pauses(retry_s=(0.2,))
    parts.pairing.warden.bluez.limit_s = limit_s


async def hung(parts: hub.Parts, bluez: FakeBlueZ, methods: set[str], limit_s: float) -> None:
    """Wait until each was called, and for as long as one that has a limit needs to end.

    From then on bluetoothd answers what it is asked, and has time for it.
    """
    await until(lambda: methods <= set(bluez.faults.swallowed))
    await asyncio.sleep(2 * LIMIT_S)
    bluez.faults.hangs.clear()
    if limit_s == LIMIT_S:
        limited(parts, WIDE_S)


async def mended(holds: Callable[[], bool], limit_s: float) -> None:
    """See that it comes true within the limit, and does not without one."""
    if limit_s == LIMIT_S:
        await until(holds)
    else:
        await never(holds, VAIN_S)


@contextlib.asynccontextmanager
async def let_go(parts: hub.Parts, bluez: FakeBlueZ) -> AsyncIterator[None]:
    """At the end let bluetoothd die: what still waits for an answer hears that there is none."""
    try:
        yield
    finally:
        limited(parts, LIMIT_S)
        bluez.die()


@limits
@pytest.mark.parametrize(
    "methods",
    [{"Connect"}, {"Connect", "Disconnect"}, {"StartNotify"}, {"WriteValue"}, {"Disconnect"}],
    ids=lambda methods: "+".join(sorted(methods)),
)
async def test_a_visit_that_bluetoothd_does_not_answer_ends_and_another_reads_the_meter(
    home: Home, tmp_path: Path, methods: set[str], limit_s: float
) -> None:
    meter, bluez = VirtualGlucose(), home.bluetoothd()
    await home.add(meter)
    async with running(bluez), healing_hub(tmp_path) as parts, let_go(parts, bluez):
        limited(parts, limit_s)
        bluez.faults.hangs |= methods
        await meter.measure(frames.glucose(1, 100, MORNING))
        called = {min(methods)} if limit_s == NONE_S else methods  # none comes to the second
        await hung(parts, bluez, called, limit_s)
        await meter.measure(frames.glucose(2, 110, MORNING))
        await mended(lambda: stored(parts) == 2, limit_s)


@limits
async def test_a_meter_whose_calls_are_never_answered_keeps_no_other_from_being_read(
    home: Home, tmp_path: Path, limit_s: float
) -> None:
    async with with_cuff(home, tmp_path) as (cuff, bluez, parts), let_go(parts, bluez):
        limited(parts, limit_s)
        bluez.faults.hangs |= {"Connect", "Disconnect"}
        await cuff_measures(cuff, 1)
        await hung(parts, bluez, {"Connect"}, limit_s)
        other = VirtualBloodPressure(address="C1:00:00:00:00:77")
        await home.add(other)
        await cuff_measures(other, 2)
        await mended(lambda: stored(parts) == 2, limit_s)


async def test_a_reading_does_not_wait_for_what_its_meter_does_not_say_of_itself(
    home: Home, tmp_path: Path
) -> None:
    async with with_cuff(home, tmp_path) as (cuff, bluez, parts), let_go(parts, bluez):
        limited(parts, 2 * NONE_S)
        bluez.faults.hangs.add("ReadValue")
        await cuff_measures(cuff, 1)
        await until(lambda: stored(parts) == 1)


@limits
@pytest.mark.parametrize("method", ["SetDiscoveryFilter", "StartDiscovery", "StopDiscovery"])
async def test_a_scan_whose_call_is_never_answered_is_begun_again(
    home: Home, tmp_path: Path, method: str, limit_s: float
) -> None:
    async with with_cuff(home, tmp_path) as (cuff, bluez, parts), let_go(parts, bluez):
        limited(parts, limit_s)
        assert parts.radio is not None
        bluez.faults.hangs.add(method)
        parts.radio.rescan()
        await hung(parts, bluez, {method}, limit_s)
        await cuff_measures(cuff, 1)
        await mended(lambda: stored(parts) == 1, limit_s)


@limits
@pytest.mark.parametrize(
    "method", ["RegisterAgent", "RequestDefaultAgent", "GetManagedObjects", "Pairable", "Powered"]
)
async def test_order_at_a_bluetoothd_that_came_back_is_made_though_a_call_hung(
    home: Home, tmp_path: Path, method: str, limit_s: float
) -> None:
    async with with_cuff(home, tmp_path) as (_, bluez, parts), let_go(parts, bluez):
        assert parts.pairing is not None
        warden = parts.pairing.warden
        limited(parts, limit_s)
        bluez.die()
        await until(lambda: not warden.ready.is_set())
        bluez.faults.hangs.add(method)
        await bluez.start()
        await hung(parts, bluez, {method}, limit_s)
        await mended(
            lambda: (
                warden.ready.is_set()
                and bluez.agent is not None
                and bluez.adapter.is_on
                and not bluez.pairable
            ),
            limit_s,
        )


async def test_services_that_bluez_does_not_forget_at_once_are_forgotten_later(
    home: Home, tmp_path: Path
) -> None:
    async with with_cuff(home, tmp_path) as (cuff, bluez, parts):
        limited(parts, WIDE_S)
        assert parts.pairing is not None
        parts.pairing.warden.bluez.limit_s = LIMIT_S
        bluez.faults.stale = {cuff.address}
        bluez.faults.hangs.add("RemoveDevice")
        await cuff_measures(cuff, 1)
        await hung(parts, bluez, {"RemoveDevice"}, LIMIT_S)
        assert episodes(parts, Fault.CACHE) == [False]
        await until(lambda: stored(parts) == 1)


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("GetManagedObjects", "BLE-01"),
        ("SetDiscoveryFilter", "BLE-01"),
        ("StartDiscovery", "BLE-01"),
        ("PairableTimeout", "BLE-01"),
        ("Pairable", "BLE-01"),
        ("Pair", "PAIR-04"),
    ],
)
async def test_a_pairing_whose_call_is_never_answered_ends_in_words_and_can_be_begun_again(
    home: Home, method: str, code: str
) -> None:
    await meter_with(home, Bonding())
    wanted = replace(order(Pairing.JUST_WORKS), settle_s=0.1)
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        await desk.warden.ready.wait()
        desk.pairer.bluez.limit_s = WIDE_S if method == "Pair" else 2 * LIMIT_S
        desk.pairer.pair_limit_s = LIMIT_S
        bluez.faults.hangs.add(method)
        with pytest.raises(HubError) as caught:
            await paired(desk, wanted)
        assert caught.value.code == code
        assert desk.door.expected is None
        bluez.faults.hangs.clear()
        desk.pairer.bluez.limit_s = desk.pairer.pair_limit_s = WIDE_S
        assert (await paired(desk, wanted)).bonded
        await desk.until(lambda: not bluez.pairable)


async def test_a_bond_that_was_made_counts_whatever_bluetoothd_answers_after_it(
    home: Home,
) -> None:
    await meter_with(home, Bonding())
    async with running(home.bluetoothd()) as bluez, at_desk() as desk:
        await desk.warden.ready.wait()
        desk.pairer.bluez.limit_s = 2 * LIMIT_S
        bluez.faults.hangs |= {"Trusted"}
        made = await paired(desk, replace(order(Pairing.JUST_WORKS), settle_s=0.1))
        assert (made.bonded, made.connected) == (True, False)
        assert len(bluez.bonds) == 1
