"""The adapter as bluetoothd shows it on D-Bus, in front of a Bumble host.

Written after BlueZ's documentation (doc/org.bluez.Adapter.rst).
Annotations must not be postponed here, see `gatt`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from dbus_fast.annotations import DBusBool, DBusDict, DBusObjectPath, DBusStr, DBusUInt32
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from drivers.virtual.bluez.shared import Daemon, DBusStrings, bluez_error

HUB_ADDRESS = "F2:F2:F2:F2:F2:F2"


class Adapter(ServiceInterface):
    """The hub's adapter."""

    def __init__(
        self,
        bluez: Daemon,
        *,
        powered: bool,
        forget: Callable[[str], None],
        let_go: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Show an adapter; `forget` takes the path of a device to be removed.

        `let_go` ends the scan and the connections, as switching off does.
        """
        super().__init__("org.bluez.Adapter1")
        self._bluez, self._powered, self._forget = bluez, powered, forget
        self._let_go = let_go
        self._discovering = False
        self._timeout_s = 0

    def power(self, *, on: bool) -> None:
        """Switch the adapter, as rfkill or a person would."""
        self._switch(on=on)
        self._tell_power()

    def _switch(self, *, on: bool) -> None:
        self._powered = on
        if not on:
            self._bluez.faults.deaf = self._bluez.faults.deaf_until_power = False
            self._discovering, self._bluez.scans = False, 0
            self._bluez.orphan_until_s = 0.0
            self._bluez.soon(self._let_go())

    def _tell_power(self) -> None:
        self.emit_properties_changed({"Powered": self._powered, "Discovering": self._discovering})

    @property
    def is_on(self) -> bool:
        """Tell whether it is on."""
        return self._powered

    @dbus_property(access=PropertyAccess.READ, name="Address")
    def address(self) -> DBusStr:
        """Return the adapter's address."""
        return HUB_ADDRESS

    @dbus_property(name="Powered")
    def powered(self) -> DBusBool:
        """Tell whether it is on."""
        return self._powered

    @powered.setter
    def set_powered(self, on: DBusBool) -> None:
        """Switch it: answered first, told of afterwards. Switching on may be refused."""
        if on:
            self._bluez.faults.meet("Powered")
        self._switch(on=on)
        asyncio.get_running_loop().call_soon(self._tell_power)

    @dbus_property(name="Pairable")
    def pairable(self) -> DBusBool:
        """Tell whether it keeps bonds that are made now."""
        return self._bluez.pairable

    @pairable.setter
    def set_pairable(self, wanted: DBusBool) -> None:
        """Open or shut the door."""
        self._bluez.pairable = wanted
        self.emit_properties_changed({"Pairable": wanted})

    @dbus_property(name="PairableTimeout")
    def pairable_timeout(self) -> DBusUInt32:
        """Return after how many seconds the door shuts by itself."""
        return self._timeout_s

    @pairable_timeout.setter
    def set_pairable_timeout(self, seconds: DBusUInt32) -> None:
        """Note it."""
        self._timeout_s = seconds

    @dbus_property(access=PropertyAccess.READ, name="Discovering")
    def discovering(self) -> DBusBool:
        """Tell whether it scans."""
        return self._discovering

    @dbus_property(access=PropertyAccess.READ, name="Roles")
    def roles(self) -> DBusStrings:
        """Return what it can be."""
        return ["central"]

    @dbus_method(name="SetDiscoveryFilter")
    def set_discovery_filter(self, wanted: DBusDict) -> None:
        """Report everything; with a filter by strength or service, every strength as well."""
        self._bluez.tells_every_strength = bool({"RSSI", "Pathloss", "UUIDs"} & wanted.keys())

    @dbus_method(name="StartDiscovery")
    async def start_discovery(self) -> None:
        """Scan, for whichever program asks."""
        if not self._powered:
            raise bluez_error("NotReady", "Resource Not Ready")
        self._bluez.faults.meet("StartDiscovery")
        if asyncio.get_running_loop().time() < self._bluez.orphan_until_s:
            raise bluez_error("InProgress", "Operation already in progress")
        if not self._bluez.faults.deaf_until_power:
            self._bluez.faults.deaf = False
        if not self._bluez.host.is_scanning:
            await self._bluez.host.start_scanning(active=True, filter_duplicates=False)
        self._bluez.scans += 1
        self._bluez.discoveries += 1
        self._discovering = True
        self.emit_properties_changed({"Discovering": True})

    @dbus_method(name="StopDiscovery")
    async def stop_discovery(self) -> None:
        """Stop, once nobody wants it any more."""
        self._bluez.faults.meet("StopDiscovery")
        self._bluez.scans = max(self._bluez.scans - 1, 0)
        if self._bluez.scans:
            return
        if self._bluez.host.is_scanning:
            await self._bluez.host.stop_scanning()
        self._discovering = False
        self.emit_properties_changed({"Discovering": False})

    @dbus_method(name="RemoveDevice")
    async def remove_device(self, device: DBusObjectPath) -> None:
        """Forget a device and its bond."""
        self._bluez.faults.meet("RemoveDevice")
        self._forget(device)
        if self._bluez.faults.answers_late:
            await asyncio.sleep(1.0)
