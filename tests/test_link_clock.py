"""The BLE link reads a meter's clock, or sets it, and never loses a reading for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bumble.att import ATT_Error, AttributeValue
from bumble.device import Connection
from bumble.gatt import Characteristic

from drivers.sessions.session import Outcome
from drivers.virtual import frames
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.listening import listening
from tests.fakes.sink import NOON, MemorySink


async def test_a_meters_clock_is_read_before_its_records_and_goes_with_each_frame() -> None:
    # Date Time 2A08 of 2018-04-17 15:51:00 (Nordic's Android-BLE-Common-Library, its own test).
    meter, sink = VirtualGlucose(clock=bytes.fromhex("e20704110f3300")), MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(meter)
        await meter.measure(frames.GLUCOSE[0].data)
        await sink.wait_for_end()
    for frame in sink.frames:
        assert frame.clock_check is not None
        assert str(frame.clock_check.device) == "2018-04-17T15:51:00"
        assert frame.clock_check.hub == NOON


@pytest.mark.parametrize("clock", ["00000000000000", "e207041163633f"])
async def test_a_meter_whose_clock_was_never_set_is_read_all_the_same(clock: str) -> None:
    meter, sink = VirtualGlucose(clock=bytes.fromhex(clock)), MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(meter)
        await meter.measure(frames.GLUCOSE[0].data)
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    check = sink.frames[0].clock_check
    assert check is not None
    assert check.device.local is None


class AndCuff(VirtualBloodPressure):
    """An A&D UA-651BLE: its clock is Date Time 2A08 inside the blood-pressure service."""

    def __init__(self, *, refuses: int = 0) -> None:
        super().__init__("A&D_UA-651BLE_D57B3F")
        self.clock_set: list[str] = []
        self._refuses = refuses
        self._services["1810"].append(
            Characteristic[Any](
                "2A08",
                Characteristic.Properties.WRITE,
                Characteristic.Permissions.WRITEABLE,
                AttributeValue(write=self._set),
            )
        )

    def _set(self, _: Connection | None, value: bytes) -> None:
        if self._refuses:
            raise ATT_Error(self._refuses)
        self.clock_set.append(bytes(value).hex())


async def test_a_cuff_that_asks_for_the_time_gets_the_wall_clock_of_the_home() -> None:
    cuff, sink = AndCuff(), MemorySink()
    berlin = ZoneInfo("Europe/Berlin")
    async with VirtualRadio() as radio, listening(radio, sink, zone=berlin):
        await radio.add(cuff)
        await cuff.measure(frames.BLOOD_PRESSURE[1].data)
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    # 2026-11-23 13:00:00, an hour after noon UTC: year low octet first (GATT 2A08).
    assert cuff.clock_set == ["ea070b170d0000"]
    assert sink.meters[-1].driver == "and-ua651ble"


async def test_a_hub_that_does_not_know_the_time_sets_no_clock() -> None:
    cuff, sink = AndCuff(), MemorySink()
    lost = replace(NOON, synchronised=False)
    async with VirtualRadio() as radio, listening(radio, sink, now=lost):
        await radio.add(cuff)
        await cuff.measure(frames.BLOOD_PRESSURE[1].data)
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    assert cuff.clock_set == []


async def test_a_cuff_that_refuses_the_time_is_read_all_the_same() -> None:
    # ATT 0x80 is what clocks answer to a field they ignore (Current Time Service 1.1).
    cuff, sink = AndCuff(refuses=0x80), MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(cuff)
        await cuff.measure(frames.BLOOD_PRESSURE[1].data)
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    assert sink.hexes("2a35") == ["15b0f06ef081f03c000000"]
