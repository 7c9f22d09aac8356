"""Bonds that one side lost, healed over a real D-Bus: each with what heals it and without."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent import hub
from agent.adopted import AdoptedMeter, adopted_in
from drivers.healing.history import Fault
from drivers.links.healer import Heals
from drivers.pairing import Stage
from drivers.virtual import frames
from drivers.virtual.bluez.daemon import FakeBlueZ
from drivers.virtual.bonding import Bonding
from drivers.virtual.glucose import VirtualGlucose
from tests.fakes.air import Home, running
from tests.fakes.healed import MORNING, episodes, healing_hub, never, stored, until

ADDRESS = "C1:00:00:00:00:02"


async def calling_meter(home: Home, bonding: Bonding) -> VirtualGlucose:
    meter = VirtualGlucose("Meter 2", ADDRESS, bonding=bonding)
    await home.add(meter)
    await meter.measure(frames.glucose(1, 100, MORNING))
    return meter


@contextlib.asynccontextmanager
async def paired_home(
    home: Home, folder: Path, heals: Heals | None = None
) -> AsyncIterator[tuple[VirtualGlucose, FakeBlueZ, hub.Parts]]:
    """A hub with a meter that was paired there and read once."""
    meter = await calling_meter(home, Bonding())
    bluetoothd = home.bluetoothd()
    async with running(bluetoothd), healing_hub(folder, heals, accept="listed") as parts:
        await pair_here(parts)
        await until(lambda: stored(parts) == 1 and left_alone(parts))
        yield meter, bluetoothd, parts


def left_alone(parts: hub.Parts) -> bool:
    return parts.radio is not None and not parts.radio.is_visiting


async def pair_here(parts: hub.Parts) -> None:
    assert parts.pairing is not None
    pairing = parts.pairing
    begin = {"do": "pair", "step": "begin", "by": "kim", "address": ADDRESS}
    await asyncio.to_thread(pairing.answer, begin)
    await until(lambda: bool(adopted_in(parts.outbox)))


async def test_a_meter_that_lost_its_bond_is_paired_anew_without_a_person(
    home: Home, tmp_path: Path
) -> None:
    async with paired_home(home, tmp_path) as (meter, bluez, parts):
        await meter.lose_bonds()
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: stored(parts) == 2)
        await until(lambda: episodes(parts, Fault.BOND) == [True])
        assert bluez.bonds == [ADDRESS]


async def test_a_lost_bond_is_noticed_though_bluetoothd_gives_no_reason(
    home: Home, tmp_path: Path
) -> None:
    async with paired_home(home, tmp_path) as (meter, bluez, parts):
        bluez.faults.aborts[ADDRESS] = plenty = 1000
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: ADDRESS not in bluez.faults.aborts)  # it was removed, to be paired anew
        await until(lambda: stored(parts) == 2)
        assert bluez.bonds == [ADDRESS]
        assert meter.sessions < plenty


async def test_a_passkey_meter_that_lost_its_bond_is_mended_by_the_digits_a_person_types(
    home: Home, tmp_path: Path
) -> None:
    meter = await calling_meter(home, Bonding(passkey=271828))
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path, accept="listed") as parts:
        assert parts.pairing is not None
        pairing = parts.pairing
        shown: list[Stage] = []
        pairing.shown = lambda progress: shown.append(progress.stage)
        typed = {"do": "pair", "step": "answer", "digits": "271828", "right": True}
        begin = {"do": "pair", "step": "begin", "by": "kim", "address": ADDRESS}
        await asyncio.to_thread(pairing.answer, begin)
        await until(lambda: Stage.TYPE_HERE in shown)
        await asyncio.to_thread(pairing.answer, typed)
        await until(lambda: stored(parts) == 1 and left_alone(parts))
        shown.clear()
        await meter.lose_bonds()
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: Stage.TYPE_HERE in shown)
        await asyncio.to_thread(pairing.answer, typed)
        await until(lambda: stored(parts) == 2)
        await until(lambda: episodes(parts, Fault.BOND) == [True])
        assert bluez.bonds == [ADDRESS]


async def test_a_weak_meter_whose_third_connection_holds_is_read_and_keeps_its_bond(
    home: Home, tmp_path: Path
) -> None:
    async with paired_home(home, tmp_path) as (meter, bluez, parts):
        bluez.faults.aborts[ADDRESS] = 2
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: stored(parts) == 2)
        assert bluez.faults.aborts[ADDRESS] == 0
        assert episodes(parts, Fault.BOND) == []


async def test_without_looking_after_bonds_that_meter_is_read_no_more(
    home: Home, tmp_path: Path
) -> None:
    async with paired_home(home, tmp_path, Heals(bonds=False)) as (meter, _, parts):
        await meter.lose_bonds()
        await meter.measure(frames.glucose(2, 101, MORNING))
        await never(lambda: stored(parts) == 2, 9.0)


@pytest.mark.parametrize("heals", [Heals(), Heals(bonds=False)])
async def test_a_bond_that_the_hub_lost_is_made_anew(
    home: Home, tmp_path: Path, heals: Heals
) -> None:
    async with paired_home(home, tmp_path, heals) as (meter, bluez, parts):
        assert parts.pairing is not None
        await parts.pairing.warden.forget(ADDRESS)
        await until(lambda: bluez.bonds == [])
        await meter.measure(frames.glucose(2, 101, MORNING))
        if not heals.bonds:
            await never(lambda: stored(parts) == 2)
            return
        await until(lambda: stored(parts) == 2)
        assert bluez.bonds == [ADDRESS]


async def test_a_pairing_that_bluetoothd_had_no_time_for_is_tried_again_and_asks_nobody(
    home: Home, tmp_path: Path
) -> None:
    async with paired_home(home, tmp_path) as (meter, bluez, parts):
        assert parts.pairing is not None
        await parts.pairing.warden.forget(ADDRESS)
        bluez.faults.errors["RemoveDevice"] = ["NotReady"]
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: stored(parts) == 2)
        assert bluez.faults.errors["RemoveDevice"] == []
        assert parts.guardian.notes() == []


async def test_a_meter_is_paired_anew_though_it_is_heard_before_bluetoothd_says_it_is_removed(
    home: Home, tmp_path: Path
) -> None:
    async with paired_home(home, tmp_path) as (meter, bluez, parts):
        assert parts.pairing is not None
        await parts.pairing.warden.forget(ADDRESS)
        bluez.faults.answers_late = True
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: stored(parts) == 2, 15.0)


async def test_a_strangers_meter_that_fails_is_never_paired(home: Home, tmp_path: Path) -> None:
    meter = await calling_meter(home, Bonding())
    async with running(home.bluetoothd()) as bluez, healing_hub(tmp_path) as parts:
        assert parts.radio is not None
        await until(lambda: meter.sessions >= 2)
        assert bluez.bonds == []
        assert episodes(parts, Fault.BOND) == []


async def test_a_passkey_meter_that_cannot_be_mended_without_a_person_says_so(
    home: Home, tmp_path: Path
) -> None:
    await calling_meter(home, Bonding(passkey=271828))
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


async def test_a_bonded_meter_whose_strength_stays_the_same_is_heard_each_time_it_calls(
    home: Home, tmp_path: Path
) -> None:
    async with paired_home(home, tmp_path) as (meter, _, parts):
        await meter.measure(frames.glucose(2, 101, MORNING))
        await until(lambda: stored(parts) == 2 and left_alone(parts))
        await meter.measure(frames.glucose(3, 101, MORNING))
        await until(lambda: stored(parts) == 3)
        assert episodes(parts, Fault.SILENCE) == []
