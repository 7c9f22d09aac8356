"""Pairing as bluetoothd does it: it asks the registered agent, and refuses without one.

Written after BlueZ's documentation (doc/org.bluez.Agent.rst, AgentManager.rst).
Annotations must not be postponed here, see `gatt`.
"""

import logging
from collections.abc import Callable
from typing import Any

from bumble.device import Connection
from bumble.pairing import PairingConfig, PairingDelegate
from dbus_fast import Message, MessageType
from dbus_fast.annotations import DBusObjectPath, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method

from drivers.virtual.bluez.shared import Daemon, bluez_error

log = logging.getLogger(__name__)

AGENTS_PATH = "/org/bluez"
_IO = PairingDelegate.IoCapability
_CAPABILITIES = {
    "": _IO.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
    "KeyboardDisplay": _IO.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
    "DisplayYesNo": _IO.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
    "DisplayOnly": _IO.DISPLAY_OUTPUT_ONLY,
    "KeyboardOnly": _IO.KEYBOARD_INPUT_ONLY,
    "NoInputNoOutput": _IO.NO_OUTPUT_NO_INPUT,
}


class AgentManager(ServiceInterface):
    """Where programs register their agents; the last one that wanted to be is the default."""

    def __init__(self, bluez: Daemon) -> None:
        """Keep the daemon, and learn from every message who sent it."""
        super().__init__("org.bluez.AgentManager1")
        self._bluez = bluez
        self._sender = ""
        bluez.bus.add_message_handler(self._note)

    def _note(self, message: Message) -> None:
        if message.member == "RegisterAgent":
            self._sender = message.sender or ""

    @dbus_method(name="RegisterAgent")
    async def register_agent(self, agent: DBusObjectPath, capability: DBusStr) -> None:
        """Take an agent."""
        self._bluez.faults.meet("RegisterAgent")
        if capability not in _CAPABILITIES:
            raise bluez_error("InvalidArguments")
        if self._bluez.agent is not None and self._bluez.agent[0] == self._sender:
            raise bluez_error("AlreadyExists", "Already Exists")
        self._bluez.agent = (self._sender, agent, capability)

    @dbus_method(name="RequestDefaultAgent")
    def request_default_agent(self, agent: DBusObjectPath) -> None:
        """Make it the one that is asked."""
        if self._bluez.agent is None or self._bluez.agent[1] != agent:
            raise bluez_error("DoesNotExist")

    @dbus_method(name="UnregisterAgent")
    def unregister_agent(self, agent: DBusObjectPath) -> None:
        """Forget it."""
        if self._bluez.agent is None or self._bluez.agent[1] != agent:
            raise bluez_error("DoesNotExist")
        self._bluez.agent = None


class AskAgent(PairingDelegate):
    """Hands what Bumble's pairing asks on to the agent on the bus."""

    def __init__(self, bluez: Daemon, device_path: str) -> None:
        """Ask about one device."""
        capability = bluez.agent[2] if bluez.agent else "NoInputNoOutput"
        super().__init__(io_capability=_CAPABILITIES[capability])
        self._bluez, self._device = bluez, device_path

    async def confirm(self, auto: bool = False) -> bool:  # noqa: FBT001, FBT002 - Bumble's signature
        """Ask whether a pairing that shows nothing may be."""
        del auto
        return await self._ask("RequestAuthorization") is not None

    async def compare_numbers(self, number: int, digits: int = 6) -> bool:
        """Have two numbers compared."""
        del digits
        return await self._ask("RequestConfirmation", "u", number) is not None

    async def get_number(self) -> int | None:
        """Have a number typed."""
        said = await self._ask("RequestPasskey")
        return int(said[0]) if said else None

    async def display_number(self, number: int, digits: int = 6) -> None:
        """Have a number shown."""
        del digits
        await self._ask("DisplayPasskey", "uq", number, 0)

    async def _ask(self, member: str, signature: str = "", *body: int) -> list[Any] | None:
        return await ask_agent(self._bluez, self._device, member, signature, *body)


async def ask_agent(
    bluez: Daemon, device: str, member: str, signature: str = "", *body: int | str
) -> list[Any] | None:
    """Ask the agent; None when there is none, or it says no."""
    if bluez.agent is None or not bluez.bus.connected:
        return None
    name, path, _ = bluez.agent
    reply = await bluez.bus.call(
        Message(
            destination=name,
            path=path,
            interface="org.bluez.Agent1",
            member=member,
            signature=f"o{signature}",
            body=[device, *body],
        )
    )
    if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
        return None
    return reply.body


def configured(
    bluez: Daemon, path_of: Callable[[Connection], str]
) -> Callable[[Connection], PairingConfig]:
    """Return how the host pairs: with the agent's means, as the kernel asks for it."""

    def config(connection: Connection) -> PairingConfig:
        delegate = AskAgent(bluez, path_of(connection))
        return PairingConfig(
            sc=True,
            mitm=delegate.io_capability is not _IO.NO_OUTPUT_NO_INPUT,
            bonding=bluez.pairable,  # HCI_BONDABLE: without it the kernel keeps no key
            delegate=delegate,
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )

    return config
