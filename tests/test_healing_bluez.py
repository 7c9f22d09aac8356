"""A radio that heals itself, over a real D-Bus: each fault, with what heals it and without."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import hub
from agent.adopted import AdoptedMeter, adopted_in
from agent.radio_health import kept
from config.schema import Config, Fhir, Hub, Patient, Radio
from drivers.healing.history import Fault
from drivers.links.healer import Heals
from drivers.pairing import Stage
from drivers.virtual import frames
from drivers.virtual.bluez.daemon import FakeBlueZ, private_bus
from drivers.virtual.bonding import Bonding
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.air import Home, running
from tests.fakes.beacon import Beacon

MORNING = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)
ADDRESS = "C1:00:00:00:00:02"
LONG_S = 4.0
"""How long the control waits in vain: the healed one takes less."""


@pytest.fixture
async def home(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    async with private_bus() as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        home = Home(address)
        yield home
        for meter in home.meters:
            await meter.switch_off()


@contextlib.asynccontextmanager
async def healing_hub(
    folder: Path, heals: Heals | None = None, *, adapter: str = "", accept: str = "any"
) -> AsyncIterator[hub.Parts]:
    config = Config(
        hub=Hub(id="hub-h", state_dir=folder),
        patient=Patient(reference="Patient/p"),
        fhir=Fhir(base_url="https://127.0.0.1:9/r4"),
        radio=Radio(accept=accept, adapter=adapter),
    )
    async with hub.assembled(config, heals=heals) as parts:
        service = asyncio.create_task(hub.serve(parts))
        assert parts.radio is not None
        async with asyncio.timeout(20):
            await parts.radio.scanning.wait()
        try:
            yield parts
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)


async def until(holds: Callable[[], bool], limit_s: float = 40.0) -> None:
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 - plain values of another part
            await asyncio.sleep(0.02)


async def never(holds: Callable[[], bool], for_s: float = LONG_S) -> None:
    with pytest.raises(TimeoutError):
        await until(holds, for_s)


def episodes(parts: hub.Parts, fault: Fault) -> list[bool]:
    """Return of each episode of this fault whether it is over."""
    assert parts.healer is not None
    return [one.healed_s is not None for one in parts.healer.history.episodes if one.fault is fault]


def stored(parts: hub.Parts) -> int:
    return parts.status.snapshot().stored


async def cuff_measures(cuff: VirtualBloodPressure, minute: int) -> None:
    at = MORNING.replace(minute=minute)
    await cuff.measure(frames.blood_pressure(128, 82, 71, at))


@pytest.mark.parametrize("clean", [True, False])
async def test_a_bluetoothd_that_stopped_or_was_killed_is_noticed_and_used_again(
    home: Home, tmp_path: Path, *, clean: bool
) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        await (bluez.unplug() if clean else asyncio.sleep(0))
        bluez.die()
        await until(lambda: episodes(parts, Fault.DAEMON) == [False])
        await bluez.start()
        await until(lambda: episodes(parts, Fault.DAEMON) == [True])
        await cuff_measures(cuff, 1)
        await until(lambda: stored(parts) == 1)
        assert kept(parts.outbox)[-1]["fault"] == "daemon"


async def test_without_watching_bluetoothd_the_hub_believes_in_a_scan_that_is_dead(
    home: Home, tmp_path: Path
) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    blind = Heals(daemon=False, adapter=False, silence=False)
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path, blind) as parts:
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


async def test_an_adapter_that_comes_back_under_another_number_is_used(
    home: Home, tmp_path: Path
) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path, adapter="hci0") as parts:
        await bluez.unplug()
        await until(lambda: episodes(parts, Fault.ADAPTER) == [False])
        bluez.plug("hci1")
        await until(lambda: episodes(parts, Fault.ADAPTER) == [True])
        await cuff_measures(cuff, 1)
        await until(lambda: stored(parts) == 1)


async def test_without_looking_for_it_an_adapter_under_another_number_stays_unused(
    home: Home, tmp_path: Path
) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    blind = Heals(adapter=False, silence=False)
    async with (
        running(home.bluetoothd()) as bluez,
        healing_hub(tmp_path, blind, adapter="hci0") as parts,
    ):
        await bluez.unplug()
        bluez.plug("hci1")
        await cuff_measures(cuff, 1)
        await never(lambda: stored(parts) == 1)


async def test_an_adapter_that_was_switched_off_is_switched_on_again(
    home: Home, tmp_path: Path
) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        bluez.adapter.power(on=False)
        await until(lambda: episodes(parts, Fault.ADAPTER) == [True])
        await cuff_measures(cuff, 1)
        await until(lambda: stored(parts) == 1)


@pytest.mark.parametrize("deep", [False, True])
async def test_a_scan_that_went_deaf_is_started_anew_and_if_need_be_the_adapter(
    home: Home, tmp_path: Path, *, deep: bool
) -> None:
    await home.add(Beacon())
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        assert parts.healer is not None
        healer = parts.healer
        await until(lambda: healer.silence.patience_s == 5.0)
        bluez.faults.deaf, bluez.faults.deaf_until_power = True, deep
        await until(lambda: episodes(parts, Fault.SILENCE) == [True])
        assert healer.history.episodes[-1].how == ("power-cycle" if deep else "restart-scan")


async def test_without_listening_for_silence_a_deaf_scan_stays_deaf(
    home: Home, tmp_path: Path
) -> None:
    await home.add(Beacon())
    blind = Heals(silence=False)
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path, blind) as parts:
        assert parts.healer is not None
        healer = parts.healer
        await until(lambda: healer.silence.patience_s == 5.0)
        bluez.faults.deaf = True
        await never(lambda: not bluez.faults.deaf, 8.0)


async def bonded_meter(home: Home) -> VirtualGlucose:
    meter = VirtualGlucose("Meter 2", ADDRESS, bonding=Bonding())
    await home.add(meter)
    return meter


async def pair_here(parts: hub.Parts) -> None:
    assert parts.pairing is not None
    pairing = parts.pairing
    begin = {"do": "pair", "step": "begin", "by": "kim", "address": ADDRESS}
    await asyncio.to_thread(pairing.answer, begin)
    await until(lambda: bool(adopted_in(parts.outbox)))


async def test_a_meter_that_lost_its_bond_is_paired_anew_without_a_person(
    home: Home, tmp_path: Path
) -> None:
    meter = await bonded_meter(home)
    await meter.measure(frames.glucose(1, 100, MORNING))
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path, accept="listed") as parts:
        await pair_here(parts)
        await until(lambda: stored(parts) == 1)
        await meter.lose_bonds()
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: stored(parts) == 2)
        assert episodes(parts, Fault.BOND) == [True]
        assert bluez.bonds == [ADDRESS]


async def test_without_looking_after_bonds_that_meter_is_read_no_more(
    home: Home, tmp_path: Path
) -> None:
    meter = await bonded_meter(home)
    await meter.measure(frames.glucose(1, 100, MORNING))
    blind = Heals(bonds=False)
    async with running(home.bluetoothd()), healing_hub(tmp_path, blind, accept="listed") as parts:
        await pair_here(parts)
        await until(lambda: stored(parts) == 1)
        await meter.lose_bonds()
        await meter.measure(frames.glucose(2, 101, MORNING))
        await never(lambda: stored(parts) == 2, 12.0)


async def test_a_bond_that_the_hub_lost_is_made_anew(home: Home, tmp_path: Path) -> None:
    meter = await bonded_meter(home)
    await meter.measure(frames.glucose(1, 100, MORNING))
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path, accept="listed") as parts:
        await pair_here(parts)
        await until(lambda: stored(parts) == 1)
        assert parts.pairing is not None
        await parts.pairing.warden.forget(ADDRESS)
        await until(lambda: bluez.bonds == [])
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: stored(parts) == 2)
        assert bluez.bonds == [ADDRESS]


async def test_a_strangers_meter_that_fails_is_never_paired(home: Home, tmp_path: Path) -> None:
    meter = await bonded_meter(home)
    await meter.measure(frames.glucose(1, 100, MORNING))
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        assert parts.radio is not None
        await until(lambda: meter.sessions >= 2)
        assert bluez.bonds == []
        assert episodes(parts, Fault.BOND) == []


async def test_a_passkey_meter_that_cannot_be_mended_without_a_person_says_so(
    home: Home, tmp_path: Path
) -> None:
    meter = VirtualGlucose("Meter 2", ADDRESS, bonding=Bonding(passkey=271828))
    await home.add(meter)
    await meter.measure(frames.glucose(1, 100, MORNING))
    adopted = AdoptedMeter(
        address=ADDRESS, name="Meter 2", driver="accuchek-guide", bonded=True, at="", by="kim"
    )
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path, accept="listed") as parts:
        assert parts.pairing is not None
        pairing = parts.pairing
        shown: list[Stage] = []
        pairing.shown = lambda progress: shown.append(progress.stage)
        await asyncio.to_thread(pairing.meters.adopt, adopted)
        await until(lambda: Stage.TYPE_HERE in shown)
        await asyncio.to_thread(pairing.answer, {"do": "pair", "step": "answer", "digits": ""})
        await until(lambda: "BLE-04" in parts.status.snapshot().alarms)
        assert bluez.bonds == []


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
        assert episodes(parts, Fault.CACHE) == [True]


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


async def test_a_call_that_never_returns_ends_by_its_limit_and_costs_no_reading(
    home: Home, tmp_path: Path
) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    bluez = home.bluetoothd()
    async with running(bluez), healing_hub(tmp_path) as parts:
        assert parts.radio is not None
        parts.radio.turns.alone_s = 1.0  # 30 s at home
        bluez.faults.hangs.add("Connect")
        await cuff_measures(cuff, 1)
        await asyncio.sleep(1.5)
        bluez.faults.hangs.clear()
        await until(lambda: stored(parts) == 1)


async def test_a_bluetoothd_that_hangs_is_told_of_and_its_return_too(
    home: Home, tmp_path: Path
) -> None:
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        await until_asked(bluez)
        assert parts.pairing is not None
        bluez.faults.hangs.add("GetManagedObjects")
        parts.pairing.warden.bluez.limit_s = 0.5
        await until(lambda: "BLE-03" in parts.status.snapshot().alarms)
        bluez.faults.hangs.clear()
        await until(lambda: "BLE-03" not in parts.status.snapshot().alarms)
        assert episodes(parts, Fault.DAEMON) == [True]


async def test_a_scan_refused_as_in_progress_is_tried_again(home: Home, tmp_path: Path) -> None:
    cuff = VirtualBloodPressure()
    await home.add(cuff)
    bluez = home.bluetoothd()
    bluez.faults.errors["StartDiscovery"] = ["InProgress", "InProgress"]
    async with running(bluez), healing_hub(tmp_path) as parts:
        await until(lambda: episodes(parts, Fault.SCAN) == [True])
        await cuff_measures(cuff, 1)
        await until(lambda: stored(parts) == 1)
