"""What a care team's settings say of a meter, and what the hub makes of it."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

import pytest

from agent.adopted import accepts, told
from config.schema import Config, Fhir, Hub, Meter, Patient, Radio
from drivers import registry
from drivers.driver import Advertisement
from drivers.links.ble import BleLink
from drivers.virtual import frames
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.sink import NOON, MemorySink
from vitals.errors import HubError


def settings(*meters: Meter, accept: str = "listed") -> Config:
    return Config(
        hub=Hub(id="hub-1"),
        patient=Patient(reference="Patient/p"),
        fhir=Fhir(base_url="https://fhir.example/r4"),
        radio=Radio(accept=accept),
        meter=meters,
    )


CUFF = Meter(address="c1:00:00:00:00:01", name="Kitchen cuff", driver="and-ua651ble")


@pytest.mark.parametrize(
    ("accept", "address", "expected"),
    [
        ("listed", "C1:00:00:00:00:01", True),
        ("listed", "C9:00:00:00:00:09", False),
        ("any", "C9:00:00:00:00:09", True),
    ],
)
def test_only_listed_meters_are_read_unless_the_care_team_says_any(
    accept: str, address: str, *, expected: bool
) -> None:
    found = settings(CUFF, accept=accept)
    known = told(found, registry.drivers())
    assert accepts(found, known)(Advertisement(address=address)) is expected


def test_a_driver_that_does_not_exist_is_told_with_the_nearest_name() -> None:
    wrong = Meter(address=CUFF.address, driver="and-ua651")
    with pytest.raises(HubError, match="does not exist") as caught:
        told(settings(wrong), registry.drivers())
    assert caught.value.code == "RADIO-01"
    assert "'and-ua651ble'" in caught.value.fix


async def test_a_meter_is_read_with_the_driver_and_under_the_name_it_was_given() -> None:
    cuff, sink, drivers = VirtualBloodPressure(), MemorySink(), registry.drivers()
    async with VirtualRadio() as radio:
        await radio.add(cuff)
        await cuff.measure(
            frames.blood_pressure(128, 82, 71, datetime(2026, 11, 23, 8, tzinfo=UTC))
        )
        link = BleLink(
            drivers=drivers,
            sink=sink,
            now=lambda: NOON,
            accepts=accepts(settings(CUFF), told(settings(CUFF), drivers)),
            told=told(settings(CUFF), drivers),
            backend=radio.backend,
        )
        task = asyncio.create_task(link.run())
        await sink.wait_for_end()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    # By its advertisement alone it would have been a cuff of the Bluetooth standard.
    assert (sink.meters[0].driver, sink.meters[0].name) == ("and-ua651ble", "Kitchen cuff")
