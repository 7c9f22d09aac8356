"""A meter whose connection outlived the hub that made it, over a real D-Bus."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.frame import full_uuid
from drivers.links.bluez import DEVICE, BlueZ
from drivers.links.healer import Heals
from drivers.links.limits import Limits
from drivers.virtual import frames
from drivers.virtual.bluez.daemon import FakeBlueZ
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.script import Script
from tests.fakes.air import Home, running
from tests.fakes.healed import MORNING, healing_hub, never, stored, until

ADDRESS = "C1:00:00:00:00:02"
GATT = "org.bluez.GattCharacteristic1"
MEASUREMENT, CONTROL = "2a18", "2a52"
_RECORDS, _PAUSE_S = 16, 0.7  # more than the hub waits for a record after the last answer
LAST = b"\x01\x03\x01\x09\x00"  # Glucose Service 1.0.1, 3.4: report records from number 9 on


@contextlib.asynccontextmanager
async def left_connected(
    home: Home, meter: VirtualGlucose, bluez: FakeBlueZ
) -> AsyncIterator[BlueZ]:
    """Connect to a meter as a hub does that is killed at the end of the block."""
    await home.add(meter)
    before = BlueZ()
    await before.open()
    await before.discover(bluez.path(ADDRESS).rpartition("/")[0])
    await meter.measure(frames.glucose(len(meter.records) + 1, 100, MORNING))
    await until(lambda: bluez.knows(ADDRESS))
    await before.call(bluez.path(ADDRESS), DEVICE, "Connect")
    await until(lambda: bluez.resolved(ADDRESS))
    yield before
    before.close()  # without a word to the meter, as after SIGKILL


@pytest.mark.parametrize("heals", [Heals(), Heals(connections=False)])
async def test_a_meter_that_a_killed_hub_left_connected_is_read_by_the_next_one(
    home: Home, tmp_path: Path, heals: Heals
) -> None:
    meter = VirtualGlucose(address=ADDRESS)
    async with running(home.bluetoothd()) as bluez:
        async with left_connected(home, meter, bluez):
            pass
        async with healing_hub(tmp_path, heals) as parts:
            await (until if heals.connections else never)(lambda: stored(parts) == 1)


async def test_a_transfer_that_a_killed_hub_began_costs_no_record(
    home: Home, tmp_path: Path
) -> None:
    """Its answer comes when the next hub has just asked, and looks like one to that."""
    meter = VirtualGlucose(address=ADDRESS, script=Script(pause_s=_PAUSE_S))
    meter.records += [frames.glucose(number, 100, MORNING) for number in range(1, _RECORDS)]
    async with running(home.bluetoothd()) as bluez:
        async with left_connected(home, meter, bluez) as before:
            paths = {
                str(has[GATT]["UUID"]): path
                for path, has in (await before.objects()).items()
                if GATT in has
            }
            control = paths[full_uuid(CONTROL)]
            for path in (paths[full_uuid(MEASUREMENT)], control):
                await before.call(path, GATT, "StartNotify")
            await before.call(control, GATT, "WriteValue", "aya{sv}", LAST, {})
        async with healing_hub(tmp_path) as parts:
            await until(lambda: stored(parts) > 0)
            await asyncio.sleep(10 * _PAUSE_S)
            await meter.measure(frames.glucose(_RECORDS + 1, 100, MORNING))
            await until(lambda: stored(parts) == _RECORDS + 1)


async def test_a_connection_that_does_not_end_has_one_visit_and_is_ended_ever_less_often(
    home: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "drivers.links.ble")
    meter = VirtualGlucose(address=ADDRESS)
    async with running(home.bluetoothd()) as bluez:
        async with left_connected(home, meter, bluez):
            pass
        bluez.faults.hangs.add("Disconnect")
        async with healing_hub(tmp_path) as parts:
            assert parts.radio is not None
            parts.radio.limits = Limits(call_s=0.5)
            await until(lambda: bluez.faults.swallowed.count("Disconnect") == 3, 60.0)
            assert stored(parts) == 1
            assert caplog.text.count("a meter is connected already") == 1
            bluez.faults.hangs.clear()
            await until(lambda: not meter.is_connected)
