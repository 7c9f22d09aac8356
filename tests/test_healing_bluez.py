"""A radio that heals itself, over a real D-Bus: each fault, with what heals it and without."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent import hub
from agent.clock import HubClock
from agent.doctor import radio
from agent.doctor.place import Place
from agent.radio_health import kept
from drivers.healing.history import Fault
from drivers.links.healer import PING_S, Heals
from drivers.links.plan import Pauses
from drivers.virtual import frames
from drivers.virtual.bluez.daemon import FakeBlueZ
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.air import Home, running
from tests.fakes.healed import (
    LONG_S,
    MORNING,
    cuff_measures,
    episodes,
    healing_hub,
    never,
    stored,
    until,
    with_cuff,
)

ADDRESS = "C1:00:00:00:00:02"


@pytest.mark.parametrize("clean", [True, False])
async def test_a_bluetoothd_that_stopped_or_was_killed_is_noticed_and_used_again(
    home: Home, tmp_path: Path, *, clean: bool
) -> None:
    async with with_cuff(home, tmp_path) as (cuff, bluez, parts):
        await (bluez.unplug() if clean else asyncio.sleep(0))
        bluez.die()
        await until(lambda: episodes(parts, Fault.DAEMON) == [False])
        await bluez.start()
        await until(lambda: episodes(parts, Fault.DAEMON) == [True])
        await cuff_measures(cuff, 1)
        await until(lambda: stored(parts) == 1)
        assert kept(parts.outbox)[-1]["fault"] == "daemon"


async def test_what_was_mended_is_told_by_the_doctor_and_by_the_next_run(
    home: Home, tmp_path: Path
) -> None:
    async with with_cuff(home, tmp_path) as (_, bluez, parts):
        bluez.die()
        await until(lambda: episodes(parts, Fault.DAEMON) == [False])
        await bluez.start()
        await until(lambda: episodes(parts, Fault.DAEMON) == [True])
        await until(lambda: bool(kept(parts.outbox)) and kept(parts.outbox)[-1]["healed_after_s"])
        place = Place(config=parts.config, now=HubClock(), root=tmp_path / "nothing")
        said = [one.what for one in await asyncio.to_thread(radio.check, place)]
        assert any("mended" in one and "daemon" in one for one in said)
    said = [one.what for one in await asyncio.to_thread(radio.check, place)]
    assert any("mended" in one and "daemon" in one for one in said)
    async with hub.assembled(place.config) as again:
        assert again.healer is not None
        assert [one["fault"] for one in again.healer.history.told()["episodes"]] == ["daemon"]


async def test_a_scan_that_a_killed_bluetoothd_left_behind_is_ended(
    home: Home, tmp_path: Path
) -> None:
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        bluez.die()
        assert bluez.daemon.orphan_until_s > 0.0  # the kernel scans on, for nobody
        await bluez.start()
        await until(lambda: episodes(parts, Fault.DAEMON) == [True])
        assert bluez.daemon.orphan_until_s == 0.0
        assert episodes(parts, Fault.ADAPTER) == []


async def test_without_watching_bluetoothd_the_hub_believes_in_a_scan_that_is_dead(
    home: Home, tmp_path: Path
) -> None:
    blind = Heals(daemon=False, adapter=False, silence=False)
    async with with_cuff(home, tmp_path, blind) as (cuff, bluez, parts):
        bluez.die()
        await asyncio.sleep(0.2)
        await bluez.start()
        await cuff_measures(cuff, 1)
        await never(lambda: stored(parts) == 1)
        assert parts.radio is not None
        assert parts.radio.scanning.is_set()


async def test_a_bluetoothd_killed_in_the_middle_of_a_visit_costs_no_record(
    home: Home, tmp_path: Path
) -> None:
    meter = VirtualGlucose(address=ADDRESS)
    for number in range(1, 200):
        meter.records.append(frames.glucose(number, 100, MORNING))
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        await home.add(meter)
        await meter.measure(frames.glucose(200, 100, MORNING))
        await until(lambda: 0 < stored(parts) < 200)
        bluez.die()
        await bluez.start()
        await until(lambda: stored(parts) == 200)


async def test_services_that_bluez_remembers_wrongly_are_forgotten(
    home: Home, tmp_path: Path
) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    bluez = home.bluetoothd()
    bluez.faults.stale = {cuff.address}
    async with running(bluez), healing_hub(tmp_path) as parts:
        await cuff_measures(cuff, 1)
        await until(lambda: stored(parts) == 1)
        await until(lambda: episodes(parts, Fault.CACHE) == [True])


async def test_without_forgetting_them_that_meter_is_not_read(home: Home, tmp_path: Path) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    bluez = home.bluetoothd()
    bluez.faults.stale = {cuff.address}
    async with running(bluez), healing_hub(tmp_path, Heals(cache=False)) as parts:
        await cuff_measures(cuff, 1)
        await never(lambda: stored(parts) == 1, 5.0)


async def until_asked(bluez: FakeBlueZ) -> None:
    await until(lambda: bluez.agent is not None)


@pytest.mark.parametrize(("limit_s", "mended"), [(1.0, True), (30.0, False)])
async def test_a_call_that_never_returns_ends_by_its_limit_and_costs_no_reading(
    home: Home, tmp_path: Path, limit_s: float, *, mended: bool
) -> None:
    async with with_cuff(home, tmp_path) as (cuff, bluez, parts):
        assert parts.radio is not None
        parts.radio.turns.alone_s = limit_s
        bluez.faults.hangs.add("Connect")
        await cuff_measures(cuff, 1)
        await asyncio.sleep(1.5)
        bluez.faults.hangs.clear()
        await (until if mended else never)(lambda: stored(parts) == 1)


@pytest.mark.parametrize(
    ("heals", "limit_s", "told"),
    [(Heals(), 0.5, True), (Heals(), 3600.0, False), (Heals(daemon=False), 0.5, False)],
)
async def test_a_bluetoothd_that_hangs_is_told_of_and_its_return_too(
    home: Home, tmp_path: Path, heals: Heals, limit_s: float, *, told: bool
) -> None:
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path, heals) as parts:
        await until_asked(bluez)
        assert parts.pairing is not None
        bluez.faults.hangs.add("GetManagedObjects")
        parts.pairing.warden.bluez.limit_s = limit_s
        if not told:
            await never(lambda: "BLE-03" in parts.status.snapshot().alarms, PING_S + LONG_S)
            return
        await until(lambda: "BLE-03" in parts.status.snapshot().alarms)
        bluez.faults.hangs.clear()
        await until(lambda: "BLE-03" not in parts.status.snapshot().alarms)
        await until(lambda: episodes(parts, Fault.DAEMON) == [True])


async def test_a_scan_refused_as_in_progress_is_tried_again(home: Home, tmp_path: Path) -> None:
    async with with_cuff(home, tmp_path) as (cuff, bluez, parts):
        bluez.faults.errors["StartDiscovery"] = ["InProgress", "InProgress"]
        assert parts.radio is not None
        parts.radio.rescan()
        await until(lambda: episodes(parts, Fault.SCAN) == [True])
        await cuff_measures(cuff, 1)
        await until(lambda: stored(parts) == 1)


async def test_without_trying_again_one_in_progress_ends_all_scanning(
    home: Home, tmp_path: Path
) -> None:
    async with with_cuff(home, tmp_path, Heals(daemon=False)) as (cuff, bluez, parts):
        bluez.faults.errors["StartDiscovery"] = ["InProgress"]
        assert parts.radio is not None
        parts.radio.again_s = (3600.0,)
        parts.radio.rescan()
        await until(lambda: episodes(parts, Fault.SCAN) == [False])
        await cuff_measures(cuff, 1)
        await never(lambda: stored(parts) == 1)


@pytest.mark.parametrize(("retry_s", "mended"), [((0.1,), True), ((3600.0,), False)])
async def test_a_connection_refused_as_in_progress_is_tried_again_after_a_pause(
    home: Home, tmp_path: Path, retry_s: tuple[float], *, mended: bool
) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    bluez = home.bluetoothd()
    bluez.faults.errors["Connect"] = ["InProgress"] * 8  # bleak tries some times by itself
    async with running(bluez), healing_hub(tmp_path) as parts:
        assert parts.radio is not None
        parts.radio.pauses = lambda: Pauses(retry_s=retry_s)
        await cuff_measures(cuff, 1)
        await until(lambda: len(bluez.faults.errors["Connect"]) < 8)
        await (until if mended else never)(lambda: stored(parts) == 1)
