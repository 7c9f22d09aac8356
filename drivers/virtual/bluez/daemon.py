"""A bluetoothd of our own on a private D-Bus: bleak's own BlueZ backend runs against it, no radio.

The bus is a real dbus-daemon, ATT and GATT below are Bumble's. It catches what the in-process
backend cannot: D-Bus signatures, BlueZ's error names, pairing, a daemon that is missing or dies.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bumble.controller import Controller
from bumble.core import BaseBumbleError
from bumble.device import Advertisement, Connection, Device, DeviceConfiguration
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.link import LocalLink
from dbus_fast.aio import MessageBus

from drivers.virtual.bluez.adapter import HUB_ADDRESS, Adapter
from drivers.virtual.bluez.device import RemoteDevice
from drivers.virtual.bluez.pairing import AGENTS_PATH, AgentManager, configured
from drivers.virtual.bluez.shared import Caller, Daemon, Faults
from vitals.errors import HubError

_START_LIMIT_S = 10.0
_ORPHAN_S = 10.24  # DISCOV_LE_TIMEOUT of the kernel's net/bluetooth
_OBJECTS = "GetManagedObjects"


@contextlib.asynccontextmanager
async def private_bus() -> AsyncIterator[str]:
    """Run a dbus-daemon and give its address, to be set as DBUS_SYSTEM_BUS_ADDRESS.

    Raises
    ------
    HubError
        BENCH-03 where dbus-daemon is missing.
    """
    try:
        daemon = await asyncio.create_subprocess_exec(
            *("dbus-daemon", "--session", "--nofork", "--print-address=1"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # it complains about file limits in a container
        )
    except FileNotFoundError as error:
        raise HubError(
            "dbus-daemon is missing: there is no bus to put a simulated Bluetooth on.",
            fix="Install it: apt-get install dbus-daemon.",
            code="BENCH-03",
        ) from error
    if daemon.stdout is None:
        raise AssertionError
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            address = (await daemon.stdout.readline()).decode().strip()
        yield address
    finally:
        with contextlib.suppress(ProcessLookupError):
            daemon.terminate()
        await daemon.wait()


class FakeBlueZ:
    """One bluetoothd with one adapter on a virtual radio; it may die and be started again.

    Bonds outlive it, as /var/lib/bluetooth does.
    """

    def __init__(
        self, link: LocalLink, bus_address: str, *, powered: bool = True, adapter: str = "hci0"
    ) -> None:
        """Make the adapter; the daemon is started by `start`."""
        # No public address: LocalLink sends by the random one, and answers would get lost.
        controller = Controller(adapter, link=link)
        host = Device.from_config_with_hci(
            DeviceConfiguration(name=adapter, address=Address(HUB_ADDRESS)), controller, controller
        )
        self._bus_address, self._powered, self._number = bus_address, powered, adapter
        bus = MessageBus(bus_address=bus_address)
        self._daemon = Daemon(host=host, bus=bus, bonds=MemoryKeyStore())
        self._devices: dict[str, RemoteDevice] = {}
        self._on = False
        self.adapter = self._new_adapter()

    @property
    def faults(self) -> Faults:
        """Return what this daemon will do wrong."""
        return self._daemon.faults

    @property
    def agent(self) -> Caller | None:
        """Return the agent that is asked."""
        return self._daemon.agent

    @property
    def bonds(self) -> list[str]:
        """Return the addresses of the meters whose bonds are kept."""
        return [name.partition("/")[0] for name in self._daemon.bonds.all_keys]

    @property
    def pairable(self) -> bool:
        """Tell whether the door is open."""
        return self._daemon.pairable

    def path(self, address: str) -> str:
        """Return the object path of a device."""
        return f"{self._adapter_path}/dev_{address.replace(':', '_')}"

    def knows(self, address: str) -> bool:
        """Tell whether it shows this device."""
        return self.path(address) in self._devices

    def resolved(self, address: str) -> bool:
        """Tell whether a device is connected, and its services are known."""
        return self.knows(address) and self._devices[self.path(address)].is_resolved

    @property
    def daemon(self) -> Daemon:
        """Return what its objects share, for asking its agent as only a stranger would."""
        return self._daemon

    async def start(self) -> None:
        """Power on, show the adapter and take the name org.bluez; also after `die`."""
        host = self._daemon.host
        if not self._on:
            self._on = True
            await host.power_on()
            host.keystore = self._daemon.bonds
            host.on(host.EVENT_ADVERTISEMENT, self._heard)
            host.pairing_config_factory = configured(self._daemon, self._path_of)
        elif not self._daemon.bus.connected:
            self._daemon.bus = MessageBus(bus_address=self._bus_address)
        self._daemon.agent, self._daemon.pairable, self._daemon.scans = None, True, 0
        await self._daemon.bus.connect()
        self._daemon.bus.add_message_handler(self._daemon.faults.swallows)
        self._daemon.bus.export(AGENTS_PATH, AgentManager(self._daemon))
        self.plug(self._number)
        await self._daemon.bus.request_name("org.bluez")

    def plug(self, number: str = "hci0") -> None:
        """Show the adapter, under whatever number the kernel gave it."""
        self._number, self.adapter = number, self._new_adapter()
        self._devices.clear()
        self._daemon.bus.export(self._adapter_path, self.adapter)
        for address in self.bonds:
            self._show(Address(address), None)

    async def unplug(self) -> None:
        """Pull the adapter out: its devices and connections go with it."""
        for device in self._devices.values():
            device.hide_services()
            self._daemon.bus.unexport(device.path)
        self._daemon.bus.unexport(self._adapter_path)
        self._daemon.scans, self._daemon.orphan_until_s = 0, 0.0
        await self._let_go()

    def die(self) -> None:
        """Leave the bus without a word to anybody, as after SIGKILL."""
        if self._daemon.scans:
            self._daemon.orphan_until_s = asyncio.get_running_loop().time() + _ORPHAN_S
        self._daemon.bus.disconnect()
        self._daemon.soon(self._let_go())

    async def stop(self) -> None:
        """Power off."""
        self.die()
        self._daemon.stop()
        await self._daemon.host.power_off()

    async def _let_go(self) -> None:
        """End what the kernel ends when nobody holds it any more: connections and the scan."""
        host = self._daemon.host
        if host.is_scanning:
            await host.stop_scanning()
        for connection in list(host.connections.values()):
            with contextlib.suppress(BaseBumbleError):
                await connection.disconnect()

    @property
    def _adapter_path(self) -> str:
        return f"/org/bluez/{self._number}"

    def _path_of(self, connection: Connection) -> str:
        return self.path(connection.peer_address.to_string(with_type_qualifier=False))

    def _new_adapter(self) -> Adapter:
        return Adapter(
            self._daemon, powered=self._powered, forget=self._forget, let_go=self._let_go
        )

    def _forget(self, path: str) -> None:
        device = self._devices.pop(path, None)
        if device is None:
            return
        device.hide_services()
        self._daemon.bus.unexport(path)
        self._daemon.faults.stale.discard(path_address(path))
        self._daemon.faults.aborts.pop(path_address(path), None)
        self._daemon.soon(self._drop(device))

    async def _drop(self, device: RemoteDevice) -> None:
        address = path_address(device.path)
        for name in [one for one in self._daemon.bonds.all_keys if one.startswith(address)]:
            await self._daemon.bonds.delete(name)
        if device.connection is not None:
            with contextlib.suppress(BaseBumbleError):
                await device.connection.disconnect()

    def _heard(self, heard: Advertisement) -> None:
        faults = self._daemon.faults
        if not self._daemon.bus.connected or faults.deaf or faults.deaf_until_power:
            return
        if not self.adapter.is_on:
            return
        path = self.path(heard.address.to_string(with_type_qualifier=False))
        if (known := self._devices.get(path)) is not None:
            known.heard(heard)
        else:
            self._show(heard.address, heard)

    def _show(self, address: Address, heard: Advertisement | None) -> None:
        plain = address.to_string(with_type_qualifier=False)
        path = self.path(plain)
        bonded = plain in self.bonds
        device = RemoteDevice(self._daemon, path, address, heard=heard, bonded=bonded)
        self._devices[path] = device
        self._daemon.bus.export(path, device)


def path_address(path: str) -> str:
    """Return the address in a device's object path."""
    return path.rpartition("/dev_")[2].replace("_", ":")
