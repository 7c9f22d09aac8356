"""What we ask of bluetoothd ourselves, over D-Bus: every call has a time limit.

bleak (3.1) carries GATT. It has no pairing agent, and it does not notice when bluetoothd is killed:
both are looked after here. The names are those of BlueZ's own documentation (doc/org.bluez.*.rst).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusError as DBusFastError
from dbus_fast.errors import InterfaceNotFoundError
from dbus_fast.service import ServiceInterface
from dbus_fast.unpack import unpack_variants

from vitals.errors import LinkError

log = logging.getLogger(__name__)

CALL_LIMIT_S = 4.0
WEAKEST_DBM = -127  # doc/org.bluez.Adapter.rst, SetDiscoveryFilter: what every strength is above
ORG = "org.bluez"
ADAPTER, DEVICE, AGENTS = "org.bluez.Adapter1", "org.bluez.Device1", "org.bluez.AgentManager1"
_BUS, _BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_OBJECTS, _PROPERTIES = "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus.Properties"
_RULES = (
    f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{ORG}'",
    f"type='signal',sender='{ORG}',interface='{_OBJECTS}'",
    f"type='signal',sender='{ORG}',interface='{_PROPERTIES}',member='PropertiesChanged'",
    f"type='signal',sender='{ORG}',interface='{DEVICE}',member='Disconnected'",
)

Properties = Mapping[str, Any]
Objects = Mapping[str, Mapping[str, Properties]]


class BlueZError(LinkError):
    """bluetoothd refused a call, or did not answer it. `name` is D-Bus's name of the error."""

    def __init__(self, name: str, text: str = "") -> None:
        """Keep the error's name and its words, which are BlueZ's own."""
        super().__init__(f"Bluetooth on this hub refused ({name or 'no answer'}).", code="BLE-02")
        self.name, self.text = name, text


NO_ANSWER = "org.freedesktop.DBus.Error.NoReply"


@dataclass(frozen=True, slots=True)
class Daemon:
    """bluetoothd came (`here`) or went; a restart is both."""

    here: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """An object came or changed: what is known of it now, by property; `new` when it came."""

    path: str
    interface: str
    properties: Properties
    new: bool = False


@dataclass(frozen=True, slots=True)
class Removed:
    """An object lost an interface: an adapter was pulled out, a device forgotten."""

    path: str
    interface: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A connection ended for this reason, as newer BlueZ than Debian 13's 5.82 tells."""

    path: str
    reason: str


Event = Daemon | Changed | Removed | Dropped


