"""An adapter that goes, is off or hears nothing, over a real D-Bus; and without what heals it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.healing.history import Fault
from drivers.links.healer import Heals
from tests.fakes.air import Home, running
from tests.fakes.beacon import Beacon
from tests.fakes.healed import cuff_measures, episodes, healing_hub, never, stored, until, with_cuff

ADDRESS = "C1:00:00:00:00:02"


async def test_an_adapter_that_refuses_to_come_on_again_is_switched_on_later(
    home: Home, tmp_path: Path
) -> None:
    await home.add(Beacon())
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        assert parts.healer is not None
        healer = parts.healer
        await until(lambda: healer.silence.patience_s == 4.0)
        bluez.faults.errors["Powered"] = ["Failed", "Failed"]
        bluez.faults.deaf = bluez.faults.deaf_until_power = True
        await until(lambda: episodes(parts, Fault.SILENCE) == [True])
        assert bluez.faults.errors["Powered"] == []
        assert bluez.adapter.is_on


async def test_an_adapter_is_not_switched_off_while_a_meter_is_paired(
    home: Home, tmp_path: Path
) -> None:
    await home.add(Beacon())
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        assert parts.healer is not None
        healer = parts.healer
        await until(lambda: healer.silence.patience_s == 4.0)
        healer.link.held.add(ADDRESS)
        bluez.faults.deaf = bluez.faults.deaf_until_power = True
        await never(lambda: bool(episodes(parts, Fault.SILENCE)), 6.0)
        healer.link.held.discard(ADDRESS)
        await until(lambda: episodes(parts, Fault.SILENCE) == [True])


BLIND = Heals(adapter=False, silence=False)


@pytest.mark.parametrize("heals", [Heals(), BLIND])
async def test_an_adapter_that_comes_back_under_another_number_is_used_as_it_is_looked_for(
    home: Home, tmp_path: Path, heals: Heals
) -> None:
    async with with_cuff(home, tmp_path, heals, adapter="hci0") as (cuff, bluez, parts):
        await bluez.unplug()
        if heals.adapter:
            await until(lambda: episodes(parts, Fault.ADAPTER) == [False])
        bluez.plug("hci1")
        if heals.adapter:
            await until(lambda: episodes(parts, Fault.ADAPTER) == [True])
        await cuff_measures(cuff, 1)
        await (until if heals.adapter else never)(lambda: stored(parts) == 1)


@pytest.mark.parametrize("heals", [Heals(), BLIND])
async def test_an_adapter_that_was_switched_off_is_switched_on_again_as_it_is_looked_for(
    home: Home, tmp_path: Path, heals: Heals
) -> None:
    async with with_cuff(home, tmp_path, heals) as (cuff, bluez, parts):
        bluez.adapter.power(on=False)
        if heals.adapter:
            await until(lambda: episodes(parts, Fault.ADAPTER) == [True])
        await cuff_measures(cuff, 1)
        await (until if heals.adapter else never)(lambda: stored(parts) == 1)


@pytest.mark.parametrize("deep", [False, True])
async def test_a_scan_that_went_deaf_is_started_anew_and_if_need_be_the_adapter(
    home: Home, tmp_path: Path, *, deep: bool
) -> None:
    await home.add(Beacon())
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        assert parts.healer is not None
        healer = parts.healer
        await until(lambda: healer.silence.patience_s == 4.0)
        bluez.faults.deaf, bluez.faults.deaf_until_power = True, deep
        await until(lambda: episodes(parts, Fault.SILENCE) == [True])
        assert healer.history.episodes[-1].how == ("power-cycle" if deep else "restart-scan")


async def test_an_adapter_is_switched_on_again_though_the_hub_itself_switched_it_once(
    home: Home, tmp_path: Path
) -> None:
    await home.add(Beacon())
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        assert parts.healer is not None
        healer = parts.healer
        await until(lambda: healer.silence.patience_s == 4.0)
        bluez.faults.deaf = bluez.faults.deaf_until_power = True
        await until(lambda: episodes(parts, Fault.SILENCE) == [True])
        assert episodes(parts, Fault.ADAPTER) == []
        bluez.adapter.power(on=False)
        await until(lambda: episodes(parts, Fault.ADAPTER) == [True])
        assert bluez.adapter.is_on


async def test_without_listening_for_silence_a_deaf_scan_stays_deaf(
    home: Home, tmp_path: Path
) -> None:
    await home.add(Beacon())
    blind = Heals(silence=False)
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path, blind) as parts:
        assert parts.healer is not None
        healer = parts.healer
        await until(lambda: healer.silence.patience_s == 4.0)
        bluez.faults.deaf = True
        await never(lambda: not bluez.faults.deaf, 8.0)
