"""Adapter and devices as bluetoothd shows them on D-Bus, in front of a Bumble host.

Written after BlueZ's documentation (doc/org.bluez.Adapter.rst, Device.rst). It never pairs, and
it is more obliging than bluetoothd 5.82, which lets a read of a protected characteristic hang.
Annotations must not be postponed here, see `bluez_gatt`.
"""

from collections.abc import Iterator

from bumble.core import AdvertisingData, BaseBumbleError
from bumble.device import Advertisement, Connection, Peer
from dbus_fast.annotations import DBusBool, DBusDict, DBusInt16, DBusObjectPath, DBusStr
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from tests.fakes.bluez_gatt import (
    Characteristic,
    Daemon,
    DBusStrings,
    Service,
    bluez_error,
    uuid_text,
)

ADAPTER_PATH = "/org/bluez/hci0"
HUB_ADDRESS = "F2:F2:F2:F2:F2:F2"
_CONNECT_LIMIT_S = 10.0


class Adapter(ServiceInterface):
    def __init__(self, bluez: Daemon, *, powered: bool) -> None:
        super().__init__("org.bluez.Adapter1")
        self._bluez, self._powered = bluez, powered
        self._discovering = False

    def power(self, *, on: bool) -> None:
        """Switch the adapter, as rfkill or a person would."""
        self._powered = on
        self.emit_properties_changed({"Powered": on})

    @dbus_property(access=PropertyAccess.READ, name="Address")
    def address(self) -> DBusStr:
        return HUB_ADDRESS

    @dbus_property(access=PropertyAccess.READ, name="Powered")
    def powered(self) -> DBusBool:
        return self._powered

    @dbus_property(access=PropertyAccess.READ, name="Discovering")
    def discovering(self) -> DBusBool:
        return self._discovering

    @dbus_property(access=PropertyAccess.READ, name="Roles")
    def roles(self) -> DBusStrings:
        return ["central"]

    @dbus_method(name="SetDiscoveryFilter")
    def set_discovery_filter(self, wanted: DBusDict) -> None:
        """Accept any filter: every advertisement is reported."""

    @dbus_method(name="StartDiscovery")
    async def start_discovery(self) -> None:
        if not self._powered:
            raise bluez_error("NotReady", "Resource Not Ready")
        self._bluez.faults.raise_for("StartDiscovery")
        await self._bluez.host.start_scanning(active=True, filter_duplicates=False)
        self._discovering = True
        self.emit_properties_changed({"Discovering": True})

    @dbus_method(name="StopDiscovery")
    async def stop_discovery(self) -> None:
        await self._bluez.host.stop_scanning()
        self._discovering = False
        self.emit_properties_changed({"Discovering": False})


class RemoteDevice(ServiceInterface):
    def __init__(self, bluez: Daemon, path: str, heard: Advertisement) -> None:
        super().__init__("org.bluez.Device1")
        self._bluez, self.path = bluez, path
        self._address = heard.address
        self._local_name = str(heard.data.get(AdvertisingData.Type.COMPLETE_LOCAL_NAME) or "")
        self._services = list(_advertised_services(heard))
        self._rssi = heard.rssi
        self._resolved = False
        self._connection: Connection | None = None
        self._exported: list[str] = []

    def heard(self, rssi: int) -> None:
        """Report one more advertisement."""
        self._rssi = rssi
        self.emit_properties_changed({"RSSI": rssi})

    @dbus_property(access=PropertyAccess.READ, name="Address")
    def address(self) -> DBusStr:
        return str(self._address.to_string(with_type_qualifier=False))

    @dbus_property(access=PropertyAccess.READ, name="Name")
    def local_name(self) -> DBusStr:
        return self._local_name

    @dbus_property(access=PropertyAccess.READ, name="Alias")
    def alias(self) -> DBusStr:
        return self._local_name

    @dbus_property(access=PropertyAccess.READ, name="Adapter")
    def adapter(self) -> DBusObjectPath:
        return ADAPTER_PATH

    @dbus_property(access=PropertyAccess.READ, name="UUIDs")
    def uuids(self) -> DBusStrings:
        return self._services

    @dbus_property(access=PropertyAccess.READ, name="RSSI")
    def rssi(self) -> DBusInt16:
        return self._rssi

    @dbus_property(access=PropertyAccess.READ, name="Connected")
    def connected(self) -> DBusBool:
        return self._connection is not None

    @dbus_property(access=PropertyAccess.READ, name="ServicesResolved")
    def services_resolved(self) -> DBusBool:
        return self._resolved

    @dbus_property(access=PropertyAccess.READ, name="Paired")
    def paired(self) -> DBusBool:
        return False

    @dbus_method(name="Connect")
    async def connect(self) -> None:
        self._bluez.faults.raise_for("Connect")
        try:
            connection = await self._bluez.host.connect(self._address, timeout=_CONNECT_LIMIT_S)
        except BaseBumbleError as error:
            raise bluez_error("Failed", "br-connection-page-timeout") from error
        self._connection = connection
        connection.on(connection.EVENT_DISCONNECTION, self._gone)
        self.emit_properties_changed({"Connected": True})
        self._bluez.soon(self._resolve(Peer(connection)))

    @dbus_method(name="Disconnect")
    async def disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.disconnect()

    async def _resolve(self, peer: Peer) -> None:
        await peer.discover_all()  # type: ignore[no-untyped-call]
        for service in peer.services:
            path = f"{self.path}/service{service.handle:04x}"
            self._export(path, Service(self.path, service))
            for one in service.characteristics:
                self._export(
                    f"{path}/char{one.handle:04x}", Characteristic(path, peer, one, self._bluez)
                )
        self._resolved = True
        self.emit_properties_changed({"ServicesResolved": True})

    def _export(self, path: str, interface: ServiceInterface) -> None:
        self._bluez.bus.export(path, interface)
        self._exported.append(path)

    def _gone(self, _reason: int) -> None:
        self._connection, self._resolved = None, False
        if self._bluez.bus.connected:
            self.emit_properties_changed({"ServicesResolved": False, "Connected": False})
            while self._exported:
                self._bluez.bus.unexport(self._exported.pop())


def _advertised_services(heard: Advertisement) -> Iterator[str]:
    kind = AdvertisingData.Type.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS
    for some in heard.data.get_all(kind):
        if isinstance(some, list):
            yield from (uuid_text(uuid) for uuid in some)
