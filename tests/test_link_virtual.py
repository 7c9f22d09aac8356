"""The BLE link reads simulated meters through bleak, on a virtual radio in this process."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bumble.controller import Controller
from bumble.device import Connection
from bumble.gatt import Characteristic, Service

from drivers import registry
from drivers.driver import Driver
from drivers.frame import Frame
from drivers.links.ble import Backend
from drivers.sessions.session import Finish, Outcome
from drivers.virtual import frames
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.script import ContextOrder, Script
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.listening import listening
from tests.fakes.sink import MemorySink

MORNING = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)


async def test_a_cuff_is_read_when_it_calls() -> None:
    cuff, sink = VirtualBloodPressure(), MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(cuff)
        for published in frames.BLOOD_PRESSURE:
            await cuff.measure(published.data)
        finish = await sink.wait_for_end()
    assert finish.outcome is Outcome.COMPLETE
    assert sink.hexes("2a35") == [
        "16ff07ff07ff07e80706170e230aff070000",
        "15b0f06ef081f03c000000",
    ]


def remembering(radio: VirtualRadio) -> Backend:
    """Return a backend that says of nothing how strong it is, as bleak does of what BlueZ keeps."""
    backend = radio.backend
    assert backend.scanner is not None
    heard = backend.scanner.call_detection_callbacks

    def remembered(self: BaseBleakScanner, device: BLEDevice, data: AdvertisementData) -> None:
        heard(self, device, data._replace(rssi=-127))

    scanner = type("Remembers", (backend.scanner,), {"call_detection_callbacks": remembered})
    return replace(backend, scanner=scanner)


async def test_a_meter_that_bluez_only_remembers_is_not_visited() -> None:
    cuff, sink = VirtualBloodPressure(), MemorySink()
    async with VirtualRadio() as radio:
        await radio.add(cuff)
        await cuff.measure(frames.BLOOD_PRESSURE[0].data)
        async with listening(radio, sink, backend=remembering(radio)):
            await asyncio.sleep(2.0)
        assert cuff.sessions == 0
        async with listening(radio, sink):
            assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE


async def test_a_glucose_meter_hands_over_its_history_with_context() -> None:
    meter, sink = VirtualGlucose(), MemorySink()
    async with VirtualRadio() as radio:
        await radio.add(meter)
        for number in range(1, 6):
            await meter.measure(
                frames.glucose(number, 100 + number, MORNING, context_follows=True),
                frames.meal_context(number, 1),
            )
        async with listening(radio, sink):
            finish = await sink.wait_for_end()
    assert finish.outcome is Outcome.COMPLETE
    assert {frames.sequence_of(bytes.fromhex(f)) for f in sink.hexes("2a18")} == {1, 2, 3, 4, 5}
    assert {frames.sequence_of(bytes.fromhex(f)) for f in sink.hexes("2a34")} == {1, 2, 3, 4, 5}
    assert sink.marks[meter.address] == meter.records[-1][1:10]
    assert sink.meters[-1].model == "Virtual Glucose"
    assert not sink.hexes("2a52"), "a control point's answers are no readings"


async def test_a_meter_that_leaves_within_its_history_is_read_again_to_the_end() -> None:
    meter = VirtualGlucose(script=Script(drops_after=(3,)))
    sink = MemorySink()
    async with VirtualRadio() as radio:
        await radio.add(meter)
        for number in range(1, 9):
            await meter.measure(frames.glucose(number, 100, MORNING))
        async with listening(radio, sink):
            first = await sink.wait_for_end()
            assert first.outcome is Outcome.PARTIAL
            second = await sink.wait_for_end()
    assert second == Finish(outcome=Outcome.COMPLETE, mark=meter.records[-1][1:10])
    # Newest, all; then newest, oldest, and a piece of the history at a time (Glucose 1.0.1).
    assert [asked.hex() for asked in meter.asked] == [
        "0106",
        "0101",
        "0106",
        "0105",
        "01040101002000",
    ]
    assert {frames.sequence_of(bytes.fromhex(f)) for f in sink.hexes("2a18")} == set(range(1, 9))


@pytest.mark.parametrize("order", list(ContextOrder))
async def test_a_context_may_come_with_its_record_or_late_or_never(order: ContextOrder) -> None:
    meter, sink = VirtualGlucose(script=Script(context_order=order)), MemorySink()
    async with VirtualRadio() as radio:
        await radio.add(meter)
        await meter.measure(
            frames.glucose(7, 100, MORNING, context_follows=True), frames.meal_context(7, 2)
        )
        async with listening(radio, sink):
            finish = await sink.wait_for_end()
    assert finish.outcome is Outcome.COMPLETE
    assert bool(sink.hexes("2a34")) is (order is not ContextOrder.NEVER)


async def test_only_what_is_new_is_asked_for_and_checked_against_the_last_record() -> None:
    meter, sink = VirtualGlucose(), MemorySink()
    async with VirtualRadio() as radio:
        await radio.add(meter)
        await meter.measure(frames.glucose(65534, 100, MORNING))
        sink.marks[meter.address] = meter.records[0][1:10]
        await meter.measure(frames.glucose(65535, 101, MORNING))
        async with listening(radio, sink):
            await sink.wait_for_end()
    # RACP: report newest; then report, greater or equal, sequence filter, 65534.
    assert [asked.hex() for asked in meter.asked] == ["0106", "010301feff"]


async def test_a_frame_that_was_not_stored_keeps_the_mark_where_it_was() -> None:
    meter, sink = VirtualGlucose(), MemorySink()
    sink.failing = True
    async with VirtualRadio() as radio:
        await radio.add(meter)
        await meter.measure(frames.glucose(1, 100, MORNING))
        async with listening(radio, sink):
            finish = await sink.wait_for_end()
    assert finish == Finish(outcome=Outcome.PARTIAL, why="a frame was not stored")


async def test_a_neighbours_meter_is_never_connected() -> None:
    ours, theirs = VirtualBloodPressure(), VirtualBloodPressure("Next door", "C9:00:00:00:00:09")
    sink = MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink, only=ours.address):
        for cuff in (theirs, ours):
            await radio.add(cuff)
            await cuff.measure(frames.blood_pressure(128, 82, 71, MORNING))
        await sink.wait_for_end()
    assert (ours.sessions, theirs.sessions) == (1, 0)


async def test_a_busy_meter_is_left_alone_and_tried_again() -> None:
    meter, sink = VirtualGlucose(script=Script(busy=1)), MemorySink()
    async with VirtualRadio() as radio:
        await radio.add(meter)
        await meter.measure(frames.glucose(1, 100, MORNING))
        async with listening(radio, sink):
            assert (await sink.wait_for_end()).outcome is Outcome.BUSY
            assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    assert sink.hexes("2a18")


class SlowSink(MemorySink):
    """Takes every frame and has none on disk yet."""

    def __init__(self) -> None:
        super().__init__()
        self.writing: list[Future[Any]] = []

    def frame(self, driver: Driver, frame: Frame) -> Future[Any]:
        super().frame(driver, frame)
        self.writing.append(Future())
        return self.writing[-1]


async def test_a_link_that_is_stopped_does_not_call_back_a_row_on_its_way_to_the_disk() -> None:
    cuff, sink = VirtualBloodPressure(), SlowSink()
    async with VirtualRadio() as radio:
        async with listening(radio, sink):
            await radio.add(cuff)
            await cuff.measure(frames.BLOOD_PRESSURE[1].data)
            async with asyncio.timeout(60):
                await cuff.handed_over.wait()
                while not sink.writing:  # noqa: ASYNC110 - a list tells nobody when it grows
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)  # the visit comes to wait for the disk; less is a weaker test
        [row] = sink.writing
    assert not row.cancelled()
    assert row.set_running_or_notify_cancel()


class TwoControlPoints(VirtualGlucose):
    """Shows a second Record Access Control Point in a vendor service, as the Accu-Chek Guide Me."""

    async def switch_on(self, controller: Controller) -> None:
        await super().switch_on(controller)
        vendors = Characteristic[bytes](
            "2A52",
            Characteristic.Properties.WRITE | Characteristic.Properties.INDICATE,
            Characteristic.Permissions.WRITEABLE,
        )
        self.device.add_service(Service("00000000-0000-1000-1000-000000000000", [vendors]))


async def test_a_second_control_point_in_a_vendor_service_does_not_confuse() -> None:
    meter, sink = TwoControlPoints(), MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(meter)
        await meter.measure(frames.GLUCOSE[0].data)
        finish = await sink.wait_for_end()
    assert finish.outcome is Outcome.COMPLETE
    assert set(sink.hexes("2a18")) == {"030600e407040d10260a000078b0f1"}


@pytest.mark.parametrize(
    "octets",
    [
        "020100ea070b17080f1e",  # flags promise a concentration that is not there
        "020100ea070b17080f1e64b01100",  # one octet more than the flags explain
        "020100000000000000000064b011",  # year 0: the meter's clock was never set
        "020100ea070b17080f1eff0711",  # not a number (0x07FF)
        "020100ea070b17080f1e5ab04a",  # control solution
        "",
    ],
)
async def test_a_strange_frame_reaches_the_sink_as_it_came_and_the_rest_goes_on(
    octets: str,
) -> None:
    meter, sink = VirtualGlucose(), MemorySink()
    async with VirtualRadio() as radio:
        await radio.add(meter)
        await meter.measure(frames.glucose(1, 100, MORNING))
        await meter.measure(bytes.fromhex(octets))
        await meter.measure(frames.glucose(3, 102, MORNING))
        async with listening(radio, sink):
            assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    assert set(sink.hexes("2a18")) == {record.hex() for record in meter.records}


class MuteGlucose(VirtualGlucose):
    """Takes every request and answers none."""

    async def _answer(self, connection: Connection, value: bytes) -> None:
        """Say nothing."""


async def test_a_meter_that_is_silent_is_left_after_its_time() -> None:
    impatient = [replace(driver, idle_timeout_s=0.2) for driver in registry.drivers()]
    meter, sink = MuteGlucose(), MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink, drivers=impatient):
        await radio.add(meter)
        await meter.measure(frames.GLUCOSE[0].data)
        finish = await sink.wait_for_end()
    assert finish == Finish(outcome=Outcome.PARTIAL, why="the meter fell silent within a procedure")
