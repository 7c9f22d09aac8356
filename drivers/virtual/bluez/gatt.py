"""GATT as bluetoothd shows it on D-Bus, in front of a Bumble host.

Written after BlueZ's documentation (doc/org.bluez.GattService.rst, GattCharacteristic.rst).

The module must not postpone its annotations: dbus-fast reads the D-Bus signatures from them. An
interface must not set `self.name` either: that is the interface's own name, and signals would go
out under the wrong one without a word.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bleak.assigned_numbers import gatt_char_props_to_strs
from bumble.att import ATT_Error
from bumble.core import BaseBumbleError
from bumble.device import Peer
from bumble.gatt_client import CharacteristicProxy, ServiceProxy
from dbus_fast import DBusError
from dbus_fast.annotations import (
    DBusBool,
    DBusBytes,
    DBusDict,
    DBusObjectPath,
    DBusStr,
    DBusUInt16,
)
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from drivers.virtual.bluez.shared import (
    Daemon,
    DBusObjectPaths,
    DBusStrings,
    bluez_error,
    uuid_text,
)

_Answer = TypeVar("_Answer")
Secure = Callable[[], Awaitable[bool]]
"""Pairs with the meter of a characteristic, as bluetoothd does unasked; tells whether it did."""


class Service(ServiceInterface):
    """One service of a connected device."""

    def __init__(self, device_path: str, service: ServiceProxy) -> None:
        """Show a service that Bumble discovered."""
        super().__init__("org.bluez.GattService1")
        self._device_path, self._service = device_path, service

    @dbus_property(access=PropertyAccess.READ, name="UUID")
    def uuid(self) -> DBusStr:
        """Return the UUID in full."""
        return uuid_text(self._service.uuid)

    @dbus_property(access=PropertyAccess.READ, name="Primary")
    def primary(self) -> DBusBool:
        """Return that it is a primary one."""
        return True

    @dbus_property(access=PropertyAccess.READ, name="Device")
    def device(self) -> DBusObjectPath:
        """Return the path of its device."""
        return self._device_path

    @dbus_property(access=PropertyAccess.READ, name="Includes")
    def includes(self) -> DBusObjectPaths:
        """Return that it includes none."""
        return []


class Characteristic(ServiceInterface):
    """One characteristic. A protected one pairs implicitly, as bluetoothd 5.82 does."""

    def __init__(  # noqa: PLR0913 - what bluetoothd knows of one
        self,
        service_path: str,
        peer: Peer,
        one: CharacteristicProxy[Any],
        *,
        bluez: Daemon,
        secure: Secure,
        stuck: set[int],
    ) -> None:
        """Show a characteristic that Bumble discovered.

        `stuck` holds the handles of those whose write never ends, for as long as bluetoothd knows
        the device: seen with 5.82, where a connection ended while it waited for a pairing.
        """
        super().__init__("org.bluez.GattCharacteristic1")
        self._service_path, self._peer, self._one, self._bluez = service_path, peer, one, bluez
        self._secure, self._stuck = secure, stuck
        self._value = b""
        self._notifying = False

    @dbus_property(access=PropertyAccess.READ, name="UUID")
    def uuid(self) -> DBusStr:
        """Return the UUID in full."""
        return uuid_text(self._one.uuid)

    @dbus_property(access=PropertyAccess.READ, name="Service")
    def service(self) -> DBusObjectPath:
        """Return the path of its service."""
        return self._service_path

    @dbus_property(access=PropertyAccess.READ, name="Value")
    def value(self) -> DBusBytes:
        """Return the last value."""
        return self._value

    @dbus_property(access=PropertyAccess.READ, name="Notifying")
    def notifying(self) -> DBusBool:
        """Tell whether somebody listens."""
        return self._notifying

    @dbus_property(access=PropertyAccess.READ, name="Flags")
    def flags(self) -> DBusStrings:
        """Return what may be done with it."""
        return list(gatt_char_props_to_strs(int(self._one.properties)))

    @dbus_property(access=PropertyAccess.READ, name="MTU")
    def mtu(self) -> DBusUInt16:
        """Return the ATT MTU."""
        return self._peer.connection.att_mtu

    @dbus_method(name="ReadValue")
    async def read_value(self, options: DBusDict) -> DBusBytes:  # noqa: ARG002 - BlueZ's signature
        """Read it."""
        self._bluez.faults.meet("ReadValue")
        return bytes(await self._att(lambda: self._peer.read_value(self._one)))

    @dbus_method(name="WriteValue")
    async def write_value(self, data: DBusBytes, options: DBusDict) -> None:  # noqa: ARG002 - BlueZ's signature
        """Write it."""
        self._bluez.faults.meet("WriteValue")
        if self._one.handle in self._stuck:
            raise bluez_error("InProgress", "In Progress")
        octets, was_bonded = bytes(data), self._peer.connection.is_encrypted
        try:
            await self._att(lambda: self._peer.write_value(self._one, octets, with_response=True))
        except DBusError as error:
            if error.text == _NOT_PAIRED[1] and not was_bonded:
                self._stuck.add(self._one.handle)
            raise

    @dbus_method(name="StartNotify")
    async def start_notify(self) -> None:
        """Subscribe."""
        self._bluez.faults.meet("StartNotify")
        await self._att(lambda: self._peer.subscribe(self._one, self._changed))
        self._notifying = True

    @dbus_method(name="StopNotify")
    async def stop_notify(self) -> None:
        """Unsubscribe."""
        await self._att(lambda: self._peer.unsubscribe(self._one))
        self._notifying = False

    def _changed(self, value: bytes) -> None:
        self._value = bytes(value)
        if self._bluez.bus.connected:
            self.emit_properties_changed({"Value": self._value})

    async def _att(self, question: Callable[[], Coroutine[Any, Any, _Answer]]) -> _Answer:
        """Ask the meter, and once more when it wants to be paired first and that worked."""
        try:
            return await question()
        except ATT_Error as error:
            if int(error.error_code) not in _WANTS_BOND or not await self._secure():
                raise _answer(int(error.error_code)) from error
        except (BaseBumbleError, TimeoutError, asyncio.CancelledError) as error:
            raise bluez_error("NotConnected", "Not Connected") from error
        try:
            return await question()
        except ATT_Error as error:
            raise _answer(int(error.error_code)) from error
        except (BaseBumbleError, TimeoutError) as error:
            raise bluez_error("NotConnected", "Not Connected") from error


# What BlueZ makes of an ATT error (create_gatt_dbus_error in its source): bleak parses it.
_NOT_PAIRED = ("NotPermitted", "Not paired")
_ANSWERS = {
    0x02: ("NotPermitted", "Read not permitted"),
    0x03: ("NotPermitted", "Write not permitted"),
    0x05: _NOT_PAIRED,
    0x0C: _NOT_PAIRED,
    0x0F: _NOT_PAIRED,
}
_WANTS_BOND = frozenset({0x05, 0x0F})


def _answer(code: int) -> Exception:
    otherwise = ("Failed", f"Operation failed with ATT error: 0x{code:02x}")
    return bluez_error(*_ANSWERS.get(code, otherwise))
