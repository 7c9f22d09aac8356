"""Radio in a full home: who vanishes, who never stops calling, and who wants a bond first."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from drivers import registry
from drivers.links.ble import Backend, BleLink
from drivers.links.device import as_now, bonded
from drivers.links.meter import MeterSession, Visit
from drivers.links.turns import Turns
from drivers.sessions.session import Outcome
from drivers.virtual import frames
from drivers.virtual.peripheral import Advertised
from drivers.virtual.radio import VirtualRadio
from drivers.virtual.script import Script
from drivers.virtual.sender import VirtualBloodPressure, VirtualSender
from tests.fakes.listening import listening
from tests.fakes.sink import NOON, MemorySink
from vitals.reading import MeterIdentity

AT = datetime(2026, 11, 23, 8, 15, 30)  # noqa: DTZ001 - what a meter shows has no zone
BP = frames.blood_pressure(128, 82, 71, AT)
GHOSTS = frozenset(f"C6:00:00:00:00:{number:02X}" for number in range(6))


def out_of_reach(radio: VirtualRadio) -> Backend:
    """Return the radio's backend, on which connecting to a ghost takes for ever."""
    client = radio.backend.client
    assert client is not None

    class Haunted(client):  # type: ignore[misc, valid-type]
        async def connect(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - bleak's
            if self.address in GHOSTS:
                await asyncio.Event().wait()
            await super().connect(*arguments, **more)

    return Backend(scanner=radio.backend.scanner, client=Haunted)


async def test_meters_that_vanish_after_calling_keep_no_other_from_being_read() -> None:
    sink, cuff = MemorySink(), VirtualBloodPressure("Cuff", "C5:00:00:00:00:01")
    ghosts = [VirtualBloodPressure(f"Ghost {n}", address) for n, address in enumerate(GHOSTS)]
    async with VirtualRadio() as radio:
        for ghost in ghosts:
            await radio.add(ghost)
            await ghost.measure(BP)
        link = BleLink(
            drivers=registry.drivers(),
            sink=sink,
            now=lambda: NOON,
            accepts=lambda _: True,
            backend=out_of_reach(radio),
            turns=Turns(alone_s=3600, shared_s=0.2),
        )
        task = asyncio.create_task(link.run())
        assert (await sink.wait_for_end()).outcome is Outcome.PARTIAL  # a ghost came first
        await radio.add(cuff)
        await cuff.measure(BP)
        async with asyncio.timeout(40):
            while not sink.frames:  # noqa: ASYNC110 - a list tells nobody when it grows
                await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert {frame.meter.address for frame in sink.frames} == {cuff.address}


class Connects(BaseBleakClient):
    """A client backend that says when it was asked to connect, and cannot."""

    def __init__(self, *_: object, **__: object) -> None:
        self.address = ""

    async def connect(self, *_: object, **__: object) -> None:
        raise BleakError("asked to connect")

    async def disconnect(self) -> None:
        raise BleakError("never connected")


Connects.__abstractmethods__ = frozenset()  # the rest of a backend is never asked for


@pytest.mark.parametrize(
    ("name", "properties", "outcome", "why"),
    [
        ("beurer-bm", {"Paired": False}, Outcome.NEEDS_PAIRING, "wants to be paired"),
        ("beurer-bm", {"Paired": True}, Outcome.PARTIAL, "radio"),
        ("beurer-bm", {}, Outcome.PARTIAL, "radio"),
        ("standard-blood-pressure", {"Paired": False}, Outcome.PARTIAL, "radio"),
    ],
    ids=["a stranger", "a friend", "who knows", "who needs no bond"],
)
async def test_a_meter_that_wants_a_bond_first_is_not_connected_without_it(
    name: str, properties: dict[str, bool], outcome: Outcome, why: str
) -> None:
    driver = next(driver for driver in registry.drivers() if driver.name == name)
    session = MeterSession(
        Visit(
            driver=driver,
            device=BLEDevice("C5:00:00:00:00:10", "BM48", {"path": "", "props": properties}),
            meter=MeterIdentity(address="C5:00:00:00:00:10", driver=name),
            sink=MemorySink(),
            now=lambda: NOON,
            client=Connects,
        )
    )
    finish = await session.run(Turns())
    assert finish.outcome is outcome
    assert why in finish.why
    assert not session.reached


def test_a_backend_that_tells_nothing_of_bonds_is_not_taken_to_deny_them() -> None:
    assert bonded(BLEDevice("C5:00:00:00:00:10", "BM48", None)) is None


@pytest.mark.parametrize(
    "script", [Script(), Script(drops_after=(0,))], ids=["whole", "broken off"]
)
async def test_a_medisana_is_not_asked_again_at_once_however_the_visit_ended(
    script: Script,
) -> None:
    # Asked again at once it shows E4 (home-assistant/core issues); it replays everything anyway.
    sink = MemorySink()
    cuff = VirtualSender(
        "1872B",
        "C5:00:00:00:00:11",
        service="1810",
        measurement="2A35",
        keeps=True,
        script=script,
        advertised=Advertised(services=("1810",), company=18498),
    )
    async with VirtualRadio() as radio:
        await radio.add(cuff)
        await cuff.measure(BP)
        await cuff.measure(frames.blood_pressure(131, 84, 70, AT))
        async with listening(radio, sink):
            await sink.wait_for_end()
            assert sink.meters[-1].driver == "medisana-bu5xx"
            if not cuff.has_something():  # else it goes on calling by itself
                await cuff.measure(frames.blood_pressure(119, 79, 66, AT))
            with pytest.raises(TimeoutError):
                await sink.wait_for_end(6.0)
    assert sink.sessions == 1


def test_a_device_that_bluez_forgot_and_found_again_is_not_bonded_any_more() -> None:
    path = "/org/bluez/hci0/dev_C1_00_00_00_00_02"
    first = BLEDevice("C1:00:00:00:00:02", "Meter", {"path": path, "props": {"Paired": True}})
    heard = AdvertisementData("Meter", {}, {}, [], None, -60, (path, {"Paired": False}))
    assert bonded(as_now(first, heard)) is False
    elsewhere = AdvertisementData("Meter", {}, {}, [], None, -60, ())
    assert as_now(first, elsewhere) is first
