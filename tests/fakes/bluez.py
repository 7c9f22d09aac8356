"""A bluetoothd of our own on a private D-Bus: bleak's own BlueZ backend runs against it, no radio.

The bus is a real dbus-daemon, ATT and GATT below are Bumble's. It catches what the in-process
backend cannot: D-Bus signatures, BlueZ's error names, a daemon that is missing or dies.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bumble.controller import Controller
from bumble.device import Advertisement, Device, DeviceConfiguration
from bumble.hci import Address
from bumble.link import LocalLink
from dbus_fast.aio import MessageBus

from tests.fakes.bluez_gatt import Daemon, Faults
from tests.fakes.bluez_objects import ADAPTER_PATH, HUB_ADDRESS, Adapter, RemoteDevice

_START_LIMIT_S = 10.0


@contextlib.asynccontextmanager
async def private_bus() -> AsyncIterator[str]:
    """Run a dbus-daemon and give its address, to be set as DBUS_SYSTEM_BUS_ADDRESS."""
    try:
        daemon = await asyncio.create_subprocess_exec(
            *("dbus-daemon", "--session", "--nofork", "--print-address=1"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # it complains about file limits in a container
        )
    except FileNotFoundError as error:
        raise AssertionError(
            "dbus-daemon is missing, and bleak's BlueZ backend cannot be tested without it: "
            "apt-get install dbus-daemon"
        ) from error
    assert daemon.stdout is not None
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            address = (await daemon.stdout.readline()).decode().strip()
        assert address, "dbus-daemon ended without an address: run it by hand to see why"
        yield address
    finally:
        with contextlib.suppress(ProcessLookupError):
            daemon.terminate()
        await daemon.wait()


class FakeBlueZ:
    """One bluetoothd with one adapter, hci0, on a virtual radio."""

    def __init__(self, link: LocalLink, bus_address: str, *, powered: bool = True) -> None:
        """Make the adapter; the daemon is started by `start`."""
        # No public address: LocalLink sends by the random one, and answers would get lost.
        controller = Controller("hci0", link=link)
        host = Device.from_config_with_hci(
            DeviceConfiguration(name="hci0", address=Address(HUB_ADDRESS)), controller, controller
        )
        self._daemon = Daemon(host=host, bus=MessageBus(bus_address=bus_address))
        self._devices: dict[str, RemoteDevice] = {}
        self.adapter = Adapter(self._daemon, powered=powered)

    @property
    def faults(self) -> Faults:
        """Return what this daemon will do wrong."""
        return self._daemon.faults

    async def start(self) -> None:
        """Power on, show the adapter and take the name org.bluez."""
        await self._daemon.host.power_on()
        self._daemon.host.on(self._daemon.host.EVENT_ADVERTISEMENT, self._heard)
        await self._daemon.bus.connect()
        self._daemon.bus.export(ADAPTER_PATH, self.adapter)
        await self._daemon.bus.request_name("org.bluez")

    def die(self) -> None:
        """Leave the bus without a word to anybody, as after SIGKILL."""
        self._daemon.bus.disconnect()

    async def stop(self) -> None:
        """Power off."""
        self.die()
        self._daemon.stop()
        await self._daemon.host.power_off()

    def _heard(self, heard: Advertisement) -> None:
        if not self._daemon.bus.connected:
            return
        address = heard.address.to_string(with_type_qualifier=False)
        path = f"{ADAPTER_PATH}/dev_{address.replace(':', '_')}"
        if (known := self._devices.get(path)) is not None:
            known.heard(heard.rssi)
            return
        device = self._devices[path] = RemoteDevice(self._daemon, path, heard)
        self._daemon.bus.export(path, device)
