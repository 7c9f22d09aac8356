"""What every simulated meter is: a Bumble device that advertises while it has something to say."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from typing import Any

from bumble import data_types
from bumble.att import Attribute
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData, BaseBumbleError
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.hci import Address
from bumble.pairing import PairingConfig, PairingDelegate

log = logging.getLogger(__name__)

_READ = Attribute.Permissions.READABLE
_P = Characteristic.Properties
_MAX_ADVERTISING_MS = 100.0


class VirtualMeter(ABC):
    """What every virtual meter does: it advertises while it has something to hand over."""

    def __init__(
        self, name: str, address: str, service: int, characteristics: Sequence[Characteristic[Any]]
    ) -> None:
        """Describe the meter; it is on air only once a `VirtualRadio` has added it."""
        self.name = name
        self.address = address
        self.handed_over = asyncio.Event()
        self._service = service
        self._characteristics = list(characteristics)
        self._connection: Connection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._device: Device | None = None
        self.sessions = 0

    @property
    def device(self) -> Device:
        """Return the Bumble device, once switched on."""
        if self._device is None:
            raise RuntimeError(f"{self.name} is not switched on")
        return self._device

    async def switch_on(self, controller: Controller) -> None:
        """Power on with a controller of the virtual radio."""
        configuration = DeviceConfiguration(
            name=self.name,
            address=Address(self.address),
            advertising_interval_min=_MAX_ADVERTISING_MS,
            advertising_interval_max=_MAX_ADVERTISING_MS,
        )
        device = Device.from_config_with_hci(configuration, controller, controller)
        # A static random address must also be the identity, or a bonded reconnect finds no key.
        device.pairing_config_factory = lambda _: PairingConfig(
            sc=True,
            mitm=False,
            bonding=True,
            delegate=PairingDelegate(),
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )
        device.add_services(
            [Service(UUID.from_16_bits(self._service), self._characteristics), self._information()]
        )
        device.advertising_data = bytes(
            AdvertisingData(
                [
                    data_types.Flags(
                        AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE
                        | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
                    ),
                    data_types.CompleteLocalName(self.name),
                    data_types.IncompleteListOf16BitServiceUUIDs(
                        [UUID.from_16_bits(self._service)]
                    ),
                ]
            )
        )
        device.on(device.EVENT_CONNECTION, self._connected)
        self._device = device
        await device.power_on()
        await self.call_if_waiting()

    async def switch_off(self) -> None:
        """End what runs and power off."""
        for task in self._tasks:
            task.cancel()
        if self._device is not None:
            await self._device.power_off()

    @abstractmethod
    def has_something(self) -> bool:
        """Tell whether the meter wants to be read."""

    async def call_if_waiting(self) -> None:
        """Advertise if there is something to hand over and nobody is connected."""
        device = self.device
        if self.has_something() and self._connection is None and not device.is_advertising:
            await device.start_advertising()

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something after the radio's present event."""
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # a task cancelled at once never began it

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (BaseBumbleError, TimeoutError) as error:
            log.info("virtual meter lost its peer error=%s", type(error).__name__)

    async def leave(self) -> None:
        """End the connection, as meters do when they are done or their battery dies."""
        if self._connection is not None:
            await self._connection.disconnect()

    def _connected(self, connection: Connection) -> None:
        self._connection = connection
        self.sessions += 1
        connection.on(connection.EVENT_DISCONNECTION, self._disconnected)

    def _disconnected(self, _reason: int) -> None:
        self._connection = None
        self.soon(self.call_if_waiting())

    def _information(self) -> Service:
        facts = {"2A29": "Hearth", "2A24": self.name, "2A25": self.address.replace(":", "")}
        return Service(
            UUID.from_16_bits(0x180A),
            [
                Characteristic(uuid, _P.READ, _READ, text.encode()[:20])
                for uuid, text in facts.items()
            ],
        )
