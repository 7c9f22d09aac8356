"""How long an indication takes from the air to the sink, in process and through BlueZ's D-Bus.

The clock starts when an ATT indication is put on the virtual air and stops in the sink's first
line. Beside it stands the plain thing: the same indications to a bare Bumble client, without bleak
and without the link. Meter, air and hub share one process, so this is software time only.

Run with `python -m tests.bench.radio`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from bumble.controller import Controller
from bumble.core import UUID, PhysicalTransport
from bumble.device import Device, DeviceConfiguration, Peer
from bumble.hci import Address
from bumble.link import LocalLink

from drivers import registry
from drivers.driver import Driver
from drivers.frame import Frame
from drivers.links.ble import Backend, BleLink
from drivers.virtual import frames
from drivers.virtual.bleak_bumble import backend
from drivers.virtual.bluez.daemon import FakeBlueZ, private_bus
from drivers.virtual.sender import VirtualBloodPressure
from tests.fakes.sink import NOON, MemorySink

INDICATIONS = 500
_LIMIT_S = 120.0
_ATT_OPCODE_AT = 4  # after L2CAP's length and channel (Core 5.4, Vol 3, Part A, 3.1)
_HANDLE_VALUE_INDICATION = 0x1D  # Core 5.4, Vol 3, Part F, 3.4.7.2
_BUS = "DBUS_SYSTEM_BUS_ADDRESS"
_MEASUREMENT = UUID.from_16_bits(0x2A35)
_MORNING = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)


class TimedAir(LocalLink):
    """A virtual air that notes when each indication was put on it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.sent_s: list[float] = []

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        if data[_ATT_OPCODE_AT] == _HANDLE_VALUE_INDICATION:
            self.sent_s.append(time.perf_counter())
        super().send_acl_data(sender_controller, destination_address, transport, data)


class TimedSink(MemorySink):
    """A sink that notes when each frame was handed over."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived_s: list[float] = []

    def frame(self, driver: Driver, frame: Frame) -> Future[Any]:
        self.arrived_s.append(time.perf_counter())
        return super().frame(driver, frame)


async def _hub(air: LocalLink) -> Device:
    controller = Controller("hub", link=air)
    hub = Device.from_config_with_hci(
        DeviceConfiguration(name="hub", address=Address("F1:F1:F1:F1:F1:F1")),
        controller,
        controller,
    )
    await hub.power_on()
    return hub


@contextlib.asynccontextmanager
async def _cuff(air: LocalLink) -> AsyncIterator[VirtualBloodPressure]:
    """Give a cuff with every reading taken and none sent."""
    cuff = VirtualBloodPressure()
    await cuff.switch_on(Controller(cuff.name, link=air))
    for number in range(INDICATIONS):
        await cuff.measure(frames.blood_pressure(100 + number % 60, 70, 64, _MORNING))
    yield cuff
    await cuff.switch_off()


async def _through_link(through: Backend) -> list[float]:
    sink = TimedSink()
    link = BleLink(
        drivers=registry.drivers(),
        sink=sink,
        now=lambda: NOON,
        accepts=lambda _: True,
        backend=through,
    )
    task = asyncio.create_task(link.run())
    await sink.wait_for_end(_LIMIT_S)
    task.cancel()
    await asyncio.wait([task])
    return sink.arrived_s


async def _in_process(air: TimedAir) -> list[float]:
    hub = await _hub(air)
    scanner, client = backend(hub)
    arrived_s = await _through_link(Backend(scanner=scanner, client=client))
    await hub.power_off()
    return arrived_s


async def _over_bluez(air: TimedAir) -> list[float]:
    before = os.environ.get(_BUS)
    async with private_bus() as address:
        bluez = FakeBlueZ(air, address)
        await bluez.start()
        os.environ[_BUS] = address
        try:
            return await _through_link(Backend())
        finally:
            os.environ.pop(_BUS)
            if before is not None:
                os.environ[_BUS] = before
            await bluez.stop()


async def _bare(air: TimedAir) -> list[float]:
    hub, arrived_s, gone = await _hub(air), list[float](), asyncio.Event()
    connection = await hub.connect(Address("C1:00:00:00:00:01"))
    connection.on(connection.EVENT_DISCONNECTION, lambda _: gone.set())
    peer = Peer(connection)
    await peer.discover_all()  # type: ignore[no-untyped-call]
    one = peer.get_characteristics_by_uuid(_MEASUREMENT)[0]
    await peer.subscribe(one, lambda _: arrived_s.append(time.perf_counter()))
    async with asyncio.timeout(_LIMIT_S):
        await gone.wait()
    await hub.power_off()
    return arrived_s


def _summary(sent_s: list[float], arrived_s: list[float]) -> dict[str, float]:
    took_ms = [1000 * (end - start) for start, end in zip(sent_s, arrived_s, strict=True)]
    centiles = statistics.quantiles(took_ms, n=100)
    return {
        "indications": len(took_ms),
        "p50_ms": round(centiles[49], 3),
        "p99_ms": round(centiles[98], 3),
    }


async def _all() -> dict[str, dict[str, float]]:
    ways = {"bare_bumble": _bare, "bleak_in_process": _in_process, "bleak_over_bluez": _over_bluez}
    results = {}
    for name, way in ways.items():
        air = TimedAir()
        async with _cuff(air):
            results[name] = _summary(air.sent_s, await way(air))
    return results


def run() -> dict[str, dict[str, float]]:
    """Measure all three ways, one after another, and return p50 and p99 in ms of each."""
    return asyncio.run(_all())


def main() -> None:
    """Print the figures as JSON."""
    sys.stdout.write(json.dumps(run(), indent=2) + "\n")


if __name__ == "__main__":
    main()
