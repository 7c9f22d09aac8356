"""The BLE link through bleak's own BlueZ backend, over a private D-Bus."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from bleak import BleakScanner
from bumble.att import Attribute

from drivers import registry
from drivers.driver import Driver
from drivers.frame import Frame
from drivers.links.ble import BleLink, Visited
from drivers.links.plan import Pauses
from drivers.sessions.session import Outcome
from drivers.virtual import frames
from drivers.virtual.bluez.daemon import FakeBlueZ
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.script import Script
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.air import Home, at_desk, running
from tests.fakes.beacon import Beacon
from tests.fakes.healed import until
from tests.fakes.sink import NOON, MemorySink

MORNING = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)


@contextlib.asynccontextmanager
async def listening(
    home: Home, drivers: tuple[Driver, ...] | None = None
) -> AsyncIterator[BleLink]:
    link = BleLink(
        drivers=drivers or registry.drivers(),
        sink=home.sink,
        now=lambda: NOON,
        accepts=lambda _: True,
    )
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def scanning(link: BleLink) -> None:
    async with asyncio.timeout(20):
        await link.scanning.wait()


async def faulty(link: BleLink) -> str:
    async with asyncio.timeout(20):
        while link.fault is None:  # noqa: ASYNC110 - a plain value, made for a status page
            await asyncio.sleep(0.05)
    return link.fault.code


async def test_a_cuff_is_read_through_bluez(home: Home) -> None:
    cuff = VirtualBloodPressure()
    async with running(home.bluetoothd()), listening(home):
        await home.add(cuff)
        for published in frames.BLOOD_PRESSURE:
            await cuff.measure(published.data)
        finish = await home.sink.wait_for_end()
    assert finish.outcome is Outcome.COMPLETE
    assert home.sink.hexes("2a35") == [
        "16ff07ff07ff07e80706170e230aff070000",
        "15b0f06ef081f03c000000",
    ]


async def test_a_history_is_read_through_bluez_and_only_news_the_next_time(home: Home) -> None:
    meter = VirtualGlucose()
    await home.add(meter)
    for number in range(1, 21):
        await meter.measure(
            frames.glucose(number, 100 + number, MORNING, context_follows=True),
            frames.meal_context(number, 1),
        )
    async with running(home.bluetoothd()), listening(home):
        first = await home.sink.wait_for_end()
        await meter.measure(frames.glucose(21, 99, MORNING))
        second = await home.sink.wait_for_end()
    assert (first.outcome, second.outcome) == (Outcome.COMPLETE, Outcome.COMPLETE)
    assert set(home.sink.hexes("2a18")) == {record.hex() for record in meter.records}
    assert {frames.sequence_of(bytes.fromhex(f)) for f in home.sink.hexes("2a34")} == set(
        range(1, 21)
    )
    # Report newest, all; then report newest, and greater or equal to number 20 (Glucose 1.0.1).
    assert [asked.hex() for asked in meter.asked] == ["0106", "0101", "0106", "0103011400"]
    assert home.sink.meters[-1].model == "Virtual Glucose"


async def test_a_meter_that_leaves_in_the_middle_is_read_again_to_the_end(home: Home) -> None:
    meter = VirtualGlucose(script=Script(drops_after=(3,)))
    await home.add(meter)
    for number in range(1, 9):
        await meter.measure(frames.glucose(number, 100, MORNING))
    async with running(home.bluetoothd()), listening(home):
        first = await home.sink.wait_for_end()
        second = await home.sink.wait_for_end()
    assert first.outcome is Outcome.PARTIAL
    assert second.outcome is Outcome.COMPLETE
    assert set(home.sink.hexes("2a18")) == {record.hex() for record in meter.records}


class Ears:
    """A watcher that notes what is on air: of each advertisement whether a meter sent it."""

    def __init__(self) -> None:
        self.of_meters: list[bool] = []

    def scan(self, *, runs: bool) -> None: ...

    def heard(self, *, meter: bool) -> None:
        self.of_meters.append(meter)

    def visited(self, visited: Visited) -> None: ...


async def test_a_thing_of_the_same_strength_is_heard_on_and_on_because_the_hub_asks_for_it(
    home: Home,
) -> None:
    await home.add(Beacon())
    ears, unasked = Ears(), list[str]()
    async with running(home.bluetoothd()):
        async with listening(home) as link:
            link.watcher = ears
            await scanning(link)
            await asyncio.sleep(1.0)
        # bleak alone: BlueZ tells of it once, and then only of changes of 8 dB.
        async with BleakScanner(lambda device, _: unasked.append(device.address)):
            await asyncio.sleep(1.0)
    assert len(ears.of_meters) > 4  # ten times a second
    assert len(unasked) <= 2  # it may be told of once more as the scan begins


async def test_a_call_that_bluez_refuses_as_in_progress_costs_one_visit(home: Home) -> None:
    cuff, bluez = VirtualBloodPressure(), home.bluetoothd()
    bluez.faults.errors["Connect"] = ["InProgress"]
    async with running(bluez), listening(home):
        await home.add(cuff)
        await cuff.measure(frames.BLOOD_PRESSURE[1].data)
        first = await home.sink.wait_for_end()
        second = await home.sink.wait_for_end()
    assert first.outcome is Outcome.PARTIAL
    assert second.outcome is Outcome.COMPLETE
    assert home.sink.hexes("2a35") == ["15b0f06ef081f03c000000"]


@pytest.mark.parametrize(
    ("retry_s", "at_least", "at_most"), [((0.1, 0.2, 60.0), 3, 3), ((0,), 9, 999)]
)
async def test_a_meter_that_calls_on_and_refuses_every_connection_is_asked_ever_less_often(
    home: Home, retry_s: tuple[float, ...], at_least: int, at_most: int
) -> None:
    cuff, bluez = VirtualBloodPressure(), home.bluetoothd()
    bluez.faults.errors["Connect"] = ["Failed"] * 1000
    async with running(bluez), listening(home) as link:
        link.pauses = lambda: Pauses(retry_s=retry_s)
        await home.add(cuff)
        await cuff.measure(frames.BLOOD_PRESSURE[1].data)
        await until(lambda: len(home.sink.finishes) >= at_least)
        await asyncio.sleep(1.0)
        assert at_least <= len(home.sink.finishes) <= at_most
        assert {one.outcome for one in home.sink.finishes} == {Outcome.PARTIAL}


async def test_a_scan_that_another_program_blocks_is_started_again(home: Home) -> None:
    bluez = home.bluetoothd()
    bluez.faults.errors["StartDiscovery"] = ["InProgress"]
    async with running(bluez), listening(home) as link:
        assert await faulty(link) == "BLE-01"
        await scanning(link)
    assert link.fault is None


async def test_an_adapter_that_is_off_is_named_and_used_once_it_is_on(home: Home) -> None:
    cuff, bluez = VirtualBloodPressure(), home.bluetoothd(powered=False)
    async with running(bluez), listening(home) as link:
        assert await faulty(link) == "BLE-01"
        bluez.adapter.power(on=True)
        await scanning(link)
        await home.add(cuff)
        await cuff.measure(frames.BLOOD_PRESSURE[1].data)
        assert (await home.sink.wait_for_end()).outcome is Outcome.COMPLETE


async def test_a_bluetoothd_that_is_missing_is_waited_for(home: Home) -> None:
    async with listening(home) as link:
        assert await faulty(link) == "BLE-01"
        async with running(home.bluetoothd()):
            await scanning(link)


class BondedGlucose(VirtualGlucose):
    """Lets only a paired hub write to its control point."""

    def __init__(self) -> None:
        super().__init__()
        self._control.permissions |= Attribute.Permissions.WRITE_REQUIRES_ENCRYPTION


async def test_bluezs_word_for_a_missing_bond_is_understood(home: Home) -> None:
    meter = BondedGlucose()
    await home.add(meter)
    await meter.measure(frames.GLUCOSE[0].data)
    async with running(home.bluetoothd()), at_desk() as desk:
        await desk.warden.ready.wait()
        async with listening(home):
            finish = await home.sink.wait_for_end()
    assert finish.outcome is Outcome.NEEDS_PAIRING
    assert desk.refused == ["nobody is pairing a meter"]


async def test_without_an_agent_a_protected_meter_only_costs_its_time_limit(home: Home) -> None:
    # bluetoothd 5.82 gave no answer for two minutes.
    meter = BondedGlucose()
    await home.add(meter)
    await meter.measure(frames.GLUCOSE[0].data)
    async with running(home.bluetoothd()), listening(home):
        finish = await home.sink.wait_for_end()
    assert finish.outcome is Outcome.PARTIAL


class KillingSink(MemorySink):
    """Kills bluetoothd as soon as one frame is stored."""

    bluez: FakeBlueZ

    def frame(self, driver: Driver, frame: Frame) -> Future[Any]:
        self.bluez.die()
        return super().frame(driver, frame)


async def test_a_bluetoothd_that_dies_ends_a_visit_and_keeps_what_came(home: Home) -> None:
    # bleak 3.1 hears nothing of it and believes itself connected: only our time limits end this.
    impatient = tuple(replace(driver, idle_timeout_s=0.5) for driver in registry.drivers())
    meter, bluez, sink = VirtualGlucose(), home.bluetoothd(), KillingSink()
    home.sink, sink.bluez = sink, bluez
    await home.add(meter)
    for number in range(1, 4):
        await meter.measure(frames.glucose(number, 100, MORNING))
    async with running(bluez), listening(home, impatient):
        finish = await sink.wait_for_end()
    assert (finish.outcome, finish.mark) == (Outcome.PARTIAL, None)
    assert sink.hexes("2a18") == [meter.records[-1].hex()]
