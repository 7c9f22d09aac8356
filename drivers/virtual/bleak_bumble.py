"""A bleak backend over a Bumble host: the same BleakScanner and BleakClient, no radio, no D-Bus.

One difference from BlueZ to know: an unpaired read of a protected characteristic fails at once
here, while BlueZ pairs on its own or hangs (seen with bluetoothd 5.82).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble.att import ATT_Error
from bumble.core import UUID, AdvertisingData, BaseBumbleError
from bumble.device import Advertisement, Connection, Device, Peer
from bumble.hci import Address

from drivers.frame import full_uuid

_UUID_LISTS = (
    AdvertisingData.Type.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.Type.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)
_ATT_HEADER_OCTETS = 3
_DEFAULT_MTU = 23
_Answer = TypeVar("_Answer")


def backend(hub: Device) -> tuple[type[BaseBleakScanner], type[BaseBleakClient]]:
    """Make the two backend classes that bleak instantiates itself, bound to one Bumble host."""

    class BoundScanner(BumbleScanner):
        host = hub

    class BoundClient(BumbleClient):
        host = hub

    return BoundScanner, BoundClient


def _uuid(uuid: UUID) -> str:
    return full_uuid(uuid.to_hex_str("-"))


class BumbleScanner(BaseBleakScanner):
    """Hears advertisements on the virtual radio."""

    host: Device

    def __init__(
        self,
        detection_callback: Callable[[BLEDevice, AdvertisementData], Any] | None,
        service_uuids: list[str] | None,
        scanning_mode: str = "active",
        **_: object,
    ) -> None:
        """Take what bleak hands to every scanner backend."""
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        """Start scanning."""
        self.seen_devices = {}
        self.host.on(self.host.EVENT_ADVERTISEMENT, self._heard)
        await self.host.start_scanning(active=self._active, filter_duplicates=False)

    async def stop(self) -> None:
        """Stop scanning."""
        self.host.remove_listener(self.host.EVENT_ADVERTISEMENT, self._heard)
        await self.host.stop_scanning()

    def _heard(self, heard: Advertisement) -> None:
        said = heard.data
        name = said.get(AdvertisingData.Type.COMPLETE_LOCAL_NAME) or said.get(
            AdvertisingData.Type.SHORTENED_LOCAL_NAME
        )
        uuids = [
            _uuid(uuid)
            for kind in _UUID_LISTS
            for some in said.get_all(kind)
            if isinstance(some, list)
            for uuid in some
        ]
        if not self.is_allowed_uuid(uuids):
            return
        advertised = AdvertisementData(
            local_name=name,
            manufacturer_data={
                company: bytes(data)
                for company, data in said.get_all(AdvertisingData.Type.MANUFACTURER_SPECIFIC_DATA)
            },
            service_data={},
            service_uuids=uuids,
            tx_power=None,
            rssi=heard.rssi,
            platform_data=(heard,),
        )
        address = heard.address.to_string(with_type_qualifier=False)
        device = self.create_or_update_device(address, address, name, heard.address, advertised)
        self.call_detection_callbacks(device, advertised)


class BumbleClient(BaseBleakClient):
    """Talks GATT to one meter on the virtual radio."""

    host: Device

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        services: set[str] | None = None,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        **_: object,
    ) -> None:
        """Take what bleak hands to every client backend."""
        super().__init__(
            address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout
        )
        known = (
            address_or_ble_device.details if isinstance(address_or_ble_device, BLEDevice) else None
        )
        self._address = known or Address(self.address)
        self._wanted = services
        self._connection: Connection | None = None
        self._peer: Peer | None = None

    @property
    def name(self) -> str:
        """Return the address: this backend keeps no names."""
        return str(self.address)

    @property
    def mtu_size(self) -> int:
        """Return the ATT MTU, 23 before a connection."""
        return self._connection.att_mtu if self._connection else _DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        """Tell whether the link is up."""
        return self._connection is not None

    async def connect(self, pair: bool, **_: object) -> None:  # noqa: FBT001 - bleak's signature
        """Connect, encrypt with a stored bond if there is one, and discover the services."""
        try:
            connection = await self.host.connect(self._address, timeout=self._timeout)
        except BaseBumbleError as error:
            raise BleakDeviceNotFoundError(self.address, type(error).__name__) from error
        self._connection = connection
        connection.on(connection.EVENT_DISCONNECTION, self._gone)
        self._peer = Peer(connection)
        try:
            await self._secure(connection, pair=pair)
            await self._peer.discover_all()  # type: ignore[no-untyped-call]
        except BaseBumbleError as error:
            raise BleakError(f"lost while connecting: {type(error).__name__}") from error
        self.services = self._collected(self._peer)

    async def _secure(self, connection: Connection, *, pair: bool) -> None:
        keystore = self.host.keystore
        if keystore and await keystore.get(str(connection.peer_address)):
            await connection.encrypt()
        elif pair:
            await self.pair()

    def _gone(self, _reason: int) -> None:
        self._connection = self._peer = None
        if self._disconnected_callback:
            self._disconnected_callback()

    def _collected(self, peer: Peer) -> BleakGATTServiceCollection:
        collection = BleakGATTServiceCollection()
        for service in peer.services:
            if self._wanted and _uuid(service.uuid) not in self._wanted:
                continue
            ours = BleakGATTService(service, service.handle, _uuid(service.uuid))
            collection.add_service(ours)
            for characteristic in service.characteristics:
                one = BleakGATTCharacteristic(
                    characteristic,
                    characteristic.handle,
                    _uuid(characteristic.uuid),
                    list(gatt_char_props_to_strs(int(characteristic.properties))),
                    lambda: self.mtu_size - _ATT_HEADER_OCTETS,
                    ours,
                )
                collection.add_characteristic(one)
                for found in characteristic.descriptors:
                    collection.add_descriptor(
                        BleakGATTDescriptor(found, found.handle, _uuid(found.type), one)
                    )
        return collection

    async def disconnect(self) -> None:
        """End the link if there is one."""
        if self._connection:
            await self._connection.disconnect()

    async def pair(self, *_: object, **__: object) -> None:
        """Pair and bond as the host is configured to."""
        if self._connection is None:
            raise BleakError("Not connected")
        try:
            await self._connection.pair()
        except BaseBumbleError as error:
            raise BleakError(f"pairing failed: {type(error).__name__}") from error

    async def unpair(self) -> None:
        """Forget the bond."""
        if self.host.keystore:
            await self.host.keystore.delete(str(self._address))
        await self.disconnect()

    def _connected(self) -> Peer:
        if self._peer is None:
            raise BleakError("Not connected")
        return self._peer

    async def _asked(self, question: Awaitable[_Answer]) -> _Answer:
        try:
            return await question
        except ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except BaseBumbleError as error:
            raise BleakError(type(error).__name__) from error
        except asyncio.CancelledError as error:
            # Bumble cancels what it waited for when the connection goes; nobody cancelled us.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise BleakError("disconnected") from error

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, **_: object
    ) -> bytearray:
        """Read a characteristic."""
        return bytearray(await self._asked(self._connected().read_value(characteristic.obj)))

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_: object) -> bytearray:
        """Read a descriptor."""
        return bytearray(await self._asked(self._connected().read_value(descriptor.obj)))

    async def write_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        data: Any,  # noqa: ANN401 - bleak's SizedBuffer
        response: bool,  # noqa: FBT001 - bleak's signature
    ) -> None:
        """Write a characteristic."""
        await self._asked(
            self._connected().write_value(characteristic.obj, bytes(data), with_response=response)
        )

    async def write_gatt_descriptor(
        self,
        descriptor: BleakGATTDescriptor,
        data: Any,  # noqa: ANN401 - bleak's SizedBuffer
    ) -> None:
        """Write a descriptor."""
        await self._asked(
            self._connected().write_value(descriptor.obj, bytes(data), with_response=True)
        )

    async def start_notify(
        self,
        characteristic: BleakGATTCharacteristic,
        callback: Callable[[bytearray], None],
        **_: object,
    ) -> None:
        """Subscribe to notifications or indications, whichever the characteristic has."""
        await self._asked(
            self._connected().subscribe(
                characteristic.obj, lambda value: callback(bytearray(value))
            )
        )

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        await self._asked(self._connected().unsubscribe(characteristic.obj))
