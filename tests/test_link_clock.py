"""The BLE link reads a meter's clock, or sets it, and never loses a reading for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
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


class ClockedGlucose(VirtualGlucose):
    """A glucose meter with a clock that may be written, inside its glucose service."""

    def __init__(self, name: str, uuid: str, says: str = "", *, refuses: int = 0) -> None:
        super().__init__(name)
        self.says, self.refuses = bytes.fromhex(says), refuses
        self.written: list[tuple[str, int]] = []
        readable = Characteristic.Properties.READ if says else Characteristic.Properties(0)
        self._services["1808"].append(
            Characteristic[Any](
                uuid,
                Characteristic.Properties.WRITE | readable,
                Characteristic.Permissions.READABLE | Characteristic.Permissions.WRITEABLE,
                AttributeValue(read=lambda _: self.says, write=self._set),
            )
        )

    def _set(self, _: Connection | None, value: bytes) -> None:
        self.written.append((bytes(value).hex(), len(self.asked)))
        if self.refuses:
            raise ATT_Error(self.refuses)
        self.says = bytes(value)


async def visited(meter: VirtualGlucose, sink: MemorySink, zone: str = "UTC") -> None:
    async with VirtualRadio() as radio, listening(radio, sink, zone=ZoneInfo(zone)):
        await radio.add(meter)
        await meter.measure(frames.glucose(1, 104, datetime(2026, 11, 23, 11, 50, tzinfo=UTC)))
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE


AVIVA = "Accu-Chek 12345678"


async def test_a_clock_that_is_off_is_set_after_every_record_and_read_back() -> None:
    # 2026-11-23 12:05:00, five minutes fast (Date Time 2A08).
    meter, sink = ClockedGlucose(AVIVA, "2A08", "ea070b170c0500"), MemorySink()
    await visited(meter, sink)
    assert sink.meters[-1].driver == "accuchek-aviva-connect"
    # The newest record, then all: both were asked for before the clock was written.
    assert meter.written == [("ea070b170c0000", 2)]
    ((before, after),) = sink.clocks
    assert before is not None
    assert (str(before.device), str(after)) == ("2026-11-23T12:05:00", "2026-11-23T12:00:00")
    assert {frame.clock_check for frame in sink.frames} == {before}


@pytest.mark.parametrize(
    "says", ["ea070b170c0000", "ea070b170c0100", "ea070b170b3b00"], ids=["right", "fast", "slow"]
)
async def test_a_clock_within_a_minute_is_left_alone(says: str) -> None:
    meter, sink = ClockedGlucose(AVIVA, "2A08", says), MemorySink()
    await visited(meter, sink)
    assert meter.written == []
    assert sink.clocks == []


async def test_a_clock_that_refuses_and_stays_off_is_not_told_as_set() -> None:
    meter, sink = ClockedGlucose(AVIVA, "2A08", "ea070b170c0500", refuses=0x80), MemorySink()
    await visited(meter, sink)
    assert len(meter.written) == 1
    assert sink.clocks == []


async def test_a_hub_that_does_not_know_the_time_sets_no_clock_after_reading() -> None:
    meter, sink = ClockedGlucose(AVIVA, "2A08", "ea070b170c0500"), MemorySink()
    lost = replace(NOON, synchronised=False)
    async with VirtualRadio() as radio, listening(radio, sink, now=lost):
        await radio.add(meter)
        await meter.measure(frames.GLUCOSE[0].data)
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    assert meter.written == []


async def test_a_visit_that_broke_off_sets_no_clock() -> None:
    meter, sink = ClockedGlucose(AVIVA, "2A08", "ea070b170c0500"), MemorySink()
    sink.failing = True
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(meter)
        await meter.measure(frames.GLUCOSE[0].data)
        assert (await sink.wait_for_end()).outcome is Outcome.PARTIAL
    assert meter.written == []


@pytest.mark.parametrize(
    ("name", "uuid", "zone", "octets"),
    [
        # 01, 2026-11-23 12:00:00 in UTC, +60 minutes (xDrip pull request 4499)
        (
            "Contour7830H5012345",
            "00001026-0002-11e2-9e96-0800200c9a66",
            "Europe/Berlin",
            "01ea070b170c00003c00",
        ),
        # C0 03 01 00 and the local time 13:00:00 (xDrip caresens TimeTx)
        ("CareSens 1234", "FFF1", "Europe/Berlin", "c0030100ea070b170d0000"),
    ],
    ids=["contour", "caresens"],
)
async def test_a_makers_own_clock_is_set_after_every_record(
    name: str, uuid: str, zone: str, octets: str
) -> None:
    meter, sink = ClockedGlucose(name, uuid), MemorySink()
    await visited(meter, sink, zone)
    assert meter.written == [(octets, 2)]
    assert sink.clocks == [(None, None)]


async def test_a_makers_own_clock_that_refuses_costs_no_record() -> None:
    meter, sink = ClockedGlucose("CareSens 1234", "FFF1", refuses=0x0E), MemorySink()
    await visited(meter, sink)
    async with asyncio.timeout(60):
        await meter.handed_over.wait()
    assert sink.clocks == []
    assert len(sink.frames) == 2
