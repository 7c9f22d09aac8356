"""What every simulated meter is: a Bumble device that advertises while it has something to say."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bumble import data_types
from bumble.att import Attribute
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData, BaseBumbleError, DataType
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.hci import Address
from bumble.pairing import PairingConfig

from drivers.virtual.bonding import Bonding, Means, Person

log = logging.getLogger(__name__)

_READ = Attribute.Permissions.READABLE
_P = Characteristic.Properties
_MAX_ADVERTISING_MS = 100.0
_SHORT = len("1810")
_MAX_ADVERTISEMENT = 31  # octets (Core 5.4, Vol 3, Part C, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertised:
    """What a meter says of itself on air. UUIDs in four digits or in full."""

    services: tuple[str, ...] = ()
    company: int | None = None
    company_data: bytes = b"\0\0"


class VirtualMeter(ABC):
    """What every virtual meter does: it advertises while it has something to hand over."""

    def __init__(
        self,
        name: str,
        address: str,
        services: Mapping[str, Sequence[Characteristic[Any]]],
        *,
        advertised: Advertised | None = None,
        bonding: Bonding | None = None,
    ) -> None:
        """Describe the meter; it is on air only once a `VirtualRadio` has added it.

        Parameters
        ----------
        name, address : str
            The local name it advertises, and its static random address.
        services : mapping
            Its characteristics by service; the first service is advertised if nothing else is said.
        advertised : Advertised, optional
            What it advertises.
        bonding : Bonding, optional
            What pairing is like; without it pairing needs nobody's help, and nothing needs it.
        """
        self.name = name
        self.address = address
        self.serial = address.replace(":", "")  # what it says; change it before it is on air
        self.handed_over = asyncio.Event()
        self._services = {uuid: list(parts) for uuid, parts in services.items()}
        self._advertised = advertised or Advertised(services=tuple(services)[:1])
        self._bonding = bonding
        self.person = Person(bonding or Bonding())
        self._connection: Connection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._device: Device | None = None
        self.sessions = 0
        self.calls_for_s = 0.0
        self._asleep: asyncio.TimerHandle | None = None

    @property
    def device(self) -> Device:
        """Return the Bumble device, once switched on."""
        if self._device is None:
            raise RuntimeError(f"{self.name} is not switched on")
        return self._device

    @property
    def is_connected(self) -> bool:
        """Tell whether somebody is connected."""
        return self._connection is not None

    async def switch_on(self, controller: Controller) -> None:
        """Power on with a controller of the virtual radio."""
        configuration = DeviceConfiguration(
            name=self.name,
            address=Address(self.address),
            advertising_interval_min=_MAX_ADVERTISING_MS,
            advertising_interval_max=_MAX_ADVERTISING_MS,
        )
        device = Device.from_config_with_hci(configuration, controller, controller)
        means = self._bonding.means if self._bonding else Means.NOTHING
        # A static random address must also be the identity, or a bonded reconnect finds no key.
        device.pairing_config_factory = lambda _: PairingConfig(
            sc=True,
            mitm=means is not Means.NOTHING,
            bonding=True,
            delegate=self.person,
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )
        device.add_services(
            [Service(UUID(uuid), parts) for uuid, parts in self._services.items()]
            + [self._information()]
        )
        device.advertising_data, device.scan_response_data = self._on_air()
        device.on(device.EVENT_CONNECTION, self._connected)
        self._device = device
        await device.power_on()
        await self.call_if_waiting()

    def _on_air(self) -> tuple[bytes, bytes]:
        """Return advertisement and scan response: a name that does not fit goes into the second."""
        said = self._advertised
        short = [UUID(uuid) for uuid in said.services if len(uuid) == _SHORT]
        full = [UUID(uuid) for uuid in said.services if len(uuid) != _SHORT]
        first: list[DataType] = [
            data_types.Flags(
                AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE
                | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
            )
        ]
        if short:
            first.append(data_types.IncompleteListOf16BitServiceUUIDs(short))
        if full:
            first.append(data_types.IncompleteListOf128BitServiceUUIDs(full))
        if said.company is not None:
            first.append(data_types.ManufacturerSpecificData(said.company, said.company_data))
        name = data_types.CompleteLocalName(self.name)
        together = bytes(AdvertisingData([*first, name]))
        if len(together) <= _MAX_ADVERTISEMENT:
            return together, b""
        return bytes(AdvertisingData(first)), bytes(AdvertisingData([name]))

    async def lose_bonds(self) -> None:
        """Forget every hub, as after a change of batteries or a reset by its button."""
        if self.device.keystore is not None:
            await self.device.keystore.delete_all()

    async def switch_off(self) -> None:
        """End what runs and power off."""
        if self._asleep is not None:
            self._asleep.cancel()
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
        if not self.has_something() or self._connection is not None or device.is_advertising:
            return
        await device.start_advertising()
        if self.calls_for_s:
            loop = asyncio.get_running_loop()
            self._asleep = loop.call_later(
                self.calls_for_s, lambda: self.soon(self._stop_calling())
            )

    async def _stop_calling(self) -> None:
        if self.device.is_advertising:
            await self.device.stop_advertising()

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
        facts = {"2A29": "Hearth", "2A24": self.name, "2A25": self.serial}
        return Service(
            UUID.from_16_bits(0x180A),
            [
                Characteristic(uuid, _P.READ, _READ, text.encode()[:20])
                for uuid, text in facts.items()
            ],
        )