@dataclass(slots=True)
class BlueZ:
    """One connection to the system's bus, for talking to bluetoothd. Use on one event loop.

    Each of `listeners` is called with each event, in the order it happened; none may raise.
    """

    limit_s: float = CALL_LIMIT_S
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    _bus: MessageBus | None = None

    async def open(self) -> None:
        """Connect to the bus and listen; raises BlueZError when there is no bus."""
        bus = MessageBus(bus_type=BusType.SYSTEM)
        try:
            async with asyncio.timeout(self.limit_s):
                await bus.connect()
                bus.add_message_handler(self._heard)
                self._bus = bus
                for rule in _RULES:
                    await self.call(_BUS_PATH, _BUS, "AddMatch", "s", rule, to=_BUS)
        except (OSError, EOFError, TimeoutError, DBusFastError, BlueZError) as error:
            self._bus = None
            bus.disconnect()
            raise BlueZError(f"{type(error).__name__} on the bus") from error

    def close(self) -> None:
        """Leave the bus; BlueZ forgets our agent and our scan by itself."""
        if self._bus is not None:
            self._bus.disconnect()
            self._bus = None

    async def closed(self) -> None:
        """Wait until the bus itself is gone."""
        if self._bus is not None:
            try:
                await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
            except (OSError, EOFError) as error:
                log.info("the bus is gone error=%s", type(error).__name__)

    def export(self, path: str, interface: ServiceInterface) -> None:
        """Show an object of ours on the bus."""
        if self._bus is not None:
            self._bus.export(path, interface)

    async def call(  # noqa: PLR0913 - a D-Bus call has as many parts
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: Any,  # noqa: ANN401 - what D-Bus carries
        to: str = ORG,
        limit_s: float | None = None,
    ) -> list[Any]:
        """Call a method and return what it answers.

        Raises
        ------
        BlueZError
            It was refused, or not answered within `limit_s` seconds.
        """
        if self._bus is None or not self._bus.connected:
            raise BlueZError("not on the bus")
        message = Message(
            destination=to,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            async with asyncio.timeout(limit_s or self.limit_s):
                reply = await self._bus.call(message)
        except TimeoutError as error:
            raise BlueZError(NO_ANSWER) from error
        except (OSError, EOFError, DBusFastError) as error:
            raise BlueZError(type(error).__name__) from error
        if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
            said = reply.body if reply is not None else []
            name = (reply.error_name if reply is not None else "") or ""
            raise BlueZError(name, str(said[0]) if said else "")
        return list(unpack_variants(reply.body))

    async def is_here(self) -> bool:
        """Tell whether bluetoothd is on the bus."""
        return bool((await self.call(_BUS_PATH, _BUS, "NameHasOwner", "s", ORG, to=_BUS))[0])

    async def wake(self) -> None:
        """Have the bus start bluetoothd, where systemd knows how."""
        await self.call(_BUS_PATH, _BUS, "StartServiceByName", "su", ORG, 0, to=_BUS)

    async def objects(self) -> Objects:
        """Return everything that bluetoothd shows, by path and interface."""
        found: Objects = (await self.call("/", _OBJECTS, "GetManagedObjects"))[0]
        return found

    async def put(self, path: str, interface: str, name: str, kind: str, value: object) -> None:
        """Set a property; `kind` is its D-Bus signature."""
        variant = Variant(kind, value)
        await self.call(path, _PROPERTIES, "Set", "ssv", interface, name, variant)

    async def discover(self, adapter: str) -> None:
        """Have an adapter scan for LE devices, and be told of every call of each (`scan.py`)."""
        wanted = {"Transport": Variant("s", "le"), "RSSI": Variant("n", WEAKEST_DBM)}
        await self.call(adapter, ADAPTER, "SetDiscoveryFilter", "a{sv}", wanted)
        await self.call(adapter, ADAPTER, "StartDiscovery")

    def _heard(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        for event in _events(message):
            for listener in list(self.listeners):
                listener(event)


async def quietly(
    bluez: BlueZ, path: str, interface: str, member: str, signature: str = "", *body: str
) -> None:
    """Clean up; what is gone already needs no cleaning."""
    try:
        await bluez.call(path, interface, member, signature, *body)
    except BlueZError as error:
        log.info("nothing to clean up code=%s", error.code)


def _events(message: Message) -> list[Event]:
    """Understand a signal; one that is not as documented says nothing."""
    try:
        body, path = unpack_variants(message.body), str(message.path)
        match message.member:
            case "NameOwnerChanged" if body[0] == ORG:
                return _owner(str(body[1]), str(body[2]))
            case "InterfacesAdded":
                return [Changed(str(body[0]), kind, has, new=True) for kind, has in body[1].items()]
            case "InterfacesRemoved":
                return [Removed(str(body[0]), str(kind)) for kind in body[1]]
            case "PropertiesChanged" if path.startswith("/org/bluez"):
                return [Changed(path, str(body[0]), body[1])]
            case "Disconnected" if message.interface == DEVICE:
                return [Dropped(path, str(body[0]))]
    except (LookupError, TypeError, AttributeError, InterfaceNotFoundError) as error:
        log.info("a signal was not understood error=%s", type(error).__name__)
    return []


def _owner(before: str, after: str) -> list[Event]:
    went: list[Event] = [Daemon(here=False)] if before else []
    return went + ([Daemon(here=True)] if after else [])


def adapters(objects: Objects) -> list[str]:
    """Return the paths of all adapters, the lowest number first."""
    return sorted((p for p, has in objects.items() if ADAPTER in has), key=lambda p: (len(p), p))
