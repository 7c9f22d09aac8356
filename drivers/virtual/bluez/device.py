"""A device as bluetoothd shows it on D-Bus, in front of a Bumble host.

Written after BlueZ's documentation (doc/org.bluez.Device.rst).
Annotations must not be postponed here, see `gatt`.
"""

import asyncio
import contextlib
from collections.abc import Iterator

from bumble.core import AdvertisingData, BaseBumbleError
from bumble.device import Advertisement, Connection, Peer
from bumble.hci import Address
from dbus_fast.annotations import DBusBool, DBusInt16, DBusObjectPath, DBusStr
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from drivers.virtual.bluez.gatt import Characteristic, Service
from drivers.virtual.bluez.shared import Daemon, DBusStrings, bluez_error, uuid_text

_CONNECT_LIMIT_S = 10.0
_STRENGTH_STEP_DB = 8  # doc/org.bluez.Adapter.rst, SetDiscoveryFilter: "RSSI delta-threshold"
_AUTHENTICATION = "org.bluez.Reason.Authentication"


class RemoteDevice(ServiceInterface):
    """A device that was heard, or whose bond is kept."""

    def __init__(
        self,
        bluez: Daemon,
        path: str,
        address: Address,
        *,
        heard: Advertisement | None,
        bonded: bool,
    ) -> None:
        """Show a device."""
        super().__init__("org.bluez.Device1")
        self._bluez, self.path, self._address = bluez, path, address
        self._local_name, self._services, self._rssi = "", list[str](), -127
        if heard is not None:
            self._read(heard)
        self._paired, self._trusted = bonded, False
        self._resolved = False
        self._connection: Connection | None = None
        self._exported: list[str] = []
        self._stuck: set[int] = set()  # whose write never ends
        self._pairing = False
        self._told = (-1, 0)  # in which discovery, and how strong it was said to be

    def heard(self, heard: Advertisement) -> None:
        """Report one more advertisement, where it is news."""
        before = (self._local_name, self._services)
        self._read(heard)
        news: dict[str, object] = {}
        if self._strength_is_news():
            self._told = (self._bluez.discoveries, self._rssi)
            news["RSSI"] = self._rssi
        if before != (self._local_name, self._services):
            news |= {"Name": self._local_name, "UUIDs": self._services}
        if news:
            self.emit_properties_changed(news)

    def _strength_is_news(self) -> bool:
        discovery, rssi = self._told
        return (
            self._bluez.tells_every_strength
            or discovery != self._bluez.discoveries
            or abs(self._rssi - rssi) >= _STRENGTH_STEP_DB
        )

    def _read(self, heard: Advertisement) -> None:
        name = heard.data.get(AdvertisingData.Type.COMPLETE_LOCAL_NAME)
        self._local_name = str(name) if name else self._local_name
        self._services = list(_advertised_services(heard)) or self._services
        self._rssi = heard.rssi

    @property
    def connection(self) -> Connection | None:
        """Return the connection, if there is one."""
        return self._connection

    @property
    def is_resolved(self) -> bool:
        """Tell whether it is connected, and its services are known."""
        return self._resolved

    @dbus_property(access=PropertyAccess.READ, name="Address")
    def address(self) -> DBusStr:
        """Return the device's address."""
        return str(self._address.to_string(with_type_qualifier=False))

    @dbus_property(access=PropertyAccess.READ, name="Name")
    def local_name(self) -> DBusStr:
        """Return what it calls itself."""
        return self._local_name

    @dbus_property(access=PropertyAccess.READ, name="Alias")
    def alias(self) -> DBusStr:
        """Return the same."""
        return self._local_name

    @dbus_property(access=PropertyAccess.READ, name="Adapter")
    def adapter(self) -> DBusObjectPath:
        """Return the path of the adapter."""
        return self.path.rpartition("/")[0]

    @dbus_property(access=PropertyAccess.READ, name="UUIDs")
    def uuids(self) -> DBusStrings:
        """Return the services it advertises."""
        return self._services

    @dbus_property(access=PropertyAccess.READ, name="RSSI")
    def rssi(self) -> DBusInt16:
        """Return how well it is heard, in dBm."""
        return self._rssi

    @dbus_property(access=PropertyAccess.READ, name="Connected")
    def connected(self) -> DBusBool:
        """Tell whether there is a connection."""
        return self._connection is not None

    @dbus_property(access=PropertyAccess.READ, name="ServicesResolved")
    def services_resolved(self) -> DBusBool:
        """Tell whether its services are known."""
        return self._resolved

    @dbus_property(access=PropertyAccess.READ, name="Paired")
    def paired(self) -> DBusBool:
        """Tell whether there is a bond."""
        return self._paired

    @dbus_property(name="Trusted")
    def trusted(self) -> DBusBool:
        """Tell whether a person trusts it."""
        return self._trusted

    @trusted.setter
    def set_trusted(self, wanted: DBusBool) -> None:
        """Note that a person trusts it."""
        self._trusted = wanted

    @dbus_signal(name="Disconnected")
    def disconnected(self, reason: str, text: str) -> "ss":  # type: ignore[name-defined] # noqa: F821 - a D-Bus signature
        """Say why a connection ended, as newer BlueZ than Debian 13's 5.82 does."""
        return [reason, text]

    @dbus_method(name="Connect")
    async def connect(self) -> None:
        """Connect, and encrypt where there is a bond."""
        self._bluez.faults.meet("Connect")
        if self._connection is None:
            connection = await self._linked()
            plain = str(self._address.to_string(with_type_qualifier=False))
            if self._bluez.faults.aborted(plain):
                await connection.disconnect()
                raise bluez_error("Failed", "le-connection-abort-by-local")
            if self._paired:
                self._bluez.soon(self._encrypted(connection))
            else:
                self._bluez.soon(self._resolve(Peer(connection)))

    async def _linked(self) -> Connection:
        try:
            connection = await self._bluez.host.connect(self._address, timeout=_CONNECT_LIMIT_S)
        except BaseBumbleError as error:
            raise bluez_error("Failed", "br-connection-page-timeout") from error
        self._connection = connection
        connection.on(connection.EVENT_DISCONNECTION, self._gone)
        self.emit_properties_changed({"Connected": True})
        return connection

    async def _encrypted(self, connection: Connection) -> None:
        """Encrypt with the bond; a meter that lost its own ends it (HCI 0x06)."""
        try:
            await connection.encrypt()
        except BaseBumbleError:
            self.disconnected(
                _AUTHENTICATION, "Connection terminated due to authentication failure"
            )
            await connection.disconnect()
            return
        await self._resolve(Peer(connection))

    @dbus_method(name="Disconnect")
    async def disconnect(self) -> None:
        """End the connection."""
        if self._connection is not None:
            with contextlib.suppress(BaseBumbleError):
                await self._connection.disconnect()

    @dbus_method(name="Pair")
    async def pair(self) -> None:
        """Connect if need be, and make a bond."""
        self._bluez.faults.meet("Pair")
        if self._paired:
            raise bluez_error("AlreadyExists", "Already Exists")
        if self._pairing:
            raise bluez_error("InProgress", "In Progress")
        if self._bluez.agent is None:
            raise bluez_error("AuthenticationFailed", "Authentication Failed")
        if self._connection is None:
            try:
                connection = await self._linked()
            except BaseBumbleError as error:
                raise bluez_error("ConnectionAttemptFailed", "Page Timeout") from error
            fresh = True
        else:
            connection, fresh = self._connection, False
        if not await self._bond(connection):
            raise bluez_error("AuthenticationFailed", "Authentication Failed")
        if fresh:
            self._bluez.soon(self._resolve(Peer(connection)))

    @dbus_method(name="CancelPairing")
    async def cancel_pairing(self) -> None:
        """Give a pairing up."""
        if not self._pairing:
            raise bluez_error("DoesNotExist", "Does Not Exist")
        if self._connection is not None:
            await self._connection.disconnect()

    async def _bond(self, connection: Connection) -> bool:
        self._pairing = True
        try:
            await connection.pair()
        except (BaseBumbleError, asyncio.CancelledError):
            return False
        finally:
            self._pairing = False
        kept = await self._bluez.bonds.get(str(connection.peer_address)) is not None
        self._paired = kept
        if self._bluez.bus.connected:
            self.emit_properties_changed({"Paired": kept})
        return True

    async def _secure(self) -> bool:
        """Pair unasked, because something protected was asked for.

        Without an agent bluetoothd 5.82 gives no answer for minutes.
        """
        if self._bluez.agent is None:
            await asyncio.Event().wait()
        return self._connection is not None and await self._bond(self._connection)

    async def _resolve(self, peer: Peer) -> None:
        try:
            await peer.discover_all()  # type: ignore[no-untyped-call]
        except (BaseBumbleError, asyncio.CancelledError):
            return  # gone while its services were read
        self.hide_services()  # bluetoothd shows them beyond a connection, until it looks again
        stale = str(self._address.to_string(with_type_qualifier=False)) in self._bluez.faults.stale
        for service in [] if stale else peer.services:
            path = f"{self.path}/service{service.handle:04x}"
            self._export(path, Service(self.path, service))
            for one in service.characteristics:
                shown = Characteristic(
                    path, peer, one, bluez=self._bluez, secure=self._secure, stuck=self._stuck
                )
                self._export(f"{path}/char{one.handle:04x}", shown)
        self._resolved = True
        if self._bluez.bus.connected:
            self.emit_properties_changed({"ServicesResolved": True})

    def _export(self, path: str, interface: ServiceInterface) -> None:
        if self._bluez.bus.connected:
            self._bluez.bus.export(path, interface)
            self._exported.append(path)

    def _gone(self, _reason: int) -> None:
        self._connection, self._resolved = None, False
        if self._bluez.bus.connected:
            self.emit_properties_changed({"ServicesResolved": False, "Connected": False})

    def hide_services(self) -> None:
        """Take its services off the bus."""
        while self._exported:
            self._bluez.bus.unexport(self._exported.pop())


def _advertised_services(heard: Advertisement) -> Iterator[str]:
    kind = AdvertisingData.Type.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS
    for some in heard.data.get_all(kind):
        if isinstance(some, list):
            yield from (uuid_text(uuid) for uuid in some)
