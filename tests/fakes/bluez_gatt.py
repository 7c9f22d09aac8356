"""GATT as bluetoothd shows it on D-Bus, in front of a Bumble host.

Written after BlueZ's documentation (doc/org.bluez.GattService.rst, GattCharacteristic.rst).

The module must not postpone its annotations: dbus-fast reads the D-Bus signatures from them. An
interface must not set `self.name` either: that is the interface's own name, and signals would go
out under the wrong one without a word.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from bleak.assigned_numbers import gatt_char_props_to_strs
from bumble.att import ATT_Error
from bumble.core import UUID, BaseBumbleError
from bumble.device import Device, Peer
from bumble.gatt_client import CharacteristicProxy, ServiceProxy
from dbus_fast import DBusError
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import (
    DBusBool,
    DBusBytes,
    DBusDict,
    DBusObjectPath,
    DBusSignature,
    DBusStr,
    DBusUInt16,
)
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from drivers.frame import full_uuid

DBusStrings = Annotated[list[str], DBusSignature("as")]
DBusObjectPaths = Annotated[list[str], DBusSignature("ao")]

_Answer = TypeVar("_Answer")


def bluez_error(name: str, text: str = "") -> DBusError:
    return DBusError(f"org.bluez.Error.{name}", text)


def uuid_text(uuid: UUID) -> str:
    return full_uuid(uuid.to_hex_str("-"))


@dataclass(slots=True)
class Faults:
    """What this bluetoothd does wrong: the org.bluez error each method answers with, if any."""

    errors: dict[str, list[str]] = field(default_factory=dict)

    def raise_for(self, method: str) -> None:
        """Answer with the next planned error of this method, each one once."""
        if waiting := self.errors.get(method):
            raise bluez_error(waiting.pop(0), "planned by the test")


@dataclass(slots=True, kw_only=True)
class Daemon:
    """What every object of one bluetoothd shares."""

    host: Device
    bus: MessageBus
    faults: Faults = field(default_factory=Faults)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something after the answer that is being given."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Drop what still runs."""
        for task in self._tasks:
            task.cancel()


class Service(ServiceInterface):
    def __init__(self, device_path: str, service: ServiceProxy) -> None:
        super().__init__("org.bluez.GattService1")
        self._device_path, self._service = device_path, service

    @dbus_property(access=PropertyAccess.READ, name="UUID")
    def uuid(self) -> DBusStr:
        return uuid_text(self._service.uuid)

    @dbus_property(access=PropertyAccess.READ, name="Primary")
    def primary(self) -> DBusBool:
        return True

    @dbus_property(access=PropertyAccess.READ, name="Device")
    def device(self) -> DBusObjectPath:
        return self._device_path

    @dbus_property(access=PropertyAccess.READ, name="Includes")
    def includes(self) -> DBusObjectPaths:
        return []


class Characteristic(ServiceInterface):
    def __init__(
        self, service_path: str, peer: Peer, one: CharacteristicProxy[Any], bluez: Daemon
    ) -> None:
        super().__init__("org.bluez.GattCharacteristic1")
        self._service_path, self._peer, self._one, self._bluez = service_path, peer, one, bluez
        self._value = b""
        self._notifying = False

    @dbus_property(access=PropertyAccess.READ, name="UUID")
    def uuid(self) -> DBusStr:
        return uuid_text(self._one.uuid)

    @dbus_property(access=PropertyAccess.READ, name="Service")
    def service(self) -> DBusObjectPath:
        return self._service_path

    @dbus_property(access=PropertyAccess.READ, name="Value")
    def value(self) -> DBusBytes:
        return self._value

    @dbus_property(access=PropertyAccess.READ, name="Notifying")
    def notifying(self) -> DBusBool:
        return self._notifying

    @dbus_property(access=PropertyAccess.READ, name="Flags")
    def flags(self) -> DBusStrings:
        return list(gatt_char_props_to_strs(int(self._one.properties)))

    @dbus_property(access=PropertyAccess.READ, name="MTU")
    def mtu(self) -> DBusUInt16:
        return self._peer.connection.att_mtu

    @dbus_method(name="ReadValue")
    async def read_value(self, options: DBusDict) -> DBusBytes:  # noqa: ARG002 - BlueZ's signature
        self._bluez.faults.raise_for("ReadValue")
        return bytes(await _att(self._peer.read_value(self._one)))

    @dbus_method(name="WriteValue")
    async def write_value(self, data: DBusBytes, options: DBusDict) -> None:  # noqa: ARG002 - BlueZ's signature
        self._bluez.faults.raise_for("WriteValue")
        await _att(self._peer.write_value(self._one, bytes(data), with_response=True))

    @dbus_method(name="StartNotify")
    async def start_notify(self) -> None:
        self._bluez.faults.raise_for("StartNotify")
        await _att(self._peer.subscribe(self._one, self._changed))
        self._notifying = True

    @dbus_method(name="StopNotify")
    async def stop_notify(self) -> None:
        await _att(self._peer.unsubscribe(self._one))
        self._notifying = False

    def _changed(self, value: bytes) -> None:
        self._value = bytes(value)
        if self._bluez.bus.connected:
            self.emit_properties_changed({"Value": self._value})


# What BlueZ makes of an ATT error (create_gatt_dbus_error in its source): bleak parses it.
_NOT_PAIRED = ("NotPermitted", "Not paired")
_ANSWERS = {
    0x02: ("NotPermitted", "Read not permitted"),
    0x03: ("NotPermitted", "Write not permitted"),
    0x05: _NOT_PAIRED,
    0x0C: _NOT_PAIRED,
    0x0F: _NOT_PAIRED,
}


async def _att(question: Coroutine[Any, Any, _Answer]) -> _Answer:
    try:
        return await question
    except ATT_Error as error:
        code = int(error.error_code)
        otherwise = ("Failed", f"Operation failed with ATT error: 0x{code:02x}")
        raise bluez_error(*_ANSWERS.get(code, otherwise)) from error
    except (BaseBumbleError, TimeoutError) as error:
        raise bluez_error("NotConnected", "Not Connected") from error
