"""One connection's calls: what a meter hides, refuses or leaves hanging."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError
from bumble.att import ATT_Error, AttributeValue
from bumble.controller import Controller
from bumble.device import Connection
from bumble.gatt import Characteristic, Service

from drivers.links.gatt import Gatt
from drivers.links.talk import RefusedError
from drivers.sessions.session import Outcome
from drivers.virtual import frames
from drivers.virtual.glucose import VirtualGlucose
from drivers.virtual.radio import VirtualRadio
from tests.fakes.listening import listening
from tests.fakes.sink import MemorySink

_P = Characteristic.Properties
_READ, _WRITE = Characteristic.Permissions.READABLE, Characteristic.Permissions.WRITEABLE
_BONDED = Characteristic.Permissions.WRITE_REQUIRES_ENCRYPTION


def refuse(_: Connection) -> bytes:
    raise ATT_Error(0x08)  # insufficient authorization


async def hang(_: Connection) -> bytes:
    await asyncio.Event().wait()
    return b""


class SecretiveMeter(VirtualGlucose):
    """Has a service with one characteristic of each bad habit."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def _count(self, _: Connection) -> bytes:
        self.reads += 1
        return b"told"

    async def switch_on(self, controller: Controller) -> None:
        await super().switch_on(controller)
        habits: list[Characteristic[Any]] = [
            Characteristic("2A19", _P.READ, _READ, AttributeValue(read=self._count)),
            Characteristic("2A1D", _P.READ, _READ, AttributeValue(read=refuse)),
            Characteristic("2A9E", _P.READ, _READ, AttributeValue(read=hang)),
            Characteristic("2A08", _P.WRITE, _WRITE, b""),
        ]
        self.device.add_service(Service("180F", habits))


@asynccontextmanager
async def connected(meter: VirtualGlucose, limit_s: float = 60.0) -> AsyncIterator[Gatt]:
    async with VirtualRadio() as radio:
        await radio.add(meter)
        await meter.measure(frames.GLUCOSE[0].data)
        assert radio.backend.scanner is not None
        device = await BleakScanner.find_device_by_address(
            meter.address, backend=radio.backend.scanner
        )
        assert device is not None
        async with BleakClient(device, backend=radio.backend.client) as client:
            yield Gatt(client, frozenset({"1808"}), limit_s=limit_s)


async def test_what_a_meter_tells_is_read() -> None:
    async with connected(SecretiveMeter()) as gatt:
        assert gatt.has("2a19")
        assert await gatt.look("2a19") == b"told"


@pytest.mark.parametrize("uuid", ["2a1d", "2a08", "2aff"])
async def test_what_is_refused_write_only_or_missing_is_not_known(uuid: str) -> None:
    async with connected(SecretiveMeter()) as gatt:
        assert await gatt.look(uuid) is None
        assert await gatt.look("2a19") == b"told"


async def test_after_one_read_that_hangs_no_other_is_tried_and_the_session_goes_on() -> None:
    meter = SecretiveMeter()
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    async with connected(meter, limit_s=2.0) as gatt:
        assert await gatt.look("2a9e") is None
        assert await gatt.look("2a19") is None
        await gatt.subscribe("2a18", heard.put_nowait)
        await gatt.subscribe("2a52", lambda _: None)
        await gatt.write("2a52", bytes.fromhex("0101"))
        async with asyncio.timeout(60):
            assert (await heard.get()).hex() == "030600e407040d10260a000078b0f1"
    assert meter.reads == 0


async def test_listening_to_what_a_meter_lacks_is_an_error() -> None:
    async with connected(SecretiveMeter()) as gatt:
        assert not gatt.has("2a35")
        with pytest.raises(BleakError):
            await gatt.subscribe("2a35", lambda _: None)


class BondedGlucose(VirtualGlucose):
    """Lets only a paired hub write to its control point."""

    def __init__(self) -> None:
        super().__init__()
        self._control.permissions = _WRITE | _BONDED


async def test_an_att_error_comes_with_its_number() -> None:
    async with connected(BondedGlucose()) as gatt:
        with pytest.raises(RefusedError) as refused:
            await gatt.write("2a52", bytes.fromhex("0101"))
    assert refused.value.att_error in {0x05, 0x0F}


async def test_a_meter_that_talks_only_to_a_paired_hub_says_so() -> None:
    meter, sink = BondedGlucose(), MemorySink()
    async with VirtualRadio() as radio, listening(radio, sink):
        await radio.add(meter)
        await meter.measure(frames.GLUCOSE[0].data)
        finish = await sink.wait_for_end()
    assert finish.outcome is Outcome.NEEDS_PAIRING
    assert meter.asked == []
