"""Air for meters and for a bluetoothd: the virtual radio that both are on."""

from __future__ import annotations

from bumble.controller import Controller
from bumble.link import LocalLink

from drivers.virtual.bluez.daemon import FakeBlueZ
from drivers.virtual.peripheral import VirtualMeter


class Air:
    """A virtual radio, and the bus on which its bluetoothd is."""

    def __init__(self, bus_address: str) -> None:
        """Make empty air."""
        self.link = LocalLink()  # type: ignore[no-untyped-call]
        self.bus_address = bus_address
        self.meters: list[VirtualMeter] = []

    def bluetoothd(self, *, powered: bool = True) -> FakeBlueZ:
        """Return a bluetoothd with one adapter, not started yet."""
        return FakeBlueZ(self.link, self.bus_address, powered=powered)

    async def add(self, meter: VirtualMeter) -> None:
        """Bring a meter within reach."""
        self.meters.append(meter)
        await meter.switch_on(Controller(meter.name, link=self.link))

    async def clear(self) -> None:
        """Switch every meter off."""
        for meter in self.meters:
            await meter.switch_off()
