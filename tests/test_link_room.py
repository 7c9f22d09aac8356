"""What homes are like: many meters at once, twins, impostors, and meters that do things wrong."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from bleak.backends.client import BaseBleakClient
from bleak.exc import BleakError

from drivers import registry
from drivers.driver import Advertisement
from drivers.links.ble import Backend, BleLink
from drivers.sessions.session import Outcome
from drivers.virtual import flood, frames
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.peripheral import Advertised
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.script import Script
from drivers.virtual.sender import VirtualBloodPressure, VirtualSender
from tests.fakes.listening import listening
from tests.fakes.sink import NOON, MemorySink

AT = datetime(2026, 11, 23, 8, 15, 30)  # noqa: DTZ001 - what a meter shows has no zone
BP = frames.blood_pressure(128, 82, 71, AT)


async def arrived(sink: MemorySink, count: int) -> None:
    async with asyncio.timeout(120):
        while len(sink.frames) < count:  # noqa: ASYNC110 - a list tells nobody when it grows
            await asyncio.sleep(0.02)


async def test_thirty_meters_that_call_at_once_are_all_read() -> None:
    sink = MemorySink()
    cuffs = [VirtualBloodPressure(f"Cuff {n}", f"C5:00:00:00:00:{n:02X}") for n in range(30)]
    async with VirtualRadio() as radio, listening(radio, sink):
        for cuff in cuffs:
            await radio.add(cuff)
        await asyncio.gather(*(cuff.measure(BP) for cuff in cuffs))
        await arrived(sink, 30)
    assert {frame.meter.address for frame in sink.frames} == {cuff.address for cuff in cuffs}


async def test_two_meters_of_one_model_are_told_apart_by_their_addresses() -> None:
    sink = MemorySink()
    his = VirtualBloodPressure("A&D_UA-651BLE_A", "C5:00:00:00:00:0A")
    hers = VirtualBloodPressure("A&D_UA-651BLE_B", "C5:00:00:00:00:0B")
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(his)
        await radio.add(hers)
        await asyncio.gather(his.measure(BP), hers.measure(frames.blood_pressure(110, 70, 60, AT)))
        await arrived(sink, 2)
    by_meter = {frame.meter.address: frame.data for frame in sink.frames}
    assert by_meter[his.address] == BP
    assert by_meter[hers.address] != BP


async def test_a_meter_that_claims_to_be_another_is_read_for_what_it_is_or_not_at_all() -> None:
    # The name of a scale, the service of a cuff.
    seen = Advertisement(
        address="C5:00:00:00:00:0C",
        local_name="A&D_UC-352BLE_1",
        services=frozenset({"1810"}),
    )
    found = registry.find(seen, registry.drivers())
    assert found is not None
    assert found.name == "standard-blood-pressure"
    # The service of a glucose meter, and nothing of it inside.
    sink = MemorySink()
    impostor = VirtualSender(
        "meter+02252924",
        "C5:00:00:00:00:0D",
        service="1810",
        measurement="2A35",
        advertised=Advertised(services=("1808",)),
    )
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(impostor)
        await impostor.measure(BP)
        finish = await sink.wait_for_end()
    assert finish.outcome in {Outcome.PARTIAL, Outcome.REFUSED}
    assert sink.frames == []


class Unreachable(BaseBleakClient):
    """A client backend that never connects: what matters here came before."""

    def __init__(self, *_: object, **__: object) -> None:
        raise BleakError("out of reach")


@pytest.mark.parametrize(
    ("names", "driver"),
    [
        (("", "A&D_UA-651BLE_D57B3F"), "and-ua651ble"),
        (("", ""), "standard-blood-pressure"),
    ],
    ids=["its name comes in the scan response", "it has none"],
)
async def test_a_device_has_a_second_to_say_its_name(names: tuple[str, str], driver: str) -> None:
    sink, now_s = MemorySink(), [0.0]
    heard = [
        flood.Heard(address="C5:00:00:00:00:0E", name=name, services=("1810",)) for name in names
    ]
    scanner, _ = flood.street(heard, 1)
    link = BleLink(
        drivers=registry.drivers(),
        sink=sink,
        now=lambda: NOON,
        accepts=lambda _: True,
        backend=Backend(scanner=scanner, client=Unreachable),
        clock=lambda: now_s.append(now_s[-1] + 0.6) or now_s[-1],  # type: ignore[func-returns-value]
    )
    task = asyncio.create_task(link.run())
    await sink.wait_for_end()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert sink.meters[0].driver == driver


def glucose(count: int) -> list[bytes]:
    return [frames.glucose(n, 100 + n, AT + timedelta(hours=n)) for n in range(1, count + 1)]


@pytest.mark.parametrize(
    "script",
    [
        Script(twice=frozenset({1, 2})),
        Script(newest_first=True),
        Script(pause_s=0.05),
        Script(drops_after=(2, 1)),
        Script(busy=1),
    ],
    ids=["twice", "newest first", "slow", "drops", "busy"],
)
async def test_whatever_a_meter_does_wrong_every_record_arrives(script: Script) -> None:
    sink, meter = MemorySink(), VirtualGlucose(script=script)
    records = glucose(5)
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(meter)
        meter.records += records[:-1]
        await meter.measure(records[-1])
        async with asyncio.timeout(120):
            while {frame.data for frame in sink.frames} != set(records):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)


async def test_half_a_record_is_kept_as_it_came() -> None:
    sink, cuff = MemorySink(), VirtualBloodPressure(script=Script(cut=frozenset({0})))
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(cuff)
        await cuff.measure(BP)
        await arrived(sink, 1)
    assert sink.frames[0].data == BP[:-1]


async def test_a_meter_that_numbers_backwards_is_read_whole_every_time() -> None:
    # TaiDoc DM30b: 0 is the newest, so numbers shift with each measurement.
    sink = MemorySink()
    meter = VirtualGlucose("DM30b", "C5:00:00:00:00:0F")
    old = frames.glucose(0, 101, AT)
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(meter)
        await meter.measure(old)
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
        meter.records.clear()
        meter.records.append(frames.glucose(1, 101, AT))
        await meter.measure(frames.glucose(0, 102, AT + timedelta(hours=1)))
        assert (await sink.wait_for_end()).outcome is Outcome.COMPLETE
    decode = next(d for d in registry.drivers() if d.name == "taidoc-dm30b").notify["2a18"]
    times = {
        (reading.timing.device_time, reading.sequence)
        for frame in sink.frames
        if (reading := decode(frame)) is not None
    }
    assert len(times) == 2
    assert {sequence for _, sequence in times} == {None}
