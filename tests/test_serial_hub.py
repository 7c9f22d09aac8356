"""Meters on cables in the whole hub: from a pseudo-terminal to a sealed row, and whose it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent import hub, watch
from agent.cables import cables
from agent.demo.server import DemoServer, ask, every, put
from config.schema import Config, Fhir, Hub, Meter, Patient, Radio
from drivers import registry
from sync.outbox import State
from sync.record import Measured
from tests.fakes.serial_meters import Bm65, Ultra2
from tests.fakes.serial_peer import SerialPeer, pieces, until
from vitals.errors import HubError
from vitals.quantity import Quantity
from vitals.reading import Meal

LINES = (  # the dump in the head comment of tidepool-org/uploader oneTouchUltra2.js
    'P "SAT","03/21/15","16:45:24   ","  081 ","N","03", 00 09B6',
    'P "SAT","03/21/15","16:42:11   ","  105 ","B","02", 00 099F',
    'P "SAT","03/21/15","16:39:46   ","  176 ","N","02", 00 09C1',
)
CONTROL = 'P "SUN","03/22/15","08:01:02   ","C 118 ","N","00", 00 09DB'


def settings(folder: Path, *meters: Meter) -> Config:
    return Config(
        hub=Hub(id="hub-1", state_dir=folder / "state"),
        patient=Patient(reference="Patient/p-1"),
        fhir=Fhir(base_url="http://127.0.0.1:9/fhir"),
        radio=Radio(enabled=False),
        meter=meters,
    )


@contextlib.asynccontextmanager
async def wired(config: Config) -> AsyncIterator[hub.Parts]:
    """Run a hub's cables, and nothing else of it."""
    async with hub.assembled(config) as parts:
        assert parts.wire is not None
        parts.wire.look_s = 0.01
        task = asyncio.create_task(parts.wire.run())
        try:
            yield parts
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def stored(parts: hub.Parts) -> list[Measured]:
    return [
        entry.record for entry in parts.outbox.pending(100) if isinstance(entry.record, Measured)
    ]


async def test_a_meter_on_a_cable_fills_the_store_and_its_control_test_does_not(
    tmp_path: Path,
) -> None:
    peer = SerialPeer(tmp_path / "cable", Ultra2(*LINES, CONTROL), cut=pieces(9))
    peer.plug()
    meter = Meter(port=str(peer.name), driver="onetouch-ultra2", name="Old meter")
    async with wired(settings(tmp_path, meter)) as parts:
        await until(lambda: parts.status.snapshot().sessions == 1)
        await until(lambda: len(stored(parts)) == len(LINES))
        kept = sorted(stored(parts), key=lambda one: str(one.reading.timing.device_time))
        control = list(parts.outbox.entries({State.EVIDENCE}))
    peer.pull()
    values = [one.reading.values[Quantity.GLUCOSE_CAPILLARY_PLASMA].known for one in kept]
    assert [str(value) for value in values] == ["176", "105", "81"]
    assert [one.reading.context.meal for one in kept] == [None, Meal.PREPRANDIAL, None]
    assert {one.patient for one in kept} == {"Patient/p-1"}
    assert {one.reading.meter.serial for one in kept} == {"GMF600DCY"}
    assert {one.reading.meter.name for one in kept} == {"Old meter"}
    assert len(control) == 1


async def test_the_same_meter_on_another_cable_stores_nothing_twice(tmp_path: Path) -> None:
    first, second = tmp_path / "left", tmp_path / "right"
    for name in (first, second):
        peer = SerialPeer(name, Ultra2(*LINES))
        peer.plug()
        config = settings(tmp_path, Meter(port=str(name), driver="onetouch-ultra2"))
        async with wired(config) as parts:
            await until(lambda: parts.status.snapshot().sessions == 1)
            assert len(stored(parts)) == len(LINES)
        peer.pull()


async def test_two_people_s_cuff_on_a_cable_keeps_them_apart(tmp_path: Path) -> None:
    one, two = bytes.fromhex("ac5f3c48051309301a"), bytes.fromhex("ac7f46508c9f173b98")
    peer = SerialPeer(tmp_path / "cable", Bm65(one, two))
    peer.plug()
    slots = {"1": "Patient/p-1", "2": "Patient/p-2"}
    meter = Meter(port=str(peer.name), driver="beurer-bm65", slots=slots)
    async with wired(settings(tmp_path, meter)) as parts:
        await until(lambda: len(stored(parts)) == 2)
        whose = {str(r.reading.values[Quantity.SYSTOLIC].known): r.patient for r in stored(parts)}
    peer.pull()
    assert whose == {"120": "Patient/p-1", "152": "Patient/p-2"}


async def test_readings_go_from_the_cable_to_the_server_and_name_their_meter(
    tmp_path: Path, sekmet: DemoServer
) -> None:
    put(sekmet.base_url, {"resourceType": "Patient", "id": "cable-1"})
    config = replace(
        settings(tmp_path, Meter(port=str(tmp_path / "cable"), driver="onetouch-ultra2")),
        patient=Patient(reference="Patient/cable-1"),
        fhir=Fhir(base_url=sekmet.base_url),
    )
    peer = SerialPeer(tmp_path / "cable", Ultra2(*LINES), cut=pieces(16))
    peer.plug()
    async with hub.assembled(config) as parts:
        service = asyncio.create_task(hub.serve(parts))
        await until(lambda: parts.status.snapshot().acknowledged == len(LINES))
        service.cancel()
        await asyncio.wait([service])
    peer.pull()
    there = await asyncio.to_thread(lambda: list(every(sekmet.base_url, "Observation")))
    mine = [one for one in there if one["subject"]["reference"] == "Patient/cable-1"]
    # A glucose before a meal is a part beside the meal; the other two stand alone.
    parts_of = [part for one in mine for part in one.get("component", [one])]
    numbers = [part["valueQuantity"]["value"] for part in parts_of if "valueQuantity" in part]
    assert sorted(numbers) == [81, 105, 176]
    [device] = {one["device"]["reference"] for one in mine}
    meter = await asyncio.to_thread(ask, f"{sekmet.base_url}/{device}")
    assert meter["serialNumber"] == "GMF600DCY"
    assert meter["modelNumber"] == "OneTouch Ultra2"


async def test_a_hub_without_cables_opens_no_port(tmp_path: Path) -> None:
    async with hub.assembled(settings(tmp_path)) as parts:
        assert parts.wire is None


async def test_cables_that_gave_no_sign_for_too_long_are_named(tmp_path: Path) -> None:
    meter = Meter(port=str(tmp_path / "cable"), driver="beurer-bm65")
    async with hub.assembled(settings(tmp_path, meter)) as parts:
        assert parts.wire is not None
        parts.wire.heartbeat = parts.uploader.heartbeat = 1000.0
        assert await watch.dead_parts(parts, lambda: 1089.0) == []
        assert await watch.dead_parts(parts, lambda: 1091.0) == ["wire"]


@pytest.mark.parametrize(
    ("driver", "code", "advice"),
    [
        ("onetouch-ultra", "RADIO-01", "'onetouch-ultra2'"),
        ("and-ua651ble", "SER-03", "beurer-bm65"),
    ],
)
def test_a_driver_that_reads_no_cable_is_told_with_those_that_do(
    driver: str, code: str, advice: str
) -> None:
    config = settings(Path("/nowhere"), Meter(port="usb", driver=driver))
    with pytest.raises(HubError) as refused:
        cables(config, registry.drivers())
    assert refused.value.code == code
    assert advice in refused.value.fix
