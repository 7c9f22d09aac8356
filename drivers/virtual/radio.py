"""A virtual radio: one hub and any number of virtual meters within reach, all in this process."""

from __future__ import annotations

from typing import Self

from bumble.controller import Controller
from bumble.device import Device, DeviceConfiguration
from bumble.hci import Address
from bumble.link import LocalLink
from bumble.pairing import PairingConfig, PairingDelegate

from drivers.links.ble import Backend
from drivers.virtual.bleak_bumble import backend
from drivers.virtual.peripheral import VirtualMeter

_HUB_ADDRESS = "F1:F1:F1:F1:F1:F1"


class VirtualRadio:
    """Air for virtual meters: `async with VirtualRadio() as radio: await radio.add(meter)`."""

    def __init__(self, air: LocalLink | None = None) -> None:
        """Make the air, unless one is given; the hub is switched on by `async with`."""
        self.link = air or LocalLink()  # type: ignore[no-untyped-call]
        self._meters: list[VirtualMeter] = []
        # No public address: LocalLink sends by the random one, and answers would get lost.
        controller = Controller("hub", link=self.link)
        self._hub = Device.from_config_with_hci(
            DeviceConfiguration(name="hub", address=Address(_HUB_ADDRESS)), controller, controller
        )
        self._hub.pairing_config_factory = lambda _: PairingConfig(
            sc=True,
            mitm=False,
            bonding=True,
            delegate=PairingDelegate(),
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )

    async def __aenter__(self) -> Self:
        """Switch the hub on."""
        await self._hub.power_on()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Switch everything off."""
        for meter in self._meters:
            await meter.switch_off()
        await self._hub.power_off()

    async def add(self, meter: VirtualMeter) -> None:
        """Bring a meter within reach."""
        self._meters.append(meter)
        await meter.switch_on(Controller(meter.name, link=self.link))

    @property
    def backend(self) -> Backend:
        """Return the bleak backend of this radio's hub."""
        scanner, client = backend(self._hub)
        return Backend(scanner=scanner, client=client)
